"""Random histories of a whole link: register, results, merges, splits and undo, with replies that get lost.

After every delivery the gateway must have what an independent model says, and reconciliation must find nothing. The
model knows no revisions, keys or ordinals: it keeps whose results stand, who is whom, and who must be held.
TASUKI_HISTORIES sets how many histories are tried.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test
from pytest_django import DjangoDbBlocker

from tasuki.layouts.types import Programme, ScreeningRecord, Stage
from tasuki.linkage.operations import reconcile, send_outbox
from tasuki.nodes.sql import prepared
from tasuki.persons.operations import begin_quarantine, end_quarantine
from tasuki.persons.queries.people import index_person
from tasuki.persons.types.merging import QuarantineCause, SystemNumber
from tasuki.protocol.errors import ExchangeFailed
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.operations.results import correct_result, record_result, restore_result, withdraw_result
from tasuki.screening.types import Recorded, ResidentRow
from tests.integration.linkage.beside import INSTITUTION, GatewayBeside
from tests.integration.persons.index import APPROVER, CLERK
from tests.integration.persons.test_identity_histories import HISTORIES, IdentityHistories
from tests.unit.layouts.layout_records import LEAST, coded

ACKNOWLEDGED = ("duplicate_in_year:X_FISCAL_YEAR", "duplicate_on_day:X_EXAMINED_DATE")

#: Of which screening the results of each year are.
PROGRAMMES = {2023: Programme.LUNG, 2024: Programme.LUNG, 2025: Programme.COLORECTAL}
#: The data set of each one's first stage.
DATA_SETS = {Programme.LUNG: "TM00000000000090", Programme.COLORECTAL: "TM00000000000098"}


class LinkHistories(IdentityHistories):
    """One town and its gateway, and beside them what we think of both."""

    gateway: GatewayBeside

    def __init__(self) -> None:
        super().__init__()
        self.town = transaction.atomic()
        self.town.__enter__()
        self.gateway.empty()
        self.residents: dict[str, ResidentRow] = {}
        #: Of each result its 宛名番号, fiscal year and marker, and whether it stands.
        self.results: dict[UUID, tuple[str, int, str, bool]] = {}
        self.stops: dict[UUID, str] = {}
        self.markers = 0

    def teardown(self) -> None:
        try:
            self.everything_is_delivered()
        finally:
            transaction.set_rollback(True)
            self.town.__exit__(None, None, None)
            super().teardown()

    @precondition(lambda self: self.people < 4)
    @rule(has_number=st.booleans())
    def somebody_moves_in(self, has_number: bool) -> None:
        # Few people, so that much happens to each of them.
        super().somebody_moves_in(has_number)

    def _resident(self, number: str) -> ResidentRow:
        return self.residents.get(number) or ResidentRow(
            number, number, f"例示　{number}", "レイジ", date(1980, 1, 1), "1", address="架空区模擬町"
        )

    def _registers(self, row: ResidentRow) -> None:
        register_residents(rows=[row], by=CLERK, at=self._now(), reason="daily")
        self.residents[row.system_person_number] = row

    def _record(self, year: int) -> tuple[ScreeningRecord, str]:
        self.markers += 1
        marker = f"診療所{self.markers:04}"
        programme = PROGRAMMES[year]
        items = coded(programme, LEAST[programme, Stage.PRIMARY])
        record = ScreeningRecord(
            programme, Stage.PRIMARY, year, 1, f"{year}-07-24", year - 1980, "1", None, marker, items
        )
        return record, marker

    def _number(self, data: st.DataObject) -> str:
        return f"{data.draw(st.integers(1, self.people)):04}"

    @precondition(lambda self: self.people > 0)
    @rule(data=st.data(), year=st.integers(2023, 2025))
    def somebody_is_screened(self, data: st.DataObject, year: int) -> None:
        number = self._number(data)
        if number not in self.residents:
            self._registers(self._resident(number))
        record, marker = self._record(year)
        done = record_result(
            person=number, record=record, fee_class="", acknowledged=ACKNOWLEDGED, by=CLERK, at=self._now()
        )
        if isinstance(done, Recorded):
            self.results[done.result_id] = (number, year, marker, True)

    @precondition(lambda self: any(one[3] for one in self.results.values()))
    @rule(data=st.data(), year=st.integers(2023, 2025))
    def a_result_is_corrected(self, data: st.DataObject, year: int) -> None:
        result_id = data.draw(st.sampled_from([key for key, one in self.results.items() if one[3]]))
        record, marker = self._record(year)
        done = correct_result(
            result_id=result_id, record=record, fee_class="", reason="転記誤り", acknowledged=ACKNOWLEDGED,
            by=CLERK, at=self._now(),
        )  # fmt: skip
        if isinstance(done, Recorded):
            self.results[result_id] = (self.results[result_id][0], year, marker, True)

    @precondition(lambda self: bool(self.results))
    @rule(data=st.data())
    def a_result_is_taken_back_or_restored(self, data: st.DataObject) -> None:
        result_id = data.draw(st.sampled_from(list(self.results)))
        number, year, marker, stands = self.results[result_id]
        if stands:
            withdraw_result(result_id=result_id, reason="別の人", by=CLERK, at=self._now())
            self.results[result_id] = (number, year, marker, False)
        elif isinstance(restore_result(result_id=result_id, reason="間違い", by=CLERK, at=self._now()), Recorded):
            self.results[result_id] = (number, year, marker, True)

    @precondition(lambda self: self.people > 0)
    @rule(
        data=st.data(), event=st.sampled_from(["moves out", "returns", "dies", "protected", "unprotected", "renamed"])
    )
    def the_register_changes(self, data: st.DataObject, event: str) -> None:
        row = self._resident(self._number(data))
        changed = {
            "moves out": {"moved_out_date": date(2026, 10, 1 + self.ticks % 28), "moved_out_to": "132918"},
            "returns": {"moved_out_date": None, "moved_out_to": ""},
            "dies": {"died_date": date(2026, 10, 3)},
            "protected": {"protected_from": date(2026, 4, 1)},
            "unprotected": {"protected_from": None},
            "renamed": {"name": f"例示　{self.ticks}"},
        }[event]
        self._registers(replace(row, **changed))  # type: ignore[arg-type]  # one field of the row each

    @precondition(lambda self: self.people > 0)
    @rule(data=st.data())
    def somebody_is_stopped(self, data: st.DataObject) -> None:
        number = self._number(data)
        person = self._unified(self._group(SystemNumber("screening", number)))
        stop = data.draw(st.uuids(version=4))
        if stop in self.stops:
            return
        begin_quarantine(
            quarantine_id=stop, person=person, cause=QuarantineCause.WRONG_LINK, reason="疑い", by=CLERK,
            at=self._now(),
        )  # fmt: skip
        self.stops[stop] = person

    @precondition(lambda self: bool(self.stops))
    @rule(data=st.data())
    def a_stop_ends(self, data: st.DataObject) -> None:
        stop = data.draw(st.sampled_from(sorted(self.stops, key=str)))
        assert end_quarantine(quarantine_id=stop, reason="違った", by=APPROVER, at=self._now())
        del self.stops[stop]

    def _send(self) -> None:
        send_outbox(institution=INSTITUTION, link=self.gateway.link, by=CLERK, at=self._now())

    @rule(messages=st.integers(0, 3))
    def a_reply_gets_lost(self, messages: int) -> None:
        self.gateway.loses_after = messages
        try:
            self._send()
        except ExchangeFailed:
            # What was done stays done there, and waits to be told again here.
            return
        finally:
            self.gateway.loses_after = None

    @rule()
    def everything_is_delivered(self) -> None:
        self._send()
        self._gateway_has_what_the_model_says()
        found = reconcile(
            institution=INSTITUTION, link=self.gateway.link, repair=False, by=CLERK, at=self._now(), clock=self._now
        )
        assert (found.found, found.on_their_way) == ({}, 0)

    def _gateway_has_what_the_model_says(self) -> None:
        persons = {self._unified(group): group for group in self.groups}
        known = {person for (person,) in self.gateway.rows("SELECT unified_person_number FROM gateway_person")}
        for person in known | persons.keys():
            numbers = sorted(one.number for one in persons.get(person, ()) if one.system == "screening")
            contents = self.gateway.contents(person)
            results = [one for one in self.results.values() if one[3] and one[0] in numbers]
            standing, taken = {one[2] for one in results}, {PROGRAMMES[one[1]] for one in results}
            found = [marker for one in contents.values() for marker in re.findall("診療所[0-9]{4}", one)]
            assert (set(found), len(found)) == (standing, len(standing))
            assert self._left(numbers) or len(contents) == len(standing)
            for programme, data_set in DATA_SETS.items():
                is_told_absent = (data_set, "none") in contents
                assert is_told_absent == (self._left(numbers) and programme not in taken)
            self._is_held_as_it_must_be(person, numbers, bool(standing))

    def _left(self, numbers: Sequence[str]) -> bool:
        """Say whether a person lives here under none of their numbers."""
        rows = [self.residents[number] for number in numbers if number in self.residents]
        return bool(rows) and all(row.moved_out_date is not None for row in rows)

    def _is_held_as_it_must_be(self, person: str, numbers: Sequence[str], provides: bool) -> None:
        rows = [self.residents[number] for number in numbers if number in self.residents]
        must = any(row.protected_from is not None for row in rows) or person in {
            index_person(one).person for one in self.stops.values()
        }
        [[hold]] = self.gateway.rows(
            "SELECT coalesce((SELECT hold FROM gateway_person WHERE unified_person_number = %s), true)", [person]
        )
        assert hold or not must
        assert not hold or must or not provides


@pytest.fixture
def town(django_db_setup: None, django_db_blocker: DjangoDbBlocker, gateway: GatewayBeside) -> None:
    """Let each history open transactions of its own, which are rolled back."""
    django_db_blocker.unblock()
    LinkHistories.gateway = gateway


def test_random_histories_end_with_nothing_to_reconcile(town: None, django_db_blocker: DjangoDbBlocker) -> None:
    try:
        # The same few hundred statements again and again: planning them would take longer than carrying them out.
        with prepared(), prepared(alias="index"):
            run_state_machine_as_test(
                LinkHistories,
                settings=settings(
                    max_examples=HISTORIES,
                    stateful_step_count=20,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
    finally:
        django_db_blocker.restore()
