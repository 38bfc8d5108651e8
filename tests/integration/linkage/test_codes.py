"""Codes of people who have none: asked for on the whole way, refusals kept, 取得番号 gone afterwards."""

import io
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from tasuki.gateway.operations import people as gateway
from tasuki.jlis.operations import RegisterCipher, load_register, resident_record_codes
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.linkage.operations import acquire_codes, confirm_codes
from tasuki.linkage.operations.codes import renew_code
from tasuki.linkage.types import AcquisitionReport
from tasuki.network.codes import CodeMaker
from tasuki.network.operations.codes import confirm_delivery, issue_codes
from tasuki.network.operations.registry import register_member
from tasuki.network.types import InstitutionClass
from tasuki.nodes.sql import rows
from tasuki.persons import codes
from tasuki.persons import queries as index
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.operations import number_people
from tasuki.persons.types import CodeOutcome, PersonToNumber
from tasuki.protocol import messages
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.shared.actor import system_actor
from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode
from tasuki.shared.institutions import Institution

pytestmark = pytest.mark.django_db(databases=["default", "index"])

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
BY = system_actor("test")
INSTITUTION = "0213191100000000"
KNOWN, UNKNOWN = "999951519640", "999918523810"


def derive(purpose: str) -> bytes:
    return purpose.encode().ljust(32, b".")[-32:]


CIPHER = NumberCipher(derive)


class WholeWay:
    """The way of a code through gateway, J-LIS stand-in and network, each by its own operations, without the wire."""

    def __init__(self) -> None:
        self.numbers: list[str] = []

    def open_acquisitions(self, items: Sequence[messages.AcquisitionOpened]) -> list[messages.Accepted]:
        self.numbers += [item.acquisition_number for item in items]
        return gateway.open_acquisitions(items=items, by=BY, at=AT)

    def request_codes(self, items: Sequence[messages.AcquisitionRequest]) -> list[messages.AcquisitionReply]:
        record_codes = resident_record_codes([item.individual_number for item in items], RegisterCipher(derive))
        requests = [
            messages.CodeRequest(
                institution=item.institution,
                acquisition_number=item.acquisition_number,
                resident_record_code=record_codes[item.individual_number],
            )
            for item in items
            if item.individual_number in record_codes
        ]
        maker = CodeMaker(derive)
        replies = {one.acquisition_number: one for one in issue_codes(requests=requests, maker=maker, by=BY, at=AT)}
        return [
            replies.get(item.acquisition_number)
            or messages.AcquisitionReply(
                acquisition_number=item.acquisition_number, outcome=messages.AcquisitionOutcome.UNKNOWN_NUMBER
            )
            for item in items
        ]

    def code_status(self, items: Sequence[messages.CodeStatusAsked]) -> list[messages.CodeStatus]:
        return gateway.tell_code_status(items=items, by=BY, at=AT)

    def deliver(self) -> None:
        """Bring what the network has issued to the gateway, as its worker does."""
        waiting = rows("SELECT institution, acquisition_number, linkage_code FROM network_code_delivery")
        gateway.bind_codes(items=[messages.CodeIssued(**row) for row in waiting], by=BY, at=AT)
        confirm_delivery(
            gateway="gateway-east", acquisition_numbers=[row["acquisition_number"] for row in waiting], by=BY, at=AT
        )


@pytest.fixture
def way() -> WholeWay:
    load_register(
        file=io.StringIO(f"個人番号,住民票コード\n{KNOWN},12345678901\n"), cipher=RegisterCipher(derive), by=BY, at=AT
    )
    register_member(
        member=Institution(InstitutionCode(INSTITUTION), "架空区", "Kaku", MunicipalityCode("139998")),
        institution_class=InstitutionClass.MUNICIPALITY,
        gateway="gateway-east",
        assessed_on=AT.date(),
        by=BY,
        at=AT,
    )
    people = [PersonToNumber("1", KNOWN), PersonToNumber("2", UNKNOWN), PersonToNumber("3", None)]
    number_people(system="screening", people=people, cipher=CIPHER, by=BY, at=AT)
    return WholeWay()


@pytest.fixture
def numbers() -> Iterator[str]:
    return (f"{0xABCDEF0123456789:x}{place:016x}" for place in range(1, 100))


def unified(number: str) -> str:
    return index.unified_numbers("screening", [number])[number]


def acquire(way: WholeWay, numbers: Iterator[str], at: datetime = AT) -> AcquisitionReport:
    return acquire_codes(
        institution=INSTITUTION,
        unified_numbers=codes.due(at=at),
        link=cast(GatewayLink, way),
        cipher=CIPHER,
        new_number=lambda: next(numbers),
        by=BY,
        at=at,
    )


