"""The table of law in dated editions: which one decides on a day, and what changes from one to another."""

import datetime as dt
import itertools
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from tasuki.cli.main import app
from tasuki.network.comparing import ChangeKind, Right, compare
from tasuki.network.errors import LawDataError
from tasuki.network.permitted import editions, in_order, permissions, read_edition
from tasuki.network.rules import decide
from tasuki.network.types import Edition, InstitutionClass, Member, Permission, Permitted, RefusalReason, Refused

MUNICIPALITY = InstitutionClass.MUNICIPALITY
TABLE = """
[edition]
id = "x-2024"
name = "x"
name_en = "x"
from = 2024-04-01
until = 2026-04-01
read_on = 2026-11-27
status = "provisional"
[[procedure]]
code = "JT1"
[[permission]]
procedure = "JT1"
inquirer = "municipality"
provider = "municipality"
data_sets = ["TM1", "TM2"]
from = 2020-01-01
basis = "第1条"
valid_days = 7
"""


def edition(name: str, since: dt.date, until: dt.date | None, *rows: Permission) -> Edition:
    return Edition(name, name, name, since, until, since, is_provisional=True, permissions=rows)


def row(*data_sets: str, basis: str = "第1条", days: int = 7, procedure: str = "JT1") -> Permission:
    since = dt.date(2020, 1, 1)
    return Permission(
        procedure, MUNICIPALITY, MUNICIPALITY, frozenset(data_sets), since, None, basis, dt.timedelta(days=days)
    )


FORMER = edition("x-1", dt.date(2024, 4, 1), dt.date(2026, 4, 1), row("TM1", "TM2", "TM3"))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row("TM1", "TM2", "TM3")], []),
        ([row("TM1"), row("TM2", "TM3")], []),
        ([row("TM1", "TM2")], [(ChangeKind.REMOVED, ("TM3",))]),
        ([row("TM1", "TM2", "TM3", "TM4")], [(ChangeKind.ADDED, ("TM4",))]),
        ([row("TM1"), row("TM2", "TM3", basis="第2条")], [(ChangeKind.CHANGED, ("TM2", "TM3"))]),
        ([row("TM1", "TM2", "TM3", days=3)], [(ChangeKind.CHANGED, ("TM1", "TM2", "TM3"))]),
        ([row("TM1", "TM2", "TM3"), row("TM1", basis="第2条")], [(ChangeKind.ADDED, ("TM1",))]),
        (
            [row("TM1", "TM2", "TM3", procedure="JT2")],
            [(ChangeKind.REMOVED, ("TM1", "TM2", "TM3")), (ChangeKind.ADDED, ("TM1", "TM2", "TM3"))],
        ),
    ],
)
def test_what_changes_is_told_for_all_data_sets_that_change_alike(
    rows: list[Permission], expected: list[tuple[ChangeKind, tuple[str, ...]]]
) -> None:
    later = edition("x-2", dt.date(2026, 4, 1), None, *rows)
    assert [(change.kind, change.data_sets) for change in compare(FORMER, later)] == expected


def test_the_way_back_undoes_each_change() -> None:
    later = edition("x-2", dt.date(2026, 4, 1), None, row("TM1", basis="第2条"), row("TM4"))
    there, back = compare(FORMER, later), compare(later, FORMER)
    assert {(one.data_sets, one.before, one.after) for one in there} == {
        (one.data_sets, one.after, one.before) for one in back
    }
    assert Right("第2条", dt.timedelta(days=7)) in {one.after for one in there}


def test_a_row_is_good_while_its_edition_is_in_force_and_no_longer() -> None:
    read = read_edition("x.toml", TABLE)
    [only] = read.permissions
    assert (only.since, only.until) == (dt.date(2024, 4, 1), dt.date(2026, 4, 1))
    assert read.in_force(dt.date(2026, 3, 31))
    assert not read.in_force(dt.date(2026, 4, 1))


@pytest.mark.parametrize(
    ("day", "basis"),
    [
        (dt.date(2024, 3, 31), None),
        (dt.date(2024, 4, 1), "第1条"),
        (dt.date(2026, 3, 31), "第1条"),
        (dt.date(2026, 4, 1), "第2条"),
    ],
)
def test_the_edition_in_force_on_the_day_decides(day: dt.date, basis: str | None) -> None:
    second = TABLE.replace("x-2024", "x-2026").replace("2024-04-01", "2026-04-01").replace("until = 2026-04-01\n", "")
    both = [read_edition("x.toml", TABLE), read_edition("y.toml", second.replace("第1条", "第2条"))]
    member = Member("1" * 16, MUNICIPALITY, "gateway-east", dt.date(2020, 1, 1))
    verdict = decide(
        inquirer=member,
        provider=replace(member, institution="2" * 16),
        procedure="JT1",
        data_sets=["TM1"],
        permissions=[one for edition in in_order(both) for one in edition.permissions],
        on=day,
    )
    if basis is None:
        assert isinstance(verdict, Refused)
        assert verdict.reason is RefusalReason.NO_LEGAL_BASIS
    else:
        assert isinstance(verdict, Permitted)
        assert verdict.basis == basis


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name_en", "name_fr"),
        ("2024-04-01", "2026-04-02"),
        ('procedure = "JT1"', 'procedure = "JT9"'),
        ('basis = "第1条"', 'basis = ""'),
        ("valid_days", "days"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_place(old: str, new: str) -> None:
    with pytest.raises(LawDataError, match=r"^x\.toml, "):
        read_edition("x.toml", TABLE.replace(old, new, 1))


def test_two_editions_of_a_table_are_never_in_force_at_once() -> None:
    with pytest.raises(LawDataError, match="on one day"):
        in_order([FORMER, replace(FORMER, edition="x-2", since=dt.date(2026, 3, 31), until=None)])
    assert len(in_order([FORMER, replace(FORMER, edition="y-2", since=dt.date(2026, 3, 31), until=None)])) == 2


def test_our_own_editions_follow_each_other_without_a_gap() -> None:
    own = editions()
    assert len(own) >= 2
    for earlier, later in itertools.pairwise(own):
        assert earlier.table != later.table or earlier.until == later.since
    today = [row for row in permissions() if row.in_force(dt.date(2026, 11, 27))]
    bases = {row.inquirer.value: row.basis for row in today}
    assert len(today) == len(bases) == 2
    assert "提供命令2条の表139項" in bases["municipality"]
    assert "番号法附則6条4項" in bases["portal"]


def test_the_command_prints_what_changes_with_its_articles() -> None:
    first, second = (one.edition for one in editions()[:2])
    done = CliRunner().invoke(app, ["legal-table", "diff", first, second])
    assert done.exit_code == 0, done.output
    assert "変更 / changed" in done.output
    assert "旧別表第二" in done.output
    assert "提供命令2条の表139項" in done.output
    same = CliRunner().invoke(app, ["legal-table", "diff", first, first])
    assert "no difference" in same.output
    assert CliRunner().invoke(app, ["legal-table", "diff", first, "nothing"]).exit_code == 2
    listed = CliRunner().invoke(app, ["legal-table", "list", "--json"])
    assert first in listed.output
