"""The exchange records of a person, as a town may ask its gateway for them."""

from datetime import UTC, datetime

import pytest

from tasuki.gateway.models import Inquiry, Provision
from tasuki.gateway.queries import exchanges_of, records_like
from tasuki.protocol.messages import Direction, ExchangesAsked, RecordsAsked, RecordsFound, State

pytestmark = pytest.mark.django_db

OWN, OTHER = "1000000000000001", "1000000000000002"
PERSON = "000000000000001"
AT = datetime(2026, 5, 1, 3, 0, tzinfo=UTC)
LUNG = "TM00000000000090"


def number(last: int) -> str:
    return f"01920000-0000-7000-8000-{last:012d}"


def inquiry(
    last: int, *, institution: str = OWN, person: str = PERSON, at: datetime = AT, state: str = "received"
) -> None:
    Inquiry.objects.create(
        institution=institution, transaction_number=number(last), unified_person_number=person, provider=OTHER,
        data_sets=[LUNG], procedure="JT99990000000141", department="課", non_disclosure=False, requested_at=at,
        state="received", state_at=at, provided_at=at,
    )  # fmt: skip


def provision(
    last: int, *, institution: str = OWN, person: str = PERSON, at: datetime = AT, state: str = "received"
) -> None:
    Provision.objects.create(
        institution=institution, transaction_number=number(last), unified_person_number=person, inquirer=OTHER,
        linkage_code="0" * 32, data_sets=[LUNG], procedure="JT99990000000141", department="課", non_disclosure=False,
        basis="番号法19条8号", requested_at=at, permitted_at=at, valid_until=at, notified_at=at, state=state,
        provided_at=at if state == "received" else None,
    )  # fmt: skip


def asked(institution: str = OWN, since: datetime = AT) -> list[ExchangesAsked]:
    return [ExchangesAsked(institution=institution, unified_person_number=PERSON, since=since)]


def test_both_directions_are_told_in_the_order_of_time() -> None:
    inquiry(2, at=AT.replace(day=3))
    provision(1, at=AT.replace(day=2))

    found = exchanges_of(asked())

    assert [(one.transaction_number, one.direction, one.other) for one in found] == [
        (number(1), Direction.PROVIDED, OTHER),
        (number(2), Direction.INQUIRED, OTHER),
    ]
    assert found[0].provided_at == AT.replace(day=2)


def test_nobody_elses_and_nothing_earlier_is_told() -> None:
    inquiry(1, person="000000000000002")
    inquiry(2, at=AT.replace(month=4))
    inquiry(3, institution=OTHER)
    provision(4, person="000000000000002")
    provision(5, at=AT.replace(month=4))
    provision(6, institution=OTHER)
    inquiry(7)

    assert [one.transaction_number for one in exchanges_of(asked())] == [number(7)]


@pytest.mark.parametrize("state", ["held", "released", "withheld", "lapsed", "no_replica", "not_screened"])
def test_what_was_never_given_is_told_as_such(state: str) -> None:
    provision(1, state=state)

    [found] = exchanges_of(asked())

    assert (found.provided_at, found.state) == (None, State.HELD if state == "released" else State(state))


def search(**changed: object) -> RecordsFound:
    values = {"institution": OWN, "since": AT, "until": AT.replace(month=6), "most": 10}
    return records_like(RecordsAsked.model_validate(values | changed))


def numbers(found: RecordsFound) -> list[int]:
    return [int(one.transaction_number[-12:]) for one in found.records]


def test_records_are_found_newest_first_within_the_period() -> None:
    inquiry(1)
    provision(2, at=AT.replace(day=2))
    inquiry(3, at=AT.replace(month=4))
    inquiry(4, at=AT.replace(month=6))
    inquiry(5, institution=OTHER)
    found = search()
    assert (found.total, numbers(found)) == (2, [2, 1])


@pytest.mark.parametrize(
    ("asked_for", "found"),
    [
        ({"people": [PERSON]}, [2, 1]),
        ({"people": ["000000000000002"]}, [3]),
        ({"direction": "provided"}, [2]),
        ({"direction": "inquired"}, [3, 1]),
        ({"state": "held"}, [2]),
        ({"other": OTHER}, [3, 2, 1]),
        ({"other": "1000000000000003"}, []),
        ({"procedure": "JT99990000000142"}, []),
        ({"non_disclosure": True}, [3]),
        ({"non_disclosure": False}, [2, 1]),
        ({"most": 1, "offset": 1}, [2]),
    ],
)
def test_records_are_narrowed(asked_for: dict[str, object], found: list[int]) -> None:
    inquiry(1)
    provision(2, at=AT.replace(day=2), state="released")
    inquiry(3, at=AT.replace(day=3), person="000000000000002")
    Inquiry.objects.filter(transaction_number=number(3)).update(non_disclosure=True)
    answer = search(**asked_for)
    assert numbers(answer) == found
    if "most" in asked_for:
        assert answer.total == 3


def test_a_record_of_nobody_known_here_is_found_too() -> None:
    provision(1, state="provider_has_no_code")
    Provision.objects.update(unified_person_number=None)
    [found] = search().records
    assert (found.unified_person_number, found.state) == (None, State.PROVIDER_HAS_NO_CODE)
