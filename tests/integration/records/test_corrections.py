"""A correction travels from whoever provided to whoever received, once, and each party records it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import orjson
import pytest

from tasuki.gateway import queries as gateway
from tasuki.gateway.models import Correction as GatewayCorrection
from tasuki.gateway.models import Institution, Person, Provision
from tasuki.gateway.operations.corrections import hear_corrections, mark_corrections_read, mark_passed
from tasuki.gateway.operations.provisions import answer_permits
from tasuki.gateway.operations.replicas import register_replicas
from tasuki.gateway.payloads import PayloadCipher
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.linkage.models import TownInquiry
from tasuki.linkage.operations import fetch_corrections
from tasuki.linkage.queries.corrections import corrected_answers, count_corrected
from tasuki.network.models import Institution as Member
from tasuki.network.operations.corrections import keep_corrections, mark_delivered
from tasuki.network.queries import corrections_by_gateway
from tasuki.nodes.sql import rows, run
from tasuki.protocol.messages import Accepted, Permit, State
from tasuki.protocol.record_messages import Correction, CorrectionKind, CorrectionRead
from tasuki.shared.actor import system_actor
from tests.integration.records.test_retention import OTHER, OWN, asked, number, permitted, town_asked
from tests.sheets import received_sheet

pytestmark = pytest.mark.django_db

AT = datetime(2026, 10, 1, 3, 0, tzinfo=UTC)
LATER = AT + timedelta(days=20)
BY = system_actor("test")
CIPHER = PayloadCipher(lambda purpose: purpose.encode().ljust(32, b".")[-32:])
PERSON, CODE = "000000000000007", "a" * 32
LUNG, BREAST = "TM00000000000090", "TM00000000000092"
EAST, WEST = "gateway-east", "gateway-west"
ACCEPTED = Accepted(accepted=True)


@pytest.fixture(autouse=True)
def provided() -> None:
    """OTHER answered OWN about a person, of whom it has two lung screenings and a breast screening."""
    Institution.objects.create(institution=OTHER, town="town-b", joined_at=AT)
    Person.objects.create(institution=OTHER, unified_person_number=PERSON, linkage_code=CODE, hold=False)
    for institution, node in ((OWN, WEST), (OTHER, EAST)):
        Member.objects.create(
            institution=institution, name="x", name_en="x", municipality_code=institution[-6:],
            institution_class="municipality", gateway=node, joined_at=AT,
        )  # fmt: skip
    register(LUNG, "2024-01", 1)
    register(LUNG, "2025-01", 2)
    register(BREAST, "2025-01", 3)
    asked(1, AT, data_sets=[LUNG, BREAST])
    permitted(1, AT, data_sets=[LUNG, BREAST])
    town_asked(1, AT, data_sets=[LUNG, BREAST], state="received")
    answer(1)


def register(
    data_set: str, key: str, ordinal: int, *, revision: int = 1, payload: str = "<x/>", at: datetime = AT,
    layouts: tuple[str, ...] = ("1",),
) -> None:  # fmt: skip
    items = [
        received_sheet(
            institution=OTHER, unified_person_number=PERSON, data_set=data_set, record_key=key, revision=revision,
            ordinal=ordinal, layout_version=layout, published_from=date(2026, 4, 1), payload=payload,
        )
        for layout in layouts
    ]  # fmt: skip
    register_replicas(items=items, cipher=CIPHER, by=BY, at=at)
    run("DROP TABLE IF EXISTS pg_temp.replica_staging")


def answer(last: int) -> None:
    permit = Permit(
        transaction_number=number(last), inquirer=OWN, provider=OTHER, data_sets=[LUNG, BREAST],
        procedure="JT99990000000141", department="課", non_disclosure=False, requested_at=AT, permitted_at=AT,
        valid_until=AT + timedelta(days=7), basis="番号法19条8号",
    )  # fmt: skip
    [given] = answer_permits(permits=[(permit, CODE)], cipher=CIPHER, by=BY, at=AT)
    assert given.state is State.RECEIVED


def told() -> list[Correction]:
    return gateway.corrections_to_tell([OTHER], 10)


def entries(kind: str) -> list[dict[str, Any]]:
    found = rows("SELECT body FROM evidence_entry WHERE kind = %s ORDER BY entry_id", [kind])
    return [orjson.loads(bytes(row["body"])) for row in found]


def test_a_corrected_replica_that_was_given_is_told_of() -> None:
    register(LUNG, "2025-01", 4, revision=2, at=LATER)

    [one] = told()

    assert (one.transaction_number, one.inquirer, one.provider, one.data_set) == (number(1), OWN, OTHER, LUNG)
    assert (one.kind, one.corrected_at) == (CorrectionKind.CORRECTED, LATER)
    [recorded] = entries("correction_told")
    assert recorded["article"] == "個人情報保護法97条"
    assert PERSON not in str(recorded)


def test_a_withdrawn_replica_is_told_of_as_such() -> None:
    register(BREAST, "2025-01", 4, payload="", at=LATER)
    [one] = told()
    assert (one.data_set, one.kind) == (BREAST, CorrectionKind.WITHDRAWN)


def test_a_layout_that_is_over_withdraws_nothing_and_what_goes_in_all_of_them_is_told_of_once() -> None:
    register(BREAST, "2025-01", 4, layouts=("2",), at=LATER)
    register(BREAST, "2025-01", 5, payload="", at=LATER)
    assert told() == []
    register(BREAST, "2025-01", 6, at=LATER)
    register(BREAST, "2025-01", 7, payload="", layouts=("1", "2", "3"), at=LATER)
    assert [(one.data_set, one.kind) for one in told()] == [(BREAST, CorrectionKind.WITHDRAWN)]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"key": "2026-01", "ordinal": 4, "revision": 2}, "registered after the answer: it was never given"),
        ({"key": "2025-01", "ordinal": 4}, "the same record once more"),
        ({"key": "2025-01", "ordinal": 1, "revision": 2}, "an old message that came late"),
    ],
)
def test_what_changes_nothing_given_is_not_told_of(change: dict[str, Any], why: str) -> None:
    register(LUNG, at=LATER, **change)
    if change["key"] == "2026-01":
        register(LUNG, "2026-01", 5, revision=3, at=LATER)
    assert told() == [], why


def test_nobody_who_was_given_nothing_is_told() -> None:
    Provision.objects.update(state="withheld")
    register(LUNG, "2025-01", 4, revision=2, at=LATER)
    assert told() == []


def test_records_that_do_not_say_what_was_given_are_told_of_by_data_set() -> None:
    Provision.objects.update(given=[])
    register(LUNG, "2025-01", 4, revision=2, at=LATER)
    assert [one.data_set for one in told()] == [LUNG]


class Link:
    """The asking town's gateway, in this process."""

    def corrections(self, institution: str) -> list[Correction]:
        return gateway.corrections_heard(institution)

    def corrections_read(self, items: list[CorrectionRead]) -> list[Accepted]:
        return mark_corrections_read(items=items, by=BY, at=LATER)


