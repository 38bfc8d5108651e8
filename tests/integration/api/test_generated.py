"""Calls made from the town's OpenAPI document: no 500, and no answer that is not described."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.test import Client
from schemathesis import GenerationMode

from tasuki.runtime import now
from tests.generated import every_answer_is_described, operations
from tests.integration.api.client import access, token

pytestmark = [pytest.mark.django_db(databases=["default", "index"]), pytest.mark.usefixtures("care", "clock")]
#: The address for tokens takes a form; its refusals are tried one by one in test_tokens.py.
CALLS = [one for one in operations("town") if "token" not in one[2]]


def _call(case: Any, bearer: str) -> httpx.Response:
    """Make a generated call as a business system with every scope, and return what was answered."""
    headers = {"Authorization": f"Bearer {bearer}"}
    query = {name: str(value) for name, value in (case.query or {}).items()}
    if case.method == "GET":
        answered = Client(raise_request_exception=False).get(case.formatted_path, query, headers=headers)
    else:
        answered = Client(raise_request_exception=False).post(
            case.formatted_path, case.body, content_type="application/json", headers=headers, query_params=query
        )
    request = httpx.Request(case.method, f"http://testserver{case.formatted_path}")
    given = dict(answered.items())
    response = httpx.Response(answered.status_code, headers=given, content=answered.content, request=request)
    # Nothing travelled, so nobody measured how long it took; the checks want to be told.
    response.elapsed = timedelta()
    return response


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
@pytest.mark.parametrize(("kind", "method", "path"), CALLS)
def test_every_answer_to_a_generated_call_is_described(kind: str, method: str, path: str, mode: GenerationMode) -> None:
    bearer = token(access(), now())

    assert every_answer_is_described(kind, method, path, mode, lambda case: _call(case, bearer))
