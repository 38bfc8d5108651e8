"""A record of an exchange is corrected by one side: every holder keeps what it said, hears of it once, and tells it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pydantic import ValidationError

from tasuki.evidence.queries import entries_of
from tasuki.gateway import queries as gateway
from tasuki.gateway.operations import record_corrections as at_gateway
from tasuki.gateway.operations.institutions import register_institution
from tasuki.network import queries as network
from tasuki.network.operations import record_corrections as at_network
from tasuki.network.operations.registry import register_member
from tasuki.network.types import InstitutionClass
from tasuki.nodes.sql import rows, run
from tasuki.protocol.amending import Amendment, CorrectedField, CorrectionGround
from tasuki.protocol.messages import Direction, ExchangesAsked
from tasuki.protocol.record_messages import RecordCorrection, RecordCorrectionRead
from tasuki.shared.actor import system_actor
from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode
from tasuki.shared.institutions import Institution

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
BY = system_actor("test")
ASKER, ASKED = "0000000000001001", "0000000000001002"
EAST, WEST = "gateway-east", "gateway-west"
NUMBER = "0193578d-0000-7000-8000-000000000001"
FIRST, SECOND = "0193578d-0000-7000-8000-00000000000a", "0193578d-0000-7000-8000-00000000000b"
PERSON = {ASKER: f"{1:015}", ASKED: f"{2:015}"}
PROCEDURE = "JT99990000000141"


@pytest.fixture(autouse=True)
def exchanged() -> None:
    for code, serves in ((ASKER, WEST), (ASKED, EAST)):
        register_member(
            member=Institution(InstitutionCode(code), "模擬市", "Mogi", MunicipalityCode("139980")),
            institution_class=InstitutionClass.MUNICIPALITY, gateway=serves, assessed_on=AT.date(), by=BY, at=AT,
        )  # fmt: skip
        register_institution(institution=code, town="town-test", by=BY, at=AT)
    run(
        "INSERT INTO gateway_inquiry (institution, transaction_number, unified_person_number, provider,"
        " provider_gateway, data_sets, refused_data_sets, procedure, department, non_disclosure, requested_at, state,"
        " state_at, basis, reason, attempts)"
        " VALUES (%s, %s, %s, %s, '', '{}', '{}', %s, '健康科', false, %s, 'received', %s, '', '', 0)",
        [ASKER, NUMBER, PERSON[ASKER], ASKED, PROCEDURE, AT, AT],
    )
    run(
        "INSERT INTO gateway_provision (institution, transaction_number, inquirer, linkage_code,"
        " unified_person_number, data_sets, procedure, department, non_disclosure, basis, requested_at, permitted_at,"
        " valid_until, notified_at, state, outcome)"
        " VALUES (%s, %s, %s, %s, %s, '{}', %s, '健康科', false, '', %s, %s, %s, %s, 'provided', '')",
        [ASKED, NUMBER, ASKER, "a" * 32, PERSON[ASKED], PROCEDURE, AT, AT, AT, AT],
    )
    run(
        "INSERT INTO network_permit (transaction_number, inquirer, inquirer_code, provider, data_sets,"
        " refused_data_sets, procedure, department, non_disclosure, requested_at, decided_at, decision, basis, outcome)"
        " VALUES (%s, %s, %s, %s, '{}', '{}', %s, '健康科', false, %s, %s, 'permitted', '', '')",
        [NUMBER, ASKER, "b" * 32, ASKED, PROCEDURE, AT, AT],
    )


def correction(number: str = FIRST, **changed: Any) -> RecordCorrection:
    values = {
        "correction": number, "transaction_number": NUMBER, "institution": ASKER, "other": ASKED,
        "direction": Direction.INQUIRED, "field": CorrectedField.DEPARTMENT, "value": "健康課",
        "ground": CorrectionGround.REQUESTED, "decided_at": AT,
    }  # fmt: skip
    return RecordCorrection(**values | changed)


def go_the_whole_way() -> None:
    """Let whatever waits go from gateway to network to gateway."""
    told = gateway.record_corrections_to_tell([ASKER, ASKED], 10)
    for one in told:
        serves = network.members([one.institution])[one.institution].gateway
        [reply] = at_network.keep_record_corrections(items=[one], gateway=serves, by=BY, at=AT)
        assert reply.accepted
    at_gateway.mark_record_corrections_told(items=told, by=BY, at=AT)
    for items in network.record_corrections_by_gateway(10).values():
        assert all(reply.accepted for reply in at_gateway.hear_record_corrections(items=items, by=BY, at=AT))
        at_network.mark_record_corrections_delivered(items=items, by=BY, at=AT)


def amendments(institution: str) -> list[Amendment]:
    asked = ExchangesAsked(institution=institution, unified_person_number=PERSON[institution], since=AT)
    [record] = gateway.exchanges_of([asked])
    assert record.department == "健康科"
    return record.amendments


@pytest.mark.parametrize(
    ("institution", "other", "direction"),
    [(ASKER, ASKED, Direction.INQUIRED), (ASKED, ASKER, Direction.PROVIDED)],
)
def test_either_side_corrects_and_every_holder_keeps_both_words(
    institution: str, other: str, direction: Direction
) -> None:
    first = correction(institution=institution, other=other, direction=direction)
    for _ in range(2):
        [reply] = at_gateway.correct_records(items=[first], by=BY, at=AT)
        assert reply.accepted
    go_the_whole_way()
    go_the_whole_way()
    later = AT + timedelta(minutes=1)
    second = correction(
        SECOND, institution=institution, other=other, direction=direction, value="保健課", decided_at=later
    )
    at_gateway.correct_records(items=[second], by=BY, at=later)
    go_the_whole_way()
    expected = [("健康科", "健康課", institution), ("健康課", "保健課", institution)]
    for code in (institution, other):
        assert [(one.former, one.value, one.by) for one in amendments(code)] == expected
    kept = rows("SELECT former, value FROM network_record_correction ORDER BY decided_at")
    assert [(row["former"], row["value"]) for row in kept] == [one[:2] for one in expected]
    kinds = sorted(entry.kind for entry in entries_of(NUMBER))
    assert kinds == ["record_corrected"] * 4 + ["record_correction_heard"] * 2


def test_the_other_town_hears_of_it_until_it_has_read_it_and_the_own_one_does_not() -> None:
    at_gateway.correct_records(items=[correction()], by=BY, at=AT)
    assert gateway.record_corrections_heard(ASKED) == []
    go_the_whole_way()
    assert gateway.record_corrections_heard(ASKER) == []
    [heard] = gateway.record_corrections_heard(ASKED)
    assert heard == correction()
    read = [RecordCorrectionRead(institution=ASKED, correction=FIRST)]
    at_gateway.mark_record_corrections_read(items=read, by=BY, at=AT)
    assert gateway.record_corrections_heard(ASKED) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"transaction_number": SECOND},
        {"direction": Direction.PROVIDED},
        {"other": "0000000000001009"},
    ],
)
def test_what_is_no_record_of_theirs_is_refused_by_gateway_and_network(changed: dict[str, Any]) -> None:
    wrong = correction(**changed)
    [told] = at_gateway.correct_records(items=[wrong], by=BY, at=AT)
    [heard] = at_network.keep_record_corrections(items=[wrong], gateway=WEST, by=BY, at=AT)
    assert (told.accepted, heard.accepted) == (False, False)
    assert entries_of(wrong.transaction_number) == []


def test_the_network_hears_of_a_record_from_the_gateway_that_serves_its_institution_only() -> None:
    [reply] = at_network.keep_record_corrections(items=[correction()], gateway=EAST, by=BY, at=AT)
    assert not reply.accepted
    assert rows("SELECT FROM network_record_correction") == []


def test_a_procedure_has_its_form() -> None:
    assert correction(field=CorrectedField.PROCEDURE, value=PROCEDURE).value == PROCEDURE
    with pytest.raises(ValidationError):
        correction(field=CorrectedField.PROCEDURE, value="健康増進")


def test_a_correction_that_cannot_be_recorded_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(**_values: object) -> None:
        raise RuntimeError("no record")

    for place, keep in (
        (at_gateway, lambda: at_gateway.correct_records(items=[correction()], by=BY, at=AT)),
        (at_network, lambda: at_network.keep_record_corrections(items=[correction()], gateway=WEST, by=BY, at=AT)),
    ):
        monkeypatch.setattr(place, "append_many", break_down)
        with pytest.raises(RuntimeError, match="no record"), transaction.atomic():
            keep()
    for table in ("gateway_record_correction", "network_record_correction"):
        assert rows(f"SELECT FROM {table}") == []


def test_the_database_itself_lets_nobody_decide_what_they_proposed() -> None:
    with pytest.raises(IntegrityError, match="by_two"), transaction.atomic():
        run(
            "INSERT INTO linkage_record_correction (correction, transaction_number, direction, other, field, value,"
            " ground, note, proposed_at, proposed_by, decided_at, decided_by)"
            " VALUES (%s, %s, 'inquired', %s, 'department', 'x', 'found', '', %s, 'a', %s, 'a')",
            [FIRST, NUMBER, ASKED, AT, AT],
        )