def test_a_refusal_is_kept_with_its_reason_and_tried_again_later_and_later(
    way: WholeWay, numbers: Iterator[str]
) -> None:
    assert codes.counts() == {"without_number": 1, "failed": 0, "asked": 0, "waiting": 2}
    first = acquire(way, numbers)
    assert (first.asked, first.issued, first.unknown) == (2, 1, 1)
    assert codes.counts() == {"without_number": 1, "failed": 1, "asked": 1, "waiting": 0}
    refused = codes.missing(limit=10)[0]
    assert (refused.unified_person_number, refused.outcome) == (unified("2"), CodeOutcome.UNKNOWN_NUMBER)
    assert codes.due(at=AT + timedelta(hours=23)) == []
    waits = []
    at = AT
    for _ in range(7):
        [refused] = [one for one in codes.missing(limit=10) if one.unified_person_number == unified("2")]
        assert refused.next_at is not None
        waits.append((refused.next_at - at).days)
        at = refused.next_at
        acquire(way, numbers, at)
    assert waits == [1, 2, 4, 8, 16, 28, 28]


def test_a_code_that_was_issued_before_comes_again_and_is_no_second_one(way: WholeWay, numbers: Iterator[str]) -> None:
    acquire(way, numbers)
    way.deliver()
    assert confirm_codes(institution=INSTITUTION, link=cast(GatewayLink, way), by=BY, at=AT) == 1
    code = rows("SELECT linkage_code FROM gateway_person")
    assert renew_code(institution=INSTITUTION, unified_person_number=unified("1"), by=BY, at=AT)
    [anew] = [one for one in codes.missing(limit=10) if one.unified_person_number == unified("1")]
    assert anew.outcome is CodeOutcome.RECORD_CODE_CHANGED
    again = acquire(way, numbers)
    assert (again.asked, again.already_issued) == (1, 1)
    # The former code is still at the gateway, and does not count for the one asked for now.
    assert confirm_codes(institution=INSTITUTION, link=cast(GatewayLink, way), by=BY, at=AT) == 0
    [asked] = [one for one in codes.missing(limit=10) if one.unified_person_number == unified("1")]
    assert asked.outcome is CodeOutcome.ALREADY_ISSUED
    way.deliver()
    assert confirm_codes(institution=INSTITUTION, link=cast(GatewayLink, way), by=BY, at=AT) == 1
    assert rows("SELECT linkage_code FROM gateway_person") == code


def test_an_acquisition_the_gateway_has_not_heard_of_is_not_asked_about(
    way: WholeWay, numbers: Iterator[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    acquire(way, numbers)
    way.deliver()
    confirm_codes(institution=INSTITUTION, link=cast(GatewayLink, way), by=BY, at=AT)
    renew_code(institution=INSTITUTION, unified_person_number=unified("1"), by=BY, at=AT)
    with monkeypatch.context() as away:
        away.setattr(way, "open_acquisitions", unreachable)
        with pytest.raises(ExchangeFailed):
            acquire(way, numbers)
    assert confirm_codes(institution=INSTITUTION, link=cast(GatewayLink, way), by=BY, at=AT) == 0
    acquire(way, numbers)
    way.deliver()
    assert confirm_codes(institution=INSTITUTION, link=cast(GatewayLink, way), by=BY, at=AT) == 1


def unreachable(_items: object) -> None:
    raise ExchangeFailed("gateway-east", Phase.CONNECT, "refused")


def test_who_has_no_code_is_not_asked_for_anew(way: WholeWay) -> None:
    assert not renew_code(institution=INSTITUTION, unified_person_number=unified("1"), by=BY, at=AT)


def everything_stored() -> dict[str, str]:
    """Return every row of every table of town, index, gateway, network and J-LIS stand-in, as text."""
    stored: dict[str, str] = {}
    for alias, schema in (("default", "public"), ("index", "person_index")):
        tables = rows("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema], alias=alias)
        for table in (row["tablename"] for row in tables):
            found = rows(f'SELECT t::text AS row FROM {schema}."{table}" t', alias=alias)  # noqa: S608 — our own tables
            stored[table] = "\n".join(row["row"] for row in found)
    return stored


def test_no_table_log_or_evidence_keeps_the_number_of_an_acquisition(
    way: WholeWay, numbers: Iterator[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    acquire(way, numbers)
    [bound, refused] = way.numbers
    holding = {table for table, content in everything_stored().items() if bound in content}
    assert holding == {"persons_acquisition", "gateway_acquisition", "network_code_delivery"}
    way.deliver()
    confirm_codes(institution=INSTITUTION, link=cast(GatewayLink, way), by=BY, at=AT)
    stored = everything_stored()
    # Evidence bodies are bytes, shown as hexadecimal.
    wanted = (bound, bound.encode().hex())
    assert len(stored) > 60
    assert {table for table, content in stored.items() if any(text in content for text in wanted)} == set()
    assert not any(text in caplog.text for text in wanted)
    # The refused one is still under way, and is found where it should be: the search is able to find.
    assert refused in stored["persons_acquisition"]
