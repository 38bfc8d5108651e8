"""What the gateway must let go of: a hold whose reason is over, and the code of a number that was deleted for good."""

from datetime import date, timedelta

import pytest

from tasuki.linkage.operations.custody import delete_due_numbers
from tasuki.nodes.sql import rows
from tasuki.persons.codes import mend_codes
from tasuki.persons.operations import begin_quarantine, close_tasks, end_quarantine
from tasuki.persons.queries.people import gateway_tasks, open_quarantines
from tasuki.persons.types.merging import GatewayTaskKind, QuarantineCause
from tasuki.protocol.errors import ExchangeFailed
from tests.integration.linkage.beside import INSTITUTION, GatewayBeside
from tests.integration.linkage.test_link import AT, Town
from tests.integration.persons.index import CLERK, NUMBERS

pytestmark = pytest.mark.django_db(databases=["default", "index"])
CODE = "c" * 32


@pytest.fixture
def town(db: None, gateway: GatewayBeside) -> Town:
    return Town(gateway)


def held(town: Town, number: str) -> list[bool]:
    found = town.gateway.rows(
        "SELECT hold FROM gateway_person WHERE unified_person_number = %s", [town.unified(number)]
    )
    return [hold for (hold,) in found]


def not_disclosed(town: Town, number: str) -> list[bool]:
    found = town.gateway.rows(
        "SELECT non_disclosure FROM gateway_person WHERE unified_person_number = %s", [town.unified(number)]
    )
    return [hidden for (hidden,) in found]


def codes(town: Town) -> list[str | None]:
    return [code for (code,) in town.gateway.rows("SELECT linkage_code FROM gateway_person")]


def test_a_hold_ends_with_protection_although_nothing_else_is_sent(town: Town) -> None:
    town.moves_in("0001", protected_from=date(2026, 4, 1))
    town.sends()
    assert held(town, "0001") == not_disclosed(town, "0001") == [True]

    town.registers("0001", protected_from=date(2026, 4, 1), protected_to=date(2026, 11, 1))
    town.sends()
    assert held(town, "0001") == not_disclosed(town, "0001") == [False]
    assert town.compares().found == {}


def test_a_reply_that_got_lost_does_not_lose_the_end_of_a_hold(town: Town) -> None:
    town.moves_in("0001", protected_from=date(2026, 4, 1))
    town.gateway.loses_after = 0
    with pytest.raises(ExchangeFailed):
        town.sends()
    town.registers("0001")
    town.sends()
    assert held(town, "0001") == [False]


def test_a_hold_ends_with_quarantine_although_nothing_else_is_sent(town: Town) -> None:
    town.moves_in("0001")
    person = town.unified("0001")
    quarantine_id = "00000000-0000-4000-8000-000000000001"
    begin_quarantine(
        quarantine_id=quarantine_id, person=person, cause=QuarantineCause.OTHER, reason="x", by=CLERK, at=town.now()
    )
    town.sends()
    assert held(town, "0001") == [True]
    end_quarantine(quarantine_id=open_quarantines()[0].quarantine_id, reason="x", by=CLERK, at=town.now())
    town.sends()
    assert held(town, "0001") == [False]


def given_somebody_gone_with_a_code(town: Town) -> str:
    town.moves_in("0001", NUMBERS[0], moved_out_date=date(2019, 1, 1), moved_out_to="132918")
    town.sends()
    town.gateway.rows("UPDATE gateway_person SET linkage_code = %s, bound_at = %s", [CODE, AT - timedelta(days=9)])
    return town.unified("0001")


def test_a_number_deleted_for_good_takes_its_code_along(town: Town) -> None:
    given_somebody_gone_with_a_code(town)
    assert delete_due_numbers(expected=1, by=CLERK, at=town.now()) == 1
    [task] = gateway_tasks()
    assert task.kind is GatewayTaskKind.FORGET_CODE

    town.gateway.is_away = True
    with pytest.raises(ExchangeFailed):
        town.sends()
    assert gateway_tasks() == [task]
    town.gateway.is_away = False
    town.sends()

    assert (codes(town), gateway_tasks()) == ([None], [])
    kinds = [row["kind"] for row in rows("SELECT kind FROM evidence_entry ORDER BY entry_id")]
    assert kinds.index("numbers_deleted") < kinds.index("code_forgotten")
    assert town.compares().found == {}


def test_a_code_that_outlived_its_number_is_found_and_forgotten(town: Town) -> None:
    person = given_somebody_gone_with_a_code(town)
    delete_due_numbers(expected=1, by=CLERK, at=town.now())
    close_tasks(task_ids=[one.task_id for one in gateway_tasks()], by=CLERK, at=town.now())
    assert town.compares().found == {"CODE_UNNOTED": 1}

    assert town.compares(repair=True).remaining == 0
    assert codes(town) == [None]
    assert mend_codes(lost=[], bound=[], by=CLERK, at=town.now()) == 0
    noted = rows("SELECT code_bound_at FROM persons_person WHERE unified_person_number = %s", [person], alias="index")
    assert noted == [{"code_bound_at": None}]


def test_a_code_acquired_anew_is_not_forgotten_by_an_old_message(town: Town) -> None:
    given_somebody_gone_with_a_code(town)
    delete_due_numbers(expected=1, by=CLERK, at=town.now())
    town.gateway.rows("UPDATE gateway_person SET bound_at = %s", [AT + timedelta(days=1)])
    town.sends()
    assert (codes(town), INSTITUTION) == ([CODE], INSTITUTION)
