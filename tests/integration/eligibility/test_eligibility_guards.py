"""Options that only grow, acts that are not done without their record, and a log that tells of nobody's illness."""

import datetime as dt
from collections.abc import Callable

import psycopg
import pytest
from django.db import transaction

from tasuki.cli.eligibility import compute_eligibility
from tasuki.eligibility import queries
from tasuki.eligibility.errors import NoSuchExclusion, NoSuchResident
from tasuki.eligibility.operations import exclusions, lists
from tasuki.eligibility.operations import options as option_operations
from tasuki.eligibility.operations.exclusions import AlreadyExcluded, ExclusionRecorded
from tasuki.eligibility.options import default_options
from tasuki.eligibility.tables import APPEND_ONLY_TABLES
from tasuki.eligibility.types import ExclusionKind
from tasuki.jobs.town import refresh_due_lists
from tasuki.layouts.types import Programme
from tasuki.nodes.sql import rows
from tasuki.nodes.types import Databases
from tasuki.runtime import now
from tasuki.shared.dates import civil_date
from tests.integration.screening.town import AT, BY, NUMBER, register, resident

DAY = dt.date(2026, 4, 1)


@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
@pytest.mark.parametrize("role", ["runtime", "owner"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET reason = ''", "DELETE FROM {}", "TRUNCATE {}"])
def test_no_role_changes_or_removes_options(database_urls: Databases, table: str, role: str, statement: str) -> None:
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
    with psycopg.connect(getattr(database_urls, role)) as other, refused:
        other.execute(statement.format(table))


def left_out(
    kind: ExclusionKind = ExclusionKind.DIAGNOSED, until: dt.date | None = None, person: str = NUMBER
) -> object:
    return exclusions.exclude(
        person=person,
        programme=Programme.LUNG,
        kind=kind,
        valid_from=DAY,
        valid_to=until,
        note="例示の病名",
        by=BY,
        at=AT,
    )


def ended(exclusion_id: int, day: dt.date = DAY, person: str = NUMBER) -> None:
    exclusions.end_exclusion(person=person, exclusion_id=exclusion_id, ended_date=day, reason="誤り", by=BY, at=AT)


class RecordNotWritten(Exception):
    """Stands for a log that cannot be written."""


def _refuse(**_: object) -> None:
    raise RecordNotWritten


def _acts() -> dict[str, Callable[[], object]]:
    register(resident())
    first = left_out()
    assert isinstance(first, ExclusionRecorded)
    lists.recompute(fiscal_year=2025, by=BY, at=AT)
    register(resident(household_number="1"))
    return {
        "options": lambda: option_operations.set_options(
            options=default_options(), from_fiscal_year=2026, reason="例", by=BY, at=AT
        ),
        "exclude": lambda: left_out(ExclusionKind.OTHER),
        "end": lambda: ended(first.exclusion_id),
        "recompute": lambda: lists.recompute(fiscal_year=2026, by=BY, at=AT),
        "refresh": lambda: lists.refresh_changed(by=BY, at=AT),
    }


def _everything() -> list[object]:
    tables = ("options", "exclusion", "run", "assessment", "change")
    return [rows(f"SELECT * FROM eligibility_{table} ORDER BY 1, 2") for table in tables]  # noqa: S608 — our own tables


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["options", "exclude", "end", "recompute", "refresh"])
def test_an_act_whose_record_cannot_be_written_is_not_done(act: str, monkeypatch: pytest.MonkeyPatch) -> None:
    do = _acts()[act]
    before = _everything()
    for module in (option_operations, exclusions, lists):
        monkeypatch.setattr(module, "append", _refuse)
    with pytest.raises(RecordNotWritten), transaction.atomic():
        do()
    assert _everything() == before
    monkeypatch.undo()
    do()
    assert _everything() != before


@pytest.mark.django_db
def test_the_log_says_that_somebody_is_left_out_and_neither_who_nor_why() -> None:
    register(resident())
    recorded = left_out()
    assert isinstance(recorded, ExclusionRecorded)
    ended(recorded.exclusion_id)
    found = rows(
        "SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind LIKE 'exclusion%%' ORDER BY entry_id"
    )
    bodies = [row["body"] for row in found]
    assert len(bodies) == 2
    assert not any(secret in body for body in bodies for secret in (NUMBER, "DIAGNOSED", "病名", "誤り"))


@pytest.mark.django_db
def test_an_exclusion_is_not_recorded_twice_nor_ended_by_another_persons_page() -> None:
    register(resident(), resident("0001000003"))
    recorded = left_out()
    assert isinstance(recorded, ExclusionRecorded)
    assert left_out() == AlreadyExcluded()
    assert isinstance(left_out(until=dt.date(2026, 5, 1)), ExclusionRecorded)
    with pytest.raises(NoSuchResident):
        left_out(person="0009")
    with pytest.raises(NoSuchExclusion):
        ended(recorded.exclusion_id, person="0001000003")
    # A day before the first one ends it on its first day, so that it never counted.
    ended(recorded.exclusion_id, DAY - dt.timedelta(days=9))
    with pytest.raises(NoSuchExclusion):
        ended(recorded.exclusion_id)
    [found] = [one for one in queries.exclusions_of(NUMBER) if one.exclusion_id == recorded.exclusion_id]
    assert (found.valid_from, found.valid_to, found.is_in_force(DAY)) == (DAY, DAY, False)


@pytest.mark.django_db
def test_the_worker_brings_changes_in_and_the_command_computes_a_year() -> None:
    register(resident())
    values = compute_eligibility(None)
    assert (values["people"], values["changed_lines"]) == (1, 8)
    assert values["lung"] == {"due": 1, "taken": 0, "not_due": 0}
    assert values["breast"] == {"due": 0, "taken": 0, "not_due": 1}
    register(resident(sex="2"))
    refresh_due_lists()
    assert compute_eligibility(None)["changed_lines"] == 0
    assert not queries.is_any_list_behind(civil_date(now()))
