"""The list of protected persons: taken in whole, wider than what else is known, and fail-closed when it is old."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from tasuki.nodes.sql import rows, run
from tasuki.screening import queries as screening
from tasuki.screening.changes import changes_to_carry
from tasuki.screening.operations.protection import import_protected, tell_who_is_held
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.protection import ProtectionRule, fresh_until, protection_rule
from tasuki.screening.queries import protection as queries
from tasuki.screening.queries.residents import former_states
from tasuki.screening.types import ResidentRow
from tasuki.screening.types.protection import Freshness, ListRefusal, ListRefused, ProtectionLoad
from tasuki.shared.dates import JST, to_jst
from tests.integration.screening.town import BY

pytestmark = pytest.mark.django_db(databases=["default", "index"])

HEADER = "宛名番号,支援措置開始日,支援措置終了日"
RENEWALS = ",延長決定日"
# The database's own clock says how old a list is, so the tests are of today; at noon, so that hours do not change days.
TODAY = to_jst(datetime.now(UTC)).date()
NOW = datetime.combine(TODAY, time(12), JST)
LONG_AGO = TODAY - timedelta(days=20)


def resident(number: str, **stated: Any) -> ResidentRow:
    return ResidentRow(number, "1", f"架空　{number}", "カクウ", date(1980, 1, 1), "2", address="架空区", **stated)


def register(*residents: ResidentRow, at: datetime = NOW - timedelta(days=30)) -> None:
    register_residents(rows=residents, by=BY, at=at, reason="register")


def take_in(folder: Path, *lines: str, on: date = TODAY, at: datetime = NOW) -> ProtectionLoad | ListRefused:
    file = folder / "list.csv"
    header = HEADER + RENEWALS if lines and lines[0].count(",") == 3 else HEADER
    file.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return import_protected(file=file, file_name="list.csv", listed_on=on, by=BY, at=at)


def taken(folder: Path, *lines: str, on: date = TODAY, at: datetime = NOW) -> ProtectionLoad:
    done = take_in(folder, *lines, on=on, at=at)
    assert isinstance(done, ProtectionLoad)
    return done


def protected(*numbers: str, on: date = TODAY) -> list[str]:
    found = screening.people(list(numbers))
    return [number for number in numbers if found[number].is_protected(on)]


def held_in(changes: Sequence[Any]) -> dict[str, bool]:
    return {one.system_person_number: one.protected for one in changes}


def test_a_list_protects_whom_it_names_with_history_and_the_gateway_is_told(tmp_path: Path) -> None:
    register(resident("1"), resident("2"))
    run("DELETE FROM screening_outbox")
    done = taken(tmp_path, f"1,{TODAY},{TODAY + timedelta(days=365)},{TODAY}")
    assert (done.people, done.changed, done.problems, done.is_complete) == (1, 1, 0, True)
    assert protected("1", "2") == ["1"]
    [state] = former_states("1")
    assert (state.kind, state.after["protected_from"]) == ("PROTECTION", TODAY.isoformat())
    assert held_in(changes_to_carry(limit=10, on=TODAY)) == {"1": True}
    assert queries.renewals(["1", "2"]) == {"1": TODAY}
    [entry] = rows("SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind = 'protection_listed'")
    assert '"people":1' in entry["body"]
    assert '"1"' not in entry["body"]


def test_the_register_cannot_take_back_what_the_list_says(tmp_path: Path) -> None:
    register(resident("1"))
    taken(tmp_path, f"1,{TODAY - timedelta(days=5)},")
    before = len(former_states("1"))
    register(resident("1"), at=NOW)
    assert protected("1") == ["1"]
    assert len(former_states("1")) == before
    # Nor shorten it; what it knows beyond the list is added.
    register(resident("1", protected_from=TODAY - timedelta(days=90), protected_to=TODAY), at=NOW)
    person = screening.people(["1"])["1"]
    assert (person.protected_from, person.protected_to) == (TODAY - timedelta(days=90), None)


def test_who_is_listed_before_being_registered_is_protected_from_the_first_moment(tmp_path: Path) -> None:
    done = taken(tmp_path, f"7,{TODAY},")
    assert (done.problems, done.is_complete) == (1, True)
    register(resident("7"), at=NOW)
    assert protected("7") == ["7"]


def test_whom_a_list_no_longer_names_stays_protected_until_the_end_it_gave(tmp_path: Path) -> None:
    register(resident("1"), resident("2"))
    end = TODAY + timedelta(days=40)
    taken(tmp_path, f"1,{LONG_AGO},{end}", f"2,{LONG_AGO},{end}", at=NOW - timedelta(hours=2))
    done = taken(tmp_path, f"2,{LONG_AGO},{end}")
    assert done.missing == 1
    assert protected("1", "2") == ["1", "2"]
    assert protected("1", on=end) == []
    assert [one.system_person_number for one in queries.no_longer_listed(TODAY)] == ["1"]


def test_a_stale_list_holds_everybody_it_names_past_the_end_and_everybody_new(tmp_path: Path) -> None:
    register(resident("1"), resident("2"), resident("3"))
    taken(
        tmp_path,
        f"1,{LONG_AGO},{LONG_AGO + timedelta(days=3)}",
        f"2,{LONG_AGO},",
        on=LONG_AGO,
        at=NOW - timedelta(days=20),
    )
    register(resident("4"), at=NOW - timedelta(days=2))
    standing = queries.standing(NOW)
    assert (standing.freshness, standing.held_past_end, standing.held_as_new) == (Freshness.STALE, 1, 1)
    # 3 was there when the list was made, and not on it: of 3 it is known.
    assert protected("1", "2", "3", "4") == ["1", "2", "4"]
    assert held_in(changes_to_carry(limit=50, on=TODAY)) == {"1": True, "2": True, "3": False, "4": True}
    taken(tmp_path, f"2,{LONG_AGO},")
    assert queries.standing(NOW).freshness is Freshness.FRESH
    assert protected("1", "2", "3", "4") == ["2"]
    assert held_in(changes_to_carry(limit=50, on=TODAY))["4"] is False


def test_a_list_with_a_line_nobody_can_rely_upon_protects_but_makes_nothing_fresh(tmp_path: Path) -> None:
    register(resident("1"), resident("2"))
    taken(tmp_path, f"1,{LONG_AGO},{TODAY + timedelta(days=9)}", on=LONG_AGO, at=NOW - timedelta(days=20))
    done = taken(tmp_path, f"2,{TODAY},", "1,2026-02-30,")
    assert (done.is_complete, done.people) == (False, 1)
    assert queries.standing(NOW).freshness is Freshness.STALE
    assert protected("1", "2") == ["1", "2"]


def test_a_list_that_broke_off_is_not_taken_for_whole(tmp_path: Path) -> None:
    numbers = [str(one) for one in range(1, 10)]
    register(*(resident(number) for number in numbers))
    taken(tmp_path, *(f"{number},{LONG_AGO}," for number in numbers), at=NOW - timedelta(hours=5))
    done = taken(tmp_path, f"1,{LONG_AGO},")
    assert (done.is_complete, done.missing) == (False, 8)
    assert protected(*numbers) == numbers


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("x1,2026-01-01,", "bad_number"),
        (",2026-01-01,", "cell_empty"),
        ("1,,", "cell_empty"),
        ("1,令和8年13月1日,", "impossible_date"),
        ("1,2026-02-01,2026-01-01", "period_reversed"),
        ("1,2026-01-01", "wrong_column_count"),
    ],
)
def test_every_wrong_line_is_named(tmp_path: Path, line: str, rule: str) -> None:
    done = taken(tmp_path, line)
    found = rows("SELECT rule, line, remedy_ja FROM screening_register_problem WHERE load_id = %s", [done.load_id])
    assert [(one["rule"], one["line"]) for one in found if one["line"]] == [(rule, 2)]
    assert all(one["remedy_ja"] for one in found)


def test_a_list_of_tomorrow_or_before_the_last_is_refused(tmp_path: Path) -> None:
    ahead = take_in(tmp_path, f"1,{TODAY},", on=TODAY + timedelta(days=1))
    assert isinstance(ahead, ListRefused)
    assert ahead.reason is ListRefusal.AHEAD
    taken(tmp_path, f"1,{TODAY},")
    older = take_in(tmp_path, "", on=LONG_AGO)
    assert isinstance(older, ListRefused)
    assert older.reason is ListRefusal.OLDER
    assert rows("SELECT count(*) AS n FROM screening_protection_load")[0]["n"] == 1


def test_a_file_without_its_columns_is_refused_with_their_names(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("番号,開始\n1,2026-01-01\n", encoding="utf-8")
    done = import_protected(file=file, file_name="list.csv", listed_on=TODAY, by=BY, at=NOW)
    assert isinstance(done, ListRefused)
    assert [one.field for one in done.problems] == ["宛名番号", "支援措置開始日", "支援措置終了日"]


def test_the_gateway_is_told_again_when_a_day_or_the_age_of_the_list_changes_who_is_held(tmp_path: Path) -> None:
    register(resident("1"), resident("2"))
    taken(tmp_path, f"1,{LONG_AGO},", on=TODAY, at=NOW)
    run("DELETE FROM screening_outbox")
    assert tell_who_is_held(by=BY, at=NOW)
    assert held_in(changes_to_carry(limit=10, on=TODAY)) == {"1": True}
    run("DELETE FROM screening_outbox")
    assert not tell_who_is_held(by=BY, at=NOW + timedelta(seconds=60))
    assert tell_who_is_held(by=BY, at=NOW + timedelta(days=1))
    register(resident("3"), at=NOW + timedelta(hours=1))
    run("DELETE FROM screening_outbox")
    assert tell_who_is_held(by=BY, at=NOW + timedelta(days=10))
    assert set(held_in(changes_to_carry(limit=10, on=TODAY))) == {"1", "3"}


def test_what_is_set_by_rule_is_dated() -> None:
    assert protection_rule(ProtectionRule.LIST_DAYS, date(2026, 11, 26)) == 3
    assert fresh_until(date(2026, 11, 23)) == datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