def travel() -> int:
    """Take what is due one way further, twice, as a repeated message would; return what is new at the town."""
    due = told()
    for _ in range(2):
        assert keep_corrections(items=due, gateway=EAST, by=BY, at=LATER) == [ACCEPTED] * len(due)
    mark_passed(corrections=due, by=BY, at=LATER)
    for node, corrections in corrections_by_gateway(10).items():
        assert node == WEST
        for _ in range(2):
            assert hear_corrections(items=corrections, by=BY, at=LATER) == [ACCEPTED] * len(corrections)
        mark_delivered(corrections=corrections, by=BY, at=LATER)
    return fetch_corrections(institution=OWN, link=cast(GatewayLink, Link()), by=BY, at=LATER)


def test_it_travels_to_the_town_that_asked_once_and_is_recorded_at_each_party() -> None:
    register(LUNG, "2025-01", 4, revision=2, at=LATER)
    register(LUNG, "2024-01", 5, payload="", at=LATER)

    assert travel() == 2
    assert travel() == 0

    assert (told(), corrections_by_gateway(10), gateway.corrections_heard(OWN)) == ([], {}, [])
    # The provider's gateway and the network told of two; the inquirer's gateway and its town heard of two.
    assert (len(entries("correction_told")), len(entries("correction_heard"))) == (4, 4)
    [one] = corrected_answers()
    assert (one.transaction_number, one.data_sets, one.is_withdrawn) == (number(1), (LUNG,), False)
    assert GatewayCorrection.objects.filter(passed_at=None).count() == 0


@pytest.mark.parametrize(
    ("state", "days", "data_sets", "left"),
    [
        ("received", 21, [LUNG], 0),
        ("purged", 21, [LUNG, BREAST], 0),
        ("held", 21, [LUNG], 1),
        ("received", 19, [LUNG], 1),
        ("received", 21, [BREAST], 1),
    ],
)
def test_asking_again_settles_it(state: str, days: int, data_sets: list[str], left: int) -> None:
    register(LUNG, "2025-01", 4, revision=2, at=LATER)
    travel()
    assert count_corrected() == 1
    town_asked(2, AT + timedelta(days=days), state=state, data_sets=data_sets)
    assert (count_corrected(), len(corrected_answers("1")), corrected_answers("2")) == (left, left, [])


def correction(**changed: Any) -> Correction:
    values = {
        "transaction_number": number(1), "inquirer": OWN, "provider": OTHER, "data_set": LUNG, "ordinal": 4,
        "kind": "corrected", "corrected_at": LATER,
    }  # fmt: skip
    return Correction.model_validate(values | changed)


@pytest.mark.parametrize(
    ("changed", "sender"),
    [
        ({}, WEST),
        ({"transaction_number": number(9)}, EAST),
        ({"inquirer": OTHER}, EAST),
        ({"data_set": "TM00000000000094"}, EAST),
    ],
)
def test_the_network_carries_only_what_the_provider_may_say(changed: dict[str, Any], sender: str) -> None:
    [reply] = keep_corrections(items=[correction(**changed)], gateway=sender, by=BY, at=LATER)
    assert not reply.accepted
    assert (corrections_by_gateway(10), entries("correction_told")) == ({}, [])


def test_a_gateway_keeps_only_what_its_own_institutions_asked() -> None:
    replies = hear_corrections(items=[correction(transaction_number=number(9))], by=BY, at=LATER)
    assert replies == [Accepted(accepted=False, reason="no such inquiry")]
    assert gateway.corrections_heard(OWN) == []


def test_a_town_that_no_longer_has_the_inquiry_is_not_told_again() -> None:
    register(LUNG, "2025-01", 4, revision=2, at=LATER)
    TownInquiry.objects.all().delete()
    assert travel() == 0
    assert gateway.corrections_heard(OWN) == []
