"""Merge, split, undo and quarantine as others see them: through a real gateway, with the town's own worker."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tasuki.linkage.operations import identity
from tasuki.linkage.types import SYSTEM
from tasuki.persons.queries.people import acts_of
from tasuki.persons.types import REGISTER
from tasuki.persons.types.cases import Proposed
from tasuki.persons.types.merging import QuarantineCause, SystemNumber
from tasuki.protocol.messages import State
from tests.system.town_client import now
from tests.system.whole_town import CLERK, FELT_SECONDS, WholeTown, running_town

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("whole-town")]


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[WholeTown]:
    with running_town(django_db_blocker) as running:
        yield running


def test_a_merge_is_answered_whole_and_an_undo_as_before(town: WholeTown) -> None:
    town.moves_in("0001", 1)
    town.moves_in("0002", None)
    town.is_screened("0001", 2024)
    town.is_screened("0002", 2025)
    survivor, loser = town.unified("0001"), town.unified("0002")
    town.acquires_codes()
    town.awaits_replicas({survivor: ["2024-01"], loser: ["2025-01"]})
    town.awaits_answer(1, State.RECEIVED, ["2024"])

    proposed = identity.propose_merge(survivor=survivor, loser=loser, reason="同じ人", by=CLERK, at=now())
    # Nobody is told anything of either while it is decided.
    assert town.awaits_answer(1, State.HELD) < FELT_SECONDS
    town.decided(proposed)
    town.awaits_replicas({survivor: ["2024-01", "2025-01-1"], loser: []})
    # The code went too: whose individual number stands behind it may have changed.
    assert town.answer(1) == (State.PROVIDER_HAS_NO_CODE, [])
    town.acquires_codes()
    town.awaits_answer(1, State.RECEIVED, ["2024", "2025"])

    act = acts_of([survivor])[0]
    town.decided(identity.propose_undo(act_id=act.act_id, reason="間違い", by=CLERK, at=now()))
    town.awaits_replicas({survivor: ["2024-01"], loser: ["2025-01"]})
    town.acquires_codes()
    town.awaits_answer(1, State.RECEIVED, ["2024"])


def test_a_split_parts_what_others_are_told_and_an_undo_joins_it(town: WholeTown) -> None:
    town.moves_in("0011", 11)
    town.moves_in("0012", None)
    town.is_screened("0011", 2023)
    town.is_screened("0012", 2025)
    whole, other = town.unified("0011"), town.unified("0012")
    town.decided(identity.propose_merge(survivor=whole, loser=other, reason="同じ人", by=CLERK, at=now()))
    town.awaits_replicas({whole: ["2023-01", "2025-01-1"], other: []})
    town.acquires_codes()
    town.awaits_answer(11, State.RECEIVED, ["2023", "2025"])

    links = [SystemNumber(system, "0012") for system in (REGISTER, SYSTEM)]
    proposed = identity.propose_split(
        person=whole, links=links, takes_number=False, reason="別の人", by=CLERK, at=now()
    )
    assert town.awaits_answer(11, State.HELD) < FELT_SECONDS
    town.decided(proposed)
    parted = town.unified("0012")
    assert parted not in (whole, other)
    town.awaits_replicas({whole: ["2023-01"], parted: ["2025-01"]})
    town.acquires_codes()
    town.awaits_answer(11, State.RECEIVED, ["2023"])

    [act] = [one for one in acts_of([parted]) if one.undone_at is None]
    town.decided(identity.propose_undo(act_id=act.act_id, reason="間違い", by=CLERK, at=now()))
    town.awaits_replicas({whole: ["2023-01", "2025-01-1"], parted: []})
    town.acquires_codes()
    town.awaits_answer(11, State.RECEIVED, ["2023", "2025"])


def test_a_case_that_is_returned_lets_provision_go_on_without_a_new_code(town: WholeTown) -> None:
    town.moves_in("0021", 21)
    town.moves_in("0022", None)
    town.is_screened("0021", 2025)
    one, other = town.unified("0021"), town.unified("0022")
    town.acquires_codes()
    town.awaits_answer(21, State.RECEIVED, ["2025"])

    proposed = identity.propose_merge(survivor=one, loser=other, reason="同じ人", by=CLERK, at=now())
    assert isinstance(proposed, Proposed)
    assert town.awaits_answer(21, State.HELD) < FELT_SECONDS
    identity.send_back(case_id=proposed.case_id, reason="別の人", by=CLERK, at=now())

    town.awaits_answer(21, State.RECEIVED, ["2025"])


def test_quarantine_is_felt_within_seconds_and_ends_as_soon(town: WholeTown) -> None:
    town.moves_in("0031", 31)
    town.is_screened("0031", 2025)
    town.acquires_codes()
    town.awaits_answer(31, State.RECEIVED, ["2025"])

    stop = identity.quarantine(
        person=town.unified("0031"), cause=QuarantineCause.WRONG_LINK, reason="疑い", by=CLERK, at=now()
    )
    assert town.awaits_answer(31, State.HELD) < FELT_SECONDS
    # A result that comes meanwhile is registered, and still nobody is answered by itself.
    town.is_screened("0031", 2024)
    town.awaits_replicas({town.unified("0031"): ["2024-01", "2025-01"]})
    assert town.answer(31) == (State.HELD, [])

    assert identity.end_quarantine(quarantine_id=stop, reason="違った", by=CLERK, at=now())
    assert town.awaits_answer(31, State.RECEIVED, ["2024", "2025"]) < FELT_SECONDS
