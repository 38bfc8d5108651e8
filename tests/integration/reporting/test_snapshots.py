"""A frozen year: its counts are those of an independent recount over the raw tables, and nothing changes it."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from tasuki.eligibility.operations.lists import recompute
from tasuki.followup.operations.cases import close_year, record_act
from tasuki.followup.types import ActKind, Answer, Case
from tasuki.layouts.types import Programme, Stage
from tasuki.nodes.sql import rows, run
from tasuki.reporting import queries
from tasuki.reporting.operations import take_snapshot
from tasuki.reporting.queries import REPORT
from tasuki.reporting.tables import APPEND_ONLY_TABLES
from tasuki.reporting.types import Column, Dimension, Filter, NotComputed, Snapshot
from tasuki.screening.operations.results import record_result, withdraw_result
from tasuki.screening.rules import acknowledgement_key
from tasuki.screening.types import Recorded, Rejected
from tests.integration.screening.town import AT, BY, lung, register, resident

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 23)
NEEDS, FINE = {"9P504000000000011": "2"}, {"9P504000000000011": "1"}
FOUR = Answer(examined_date="2025-09-01", institution="模擬病院", method="CT", result_code="2")
OUTCOME = "9P507000000000011"


def store(number: str, **changed: object) -> UUID:
    record = lung(**changed)
    outcome = record_result(person=number, record=record, fee_class="", by=BY, at=AT)
    if isinstance(outcome, Rejected):
        seen = [acknowledgement_key(problem) for problem in outcome.problems]
        outcome = record_result(person=number, record=record, fee_class="", acknowledged=seen, by=BY, at=AT)
    assert isinstance(outcome, Recorded)
    return outcome.result_id


def report(number: str, code: str) -> None:
    store(number, stage=Stage.DETAILED, items={OUTCOME: code}, examined_date="2025-09-01")


def frozen(year: int = 2025) -> Snapshot:
    taken = take_snapshot(fiscal_year=year, note="", by=BY, at=AT, without_population=True)
    assert isinstance(taken, Snapshot)
    return taken


def counts(snapshot: Snapshot, wanted: Filter | None = None) -> dict[Column, int]:
    (tally,) = queries.tallies(snapshot.snapshot_id, (), wanted or Filter())
    return {column: number for column, number in tally.counts.items() if number}


@pytest.fixture
def town() -> list[str]:
    """Sixty residents of all ages, screened at random over years, followed up in every way, one of them withdrawn."""
    chance = random.Random(11)  # noqa: S311 — a repeatable draw
    numbers = [f"00030000{one:02}" for one in range(60)]
    register(
        *(
            resident(number, birth_date=date(1930, 4, 1) + timedelta(days=chance.randrange(20_000)),
                     sex=chance.choice("12"))
            for number in numbers
        )
    )  # fmt: skip
    for number in numbers:
        for year in (2021, 2023, 2024):
            if chance.random() < 0.4:
                store(number, fiscal_year=year, examined_date=f"{year}-07-24", items=FINE)
        if chance.random() < 0.9:
            _screen(number, chance)
    withdraw_result(result_id=store(numbers[0], sequence=2, items=NEEDS), reason="取り違え", by=BY, at=AT)
    return numbers


def _screen(number: str, chance: random.Random) -> None:
    incident = {"9P506000000000011": chance.choice("1123")}
    needs = chance.random() < 0.5
    case_id = store(number, items=(NEEDS if needs else FINE) | incident, encounter_type=chance.choice("12"))
    if not needs:
        return
    match chance.randrange(6):
        case 0:
            report(number, chance.choice("12345"))
        case 1:
            learn(case_id, ActKind.SELF_REPORT, FOUR)
        case 2:
            learn(case_id, ActKind.SELF_REPORT, replace(FOUR, method=""))
        case 3:
            learn(case_id, ActKind.NOT_TAKEN, Answer(reason="REFUSED"))
        case 4:
            learn(case_id, ActKind.UNDER_WAY, Answer())
        case _:
            pass


def learn(case_id: UUID, kind: ActKind, answer: Answer) -> None:
    assert isinstance(record_act(result_id=case_id, kind=kind, acted_date=ON, answer=answer, by=BY, at=AT), Case)


# Written from the definitions of the report, not from the statements under test: one sub-select for each count.
RECOUNT = """
WITH mine AS (
  SELECT r.*, p.birth_date, p.sex,
    (SELECT d.items->>'9P507000000000011' FROM screening_result d WHERE d.system_person_number = r.system_person_number
      AND d.programme = '51' AND d.fiscal_year = 2025 AND d.stage = '2' AND d.withdrawn_at IS NULL) AS reported,
    (SELECT a.kind FROM followup_act a WHERE a.result_id = r.result_id AND (a.kind <> 'SELF_REPORT'
      OR (a.answer->>'method') <> '') ORDER BY a.place DESC LIMIT 1) AS learnt
  FROM screening_result r JOIN screening_resident p USING (system_person_number)
  WHERE r.programme = '51' AND r.fiscal_year = 2025 AND r.stage = '1' AND r.withdrawn_at IS NULL AND r.source = 'OWN'
), told AS (
  SELECT *, items->>'9P504000000000011' = '2' AS needs,
    coalesce(reported, CASE learnt WHEN 'SELF_REPORT' THEN '2' WHEN 'UNDER_WAY' THEN '4' END) AS code
  FROM mine
)
SELECT
  (SELECT count(*) FROM told) AS "EXAMINED",
  (SELECT count(*) FROM told WHERE needs) AS "NEEDS_DETAIL",
  (SELECT count(*) FROM told WHERE needs AND code IS NOT NULL) AS "DETAIL_TAKEN",
  (SELECT count(*) FROM told WHERE needs AND code = '1') AS "FOUND_NONE",
  (SELECT count(*) FROM told WHERE needs AND code IN ('2', '3')) AS "FOUND_CANCER",
  (SELECT count(*) FROM told WHERE needs AND code = '3') AS "FOUND_EARLY",
  (SELECT count(*) FROM told WHERE needs AND code = '4') AS "FOUND_SUSPECTED",
  (SELECT count(*) FROM told WHERE needs AND code = '5') AS "FOUND_OTHER",
  (SELECT count(*) FROM told WHERE needs AND code IS NULL AND learnt = 'NOT_TAKEN') AS "DETAIL_NOT_TAKEN",
  (SELECT count(*) FROM told WHERE needs AND code IS NULL AND learnt IS NULL) AS "DETAIL_UNKNOWN",
  (SELECT count(*) FROM told WHERE items->>'9P506000000000011' IN ('2', '3')) AS "INCIDENT",
  (SELECT count(*) FROM told WHERE items->>'9P506000000000011' = '3') AS "INCIDENT_DEATH",
  (SELECT count(*) FROM told t WHERE EXISTS (SELECT FROM screening_result e WHERE e.system_person_number =
    t.system_person_number AND e.fiscal_year = 2024 AND e.withdrawn_at IS NULL)) AS "SECOND_YEAR",
  (SELECT count(*) FROM told t WHERE EXISTS (SELECT FROM screening_result e WHERE e.system_person_number =
    t.system_person_number AND e.fiscal_year IN (2022, 2023, 2024) AND e.withdrawn_at IS NULL)) AS "RETURNING"
