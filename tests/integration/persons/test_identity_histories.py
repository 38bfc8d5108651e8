"""Random histories of who is who: whatever is registered, merged, split and undone, an independent model agrees.

The model knows nothing of the index's tables: it keeps, for every system's number, the set of numbers it is one person
with. TASUKI_HISTORIES sets how many histories are tried; 10,000 cost some fifteen minutes of CPU.
"""

import os
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from pytest_django import DjangoDbBlocker

from tasuki.nodes.sql import rows
from tasuki.persons import queries
from tasuki.persons.operations import approve_case, propose_merge, propose_split, propose_undo, return_case
from tasuki.persons.queries import cases
from tasuki.persons.queries.people import acts_of, numbers_with, open_quarantines, people_numbered
from tasuki.persons.types import REGISTER
from tasuki.persons.types.cases import Decided, Decision, Proposed
from tasuki.persons.types.items import Registration
from tasuki.persons.types.merging import SystemNumber
from tests.integration.persons.index import APPROVER, AT, CIPHER, CLERK, NUMBERS, TARO, register, registered

HISTORIES = int(os.environ.get("TASUKI_HISTORIES", "15"))
Groups = frozenset[frozenset[SystemNumber]]


class IdentityHistories(RuleBasedStateMachine):
    """One town's index, and beside it what we think of it."""

    def __init__(self) -> None:
        super().__init__()
        self.database = transaction.atomic(using="index")
        self.database.__enter__()
        self.people = self.ticks = 0
        self.groups: Groups = frozenset()
        #: What stood before each merge and split, by its id, and what stood after it.
        self.acts: list[tuple[UUID, Groups, Groups]] = []
        self.holder: dict[str, SystemNumber] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True, using="index")
        self.database.__exit__(None, None, None)

    def _now(self) -> datetime:
        self.ticks += 1
        return AT + timedelta(seconds=self.ticks)

    def _group(self, number: SystemNumber) -> frozenset[SystemNumber]:
        [found] = [group for group in self.groups if number in group]
        return found

    def _unified(self, group: frozenset[SystemNumber]) -> str:
        one = min(group)
        return queries.unified_numbers(one.system, [one.number])[one.number]

    def _replace(self, old: set[frozenset[SystemNumber]], new: set[frozenset[SystemNumber]]) -> None:
        self.groups = frozenset((self.groups - old) | new)

    @precondition(lambda self: self.people < 8)
    @rule(has_number=st.booleans())
    def somebody_moves_in(self, has_number: bool) -> None:
        self.people += 1
        number = NUMBERS[len(self.holder)] if has_number and len(self.holder) < len(NUMBERS) else None
        items = replace(TARO, name=f"例示　{self.people}郎", kana_name="", birth_date=f"1980-01-{self.people:02}")
        registered(Registration(f"{self.people:04}", items, number))
        group = frozenset({SystemNumber(REGISTER, f"{self.people:04}"), SystemNumber("screening", f"{self.people:04}")})
        self._replace(set(), {group})
        if number is not None:
            self.holder[number] = SystemNumber(REGISTER, f"{self.people:04}")

    @precondition(lambda self: self.people > 0)
    @rule(data=st.data())
    def another_system_knows_them(self, data: st.DataObject) -> None:
        known = data.draw(st.integers(1, self.people))
        link = SystemNumber("care", f"C{known}")
        own = SystemNumber(REGISTER, f"{known:04}")
        if any(link in group for group in self.groups) or any(one.system == "care" for one in self._group(own)):
            return
        items = replace(TARO, name=f"例示　{known}郎", kana_name="", birth_date=f"1980-01-{known:02}")
        report = register([Registration(link.number, items)])
        if report.linked:
            group = self._group(own)
            self._replace({group}, {group | {link}})
        elif report.numbered:
            # Merged into somebody of another name, they are not who the register describes.
            self._replace(set(), {frozenset({link})})

    def _decide(self, proposed: Decision, is_approved: bool) -> bool:
        if not isinstance(proposed, Proposed):
            return False
        if not is_approved:
            assert isinstance(
                return_case(case_id=proposed.case_id, reason="違う", by=APPROVER, at=self._now()), Decided
            )
            return False
        done = approve_case(case_id=proposed.case_id, reason="確認した", cipher=CIPHER, by=APPROVER, at=self._now())
        return isinstance(done, Decided)

    @precondition(lambda self: len(self.groups) > 1)
    @rule(data=st.data(), is_approved=st.booleans())
    def two_are_merged(self, data: st.DataObject, is_approved: bool) -> None:
        ordered = sorted(self.groups, key=sorted)
        one, other = data.draw(st.permutations(ordered))[:2]
        survivor, loser = self._unified(one), self._unified(other)
        before = self.groups
        proposed = propose_merge(survivor=survivor, loser=loser, reason="同じ人", by=CLERK, at=self._now())
        both_hold = all(any(holder in group for holder in self.holder.values()) for group in (one, other))
        assert isinstance(proposed, Proposed) is not both_hold
        if self._decide(proposed, is_approved):
            self._replace({one, other}, {one | other})
            self.acts.append((acts_of([survivor, loser])[0].act_id, before, self.groups))

    @precondition(lambda self: any(len(group) > 1 for group in self.groups))
    @rule(data=st.data(), is_approved=st.booleans(), takes_number=st.booleans())
    def one_is_split(self, data: st.DataObject, is_approved: bool, takes_number: bool) -> None:
        group = data.draw(st.sampled_from(sorted((one for one in self.groups if len(one) > 1), key=sorted)))
        parting = frozenset(data.draw(st.permutations(sorted(group)))[: data.draw(st.integers(1, len(group) - 1))])
        person, before = self._unified(group), self.groups
        proposed = propose_split(
            person=person, links=sorted(parting), takes_number=takes_number, reason="別の人", by=CLERK, at=self._now()
        )
        assert isinstance(proposed, Proposed)
        if self._decide(proposed, is_approved):
            self._replace({group}, {parting, group - parting})
            self.acts.append((acts_of([person])[0].act_id, before, self.groups))
            for number, holder in self.holder.items():
                if holder in group:
                    self.holder[number] = min(parting if takes_number else group - parting)

    @precondition(lambda self: bool(self.acts))
    @rule(is_approved=st.booleans())
    def the_last_act_is_undone(self, is_approved: bool) -> None:
        act_id, before, after = self.acts[-1]
        if self.groups != after:
            return
        proposed = propose_undo(act_id=act_id, reason="間違い", by=CLERK, at=self._now())
        assert isinstance(proposed, Proposed)
        if self._decide(proposed, is_approved):
            self.groups = before
            self.acts.pop()
            for number, holder in list(self.holder.items()):
                held_by = queries.find_by_individual_number(number, CIPHER)
                assert held_by is not None
                self.holder[number] = next(
                    one for group in before if self._unified(group) == held_by for one in sorted(group)
                )
                assert holder in self._group(holder)

    @invariant()
    def everybody_is_who_the_model_says(self) -> None:
        found: dict[str, set[SystemNumber]] = {}
        for row in rows(
            "SELECT r.person, s.system, s.system_person_number AS number FROM persons_system_person s"
            " JOIN persons_root r USING (unified_person_number)",
            alias="index",
        ):
            found.setdefault(row["person"], set()).add(SystemNumber(row["system"], row["number"]))
        assert frozenset(frozenset(one) for one in found.values()) == self.groups

    @invariant()
    def every_individual_number_is_held_once_and_by_whom_the_model_says(self) -> None:
        held = rows(
            "SELECT r.person, c.number_hash FROM persons_number_custody c"
            " JOIN persons_root r USING (unified_person_number)",
            alias="index",
        )
        assert {bytes(row["number_hash"]): row["person"] for row in held} == {
            CIPHER.hash(number): self._unified(self._group(holder)) for number, holder in self.holder.items()
        }

    @invariant()
    def nobody_stays_in_quarantine_once_all_is_decided(self) -> None:
        assert cases.open_cases() == []
        assert [one for one in open_quarantines() if one.case_id is not None] == []

    @invariant()
    def a_list_is_told_who_people_are_and_every_number_they_have(self) -> None:
        system = "screening"
        asked = [one.number for group in self.groups for one in group if one.system == system]
        unified, numbers = people_numbered(system, [*asked, "nobody"])
        assert unified == queries.unified_numbers(system, [*asked, "nobody"])
        assert {frozenset(own) for own in numbers.values()} == {
            frozenset(one.number for one in group if one.system == system) for group in self.groups
        } - {frozenset()}
        assert numbers == numbers_with(system, sorted(set(unified.values())))
        assert all(len(own) == len(set(own)) for own in numbers.values())

    @invariant()
    def aliases_end_at_somebody(self) -> None:
        strays = rows(
            "SELECT a.unified_person_number FROM persons_person a JOIN persons_person b"
            " ON b.unified_person_number = a.survivor WHERE b.survivor IS NOT NULL",
            alias="index",
        )
        assert strays == []


@pytest.fixture
def index(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let each history open a transaction of its own, which is rolled back."""
    django_db_blocker.unblock()


def test_random_histories_of_who_is_who(index: None, django_db_blocker: DjangoDbBlocker) -> None:
    try:
        run_state_machine_as_test(
            IdentityHistories,
            settings=settings(
                max_examples=HISTORIES,
                stateful_step_count=12,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        django_db_blocker.restore()
