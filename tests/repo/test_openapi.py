"""The descriptions of the interfaces are whole and say what every caller must do."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tasuki.api.gateway.routes import ROUTES as GATEWAY
from tasuki.api.jlis.routes import ROUTES as JLIS
from tasuki.api.network.routes import ROUTES as NETWORK
from tasuki.api.town.routes import ROUTES as TOWN
from tasuki.api.town.routes import TOKEN_PATH
from tasuki.persons.types.clients import Scope
from tasuki.protocol.errors import STATUS, Refusal
from tests.repo.source import ROOT

KINDS = {"gateway": GATEWAY, "network": NETWORK, "jlis": JLIS}


def _document(kind: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((ROOT / "docs" / "api" / f"{kind}.json").read_text("utf-8"))
    return content


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for part in value.values():
            yield from _references(part)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)


def _resolves(document: dict[str, Any], reference: str) -> bool:
    place: Any = document
    for step in reference.removeprefix("#/").split("/"):
        place = place.get(step) if isinstance(place, dict) else None
    return place is not None


@pytest.mark.parametrize("kind", KINDS)
def test_every_reference_leads_somewhere(kind: str) -> None:
    document = _document(kind)
    references = set(_references(document))
    assert len(references) > 10
    assert [reference for reference in references if not _resolves(document, reference)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_route_is_described_with_its_signature_and_its_refusals(kind: str) -> None:
    paths = _document(kind)["paths"]
    statuses = {"200", *(str(status) for status in STATUS.values())}
    for route in KINDS[kind]:
        operation = paths[route.path]["post"]
        assert operation["parameters"] == [{"$ref": "#/components/parameters/Signature"}]
        assert set(operation["responses"]) == statuses
        assert operation["x-tasuki-senders"] == sorted(route.senders)
    assert set(paths) == {"/health", *(route.path for route in KINDS[kind])}


@pytest.mark.parametrize("kind", KINDS)
def test_every_refusal_is_named_under_its_status(kind: str) -> None:
    responses = _document(kind)["components"]["responses"]
    assert [one for one in Refusal if one.value not in responses[f"Refused{STATUS[one]}"]["description"]] == []


def test_individual_numbers_go_to_the_j_lis_stand_in_only() -> None:
    described = {kind: "individual_number" in json.dumps(_document(kind)) for kind in KINDS}
    assert described == {"gateway": False, "network": False, "jlis": True}


def test_a_towns_interface_is_described_with_the_scope_of_every_address() -> None:
    document = _document("town")
    references = set(_references(document))
    assert len(references) > 10
    assert [reference for reference in references if not _resolves(document, reference)] == []
    scopes = document["components"]["securitySchemes"]["token"]["flows"]["clientCredentials"]["scopes"]
    assert set(scopes) == set(Scope)
    for route in TOWN:
        operation = document["paths"][route.path][route.method.lower()]
        assert operation["security"] == [{"token": [route.scope.value]}]
        assert {"200", "401", "403", "503"} <= set(operation["responses"])
    assert set(document["paths"]) == {TOKEN_PATH, *(route.path for route in TOWN)}
    assert "unified_person_number" not in json.dumps(document)
