"""Who is on hold: what is told counts in its order, and is recorded where it changes something."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from tasuki.gateway.operations.holds import set_holds
from tasuki.nodes.sql import rows
from tasuki.protocol.messages import Hold
from tasuki.shared.actor import institution_actor

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
INSTITUTION = "0213191100000000"
PEOPLE = [f"{place:015d}" for place in range(1, 5)]
BY = institution_actor("town-a")


def hold(*people: str, on: bool = True, hidden: bool = False) -> Hold:
    return Hold(institution=INSTITUTION, unified_person_numbers=list(people), hold=on, non_disclosure=hidden)


def tell(*holds: Hold) -> None:
    set_holds(items=holds, by=BY, at=AT)


def stands() -> dict[str, tuple[bool, bool]]:
    found = rows("SELECT unified_person_number AS person, hold, non_disclosure FROM gateway_person")
    return {row["person"]: (row["hold"], row["non_disclosure"]) for row in found}


def recorded() -> list[str]:
    return [row["kind"] for row in rows("SELECT kind FROM evidence_entry ORDER BY entry_id")]


@pytest.mark.django_db
def test_each_is_as_told_last_and_only_what_changes_is_recorded() -> None:
    one, other, third, fourth = PEOPLE
    tell(hold(one, other, on=False), hold(third, hidden=True))
    assert stands() == {one: (False, False), other: (False, False), third: (True, True)}
    tell(hold(one, other, on=False), hold(third, hidden=True))
    assert len(recorded()) == len([one, other, third])
    tell(hold(other, fourth), hold(one, third, on=False))
    assert stands() == {one: (False, False), other: (True, False), third: (False, False), fourth: (True, False)}
    assert recorded()[3:] == ["provision_stopped", "provision_resumed", "provision_stopped"]


@pytest.mark.django_db
@pytest.mark.parametrize("before", [None, True, False])
def test_of_somebody_told_of_twice_in_a_list_the_stricter_counts(before: bool | None) -> None:
    [one, *_] = PEOPLE
    if before is not None:
        tell(hold(one, on=before))
    tell(hold(one), hold(one, on=False), hold(one, one, on=False, hidden=True))
    assert stands() == {one: (True, True)}


@pytest.mark.usefixtures("committed")
def test_who_is_stopped_while_an_older_list_releases_them_is_stopped_in_the_end() -> None:
    """The older list was told, its reply did not come in time, and it is still under way."""
    [one, *_] = PEOPLE
    tell(hold(one))
    stopped = threading.Event()

    def stop() -> None:
        tell(hold(one))
        stopped.set()
        connection.close()

    later = threading.Thread(target=stop)
    with transaction.atomic():
        tell(hold(one, on=False))
        later.start()
        assert not stopped.wait(0.5), "what seems to stand already has to wait for what is under way"
    later.join()
    assert stands() == {one: (True, False)}