"""


def test_every_total_is_that_of_an_independent_recount(town: list[str]) -> None:
    snapshot = frozen()
    (recounted,) = rows(RECOUNT)
    assert counts(snapshot) == {Column(name): number for name, number in recounted.items() if number}
    assert recounted["NEEDS_DETAIL"] == (
        recounted["DETAIL_TAKEN"] + recounted["DETAIL_NOT_TAKEN"] + recounted["DETAIL_UNKNOWN"]
    )
    assert all(recounted[name] for name in ("FOUND_CANCER", "FOUND_SUSPECTED", "DETAIL_UNKNOWN", "INCIDENT_DEATH"))


def test_cells_add_up_whichever_way_they_are_parted(town: list[str]) -> None:
    snapshot = frozen()
    total = counts(snapshot)
    for by in (REPORT, (Dimension.SEX,), (Dimension.AGE_BAND, Dimension.IS_FIRST), (Dimension.FACILITY,)):
        summed: Counter[Column] = Counter()
        for tally in queries.tallies(snapshot.snapshot_id, by):
            summed.update(tally.counts)
        assert {column: number for column, number in summed.items() if number} == total
    for tally in queries.cells(snapshot.snapshot_id):
        wanted = Filter(
            Programme(tally.group[Dimension.PROGRAMME]), tally.group[Dimension.METHOD],
            tally.group[Dimension.ENCOUNTER], tally.group[Dimension.SEX], tally.group[Dimension.AGE_BAND],
            tally.group[Dimension.IS_FIRST] == "1",
        )  # fmt: skip
        for column, number in tally.counts.items():
            assert queries.lines_behind(snapshot.snapshot_id, column, wanted).total == number


def test_ages_are_those_in_law_on_the_last_day_of_the_fiscal_year() -> None:
    numbers = ["0003000001", "0003000002"]
    register(resident(numbers[0], birth_date=date(1986, 4, 1)), resident(numbers[1], birth_date=date(1986, 4, 2)))
    for number in numbers:
        store(number, items=FINE)
    ages = {one.system_person_number: one.age for one in
            queries.lines_behind(frozen().snapshot_id, Column.EXAMINED, Filter()).rows}  # fmt: skip
    # Whoever is born on 1 April is a year older already on 31 March.
    assert ages == {numbers[0]: 40, numbers[1]: 39}


def test_what_changes_afterwards_changes_no_count(town: list[str]) -> None:
    snapshot = frozen()
    before = counts(snapshot)
    (line, *_) = queries.lines_behind(snapshot.snapshot_id, Column.NEEDS_DETAIL, Filter()).rows
    withdraw_result(result_id=line.result_id, reason="誤り", by=BY, at=AT)
    assert counts(snapshot) == before
    assert queries.is_intact(snapshot)
    assert counts(frozen())[Column.EXAMINED] == before[Column.EXAMINED] - 1
    assert [one.fiscal_year for one in queries.newest_of_each_year()] == [2025]
    assert len(queries.snapshots()) == 2


def test_silence_counts_as_unknown_before_and_after_the_closing(town: list[str]) -> None:
    before = counts(frozen())
    close_year(fiscal_year=2025, by=BY, at=AT)
    assert counts(frozen()) == before


def test_participation_needs_the_list_of_who_is_due(town: list[str]) -> None:
    assert take_snapshot(fiscal_year=2025, note="", by=BY, at=AT) == NotComputed(2025)
    assert queries.snapshots() == []
    recompute(fiscal_year=2025, by=BY, at=AT)
    snapshot = take_snapshot(fiscal_year=2025, note="", by=BY, at=AT)
    assert isinstance(snapshot, Snapshot)
    assert snapshot.is_population_known
    values = {one.indicator.id: one for one in queries.indicator_values(snapshot.snapshot_id, Programme.LUNG)}
    (over_forty,) = rows(
        "SELECT count(*) AS n FROM screening_resident WHERE birth_date <= '1986-04-01'"
        " AND moved_out_date IS NULL AND died_date IS NULL"
    )
    assert values["participation"].denominator == over_forty["n"]
    by_sex = queries.tallies(snapshot.snapshot_id, (Dimension.SEX,), Filter(Programme.LUNG))
    assert sum(one.population for one in by_sex) == over_forty["n"]


def test_the_evidence_holds_the_digest_of_what_was_counted(town: list[str]) -> None:
    snapshot = frozen()
    (entry,) = rows("SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind = 'report_frozen'")
    assert snapshot.digest in entry["body"]
    assert len(snapshot.digest) == 64


@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
def test_a_snapshot_never_changes(table: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        run(f"DELETE FROM {table}")  # noqa: S608 — our own tables
    assert connection.is_usable()
