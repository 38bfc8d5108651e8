"""Messages made from an OpenAPI document, and whether what is answered is described there."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.repo.source import ROOT

EXAMPLES = 6
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@cache
def document(kind: str) -> Any:
    """Return the description of a kind of node's interface, as it is published."""
    return schemathesis.openapi.from_dict(json.loads((ROOT / "docs" / "api" / f"{kind}.json").read_text("utf-8")))


def operations(kind: str) -> list[tuple[str, str, str]]:
    """Return kind, method and path of every operation that is described."""
    found = (one.ok() for one in document(kind).get_all_operations())
    return [(kind, one.method.upper(), one.path) for one in found]


def every_answer_is_described(
    kind: str, method: str, path: str, mode: GenerationMode, answer: Callable[[Any], httpx.Response], *, start: int = 0
) -> list[int]:
    """Try an operation with generated cases and return the statuses that were answered.

    :param start: where the cases start from; with the same modules loaded, the same start makes the same cases.
    """
    statuses: list[int] = []

    @seed(20261127 + start)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=document(kind)[path][method].as_strategy(generation_mode=mode))
    def try_one(case: Any) -> None:
        response = answer(case)
        statuses.append(response.status_code)
        case.validate_response(response, checks=CHECKS)

    try_one()
    return statuses
