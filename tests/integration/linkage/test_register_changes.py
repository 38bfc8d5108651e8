"""A day's changes of the register: taken in once, in order, kept as history, and nothing that cannot be."""

from datetime import date
from pathlib import Path

import pytest

from tasuki.linkage.register import (
    HEADERS,
    MOVE_HEADERS,
    MOVE_TERMS,
    AlreadyLoaded,
    LoadedRegister,
    UnreadableRegister,
    import_register,
)
from tasuki.persons import queries as index
from tasuki.screening import queries as screening
from tasuki.screening.queries import residents
from tasuki.screening.types.residents import MoveKind, RegisterScope
from tests.integration.linkage.test_register import CIPHER, FIRST, SECOND, line, load, written
from tests.integration.screening.town import AT, BY

pytestmark = pytest.mark.django_db(databases=["default", "index"])
Outcome = LoadedRegister | UnreadableRegister | AlreadyLoaded


def change(kind: str, day: str, number: str = "0001", individual: str = FIRST, **changed: str) -> str:
    return f"{line(number, individual, **changed)},{kind},{day}"


def take_in(folder: Path, *changes: str, name: str = "changes.csv") -> Outcome:
    file = folder / name
    header = ",".join((*HEADERS.values(), *MOVE_HEADERS.values()))
    file.write_text("".join(f"{text}\n" for text in (header, *changes)), encoding="utf-8")
    return import_register(file=file, file_name=name, system="health", cipher=CIPHER, by=BY, at=AT)


def loaded(outcome: Outcome) -> LoadedRegister:
    assert isinstance(outcome, LoadedRegister)
    return outcome


def rules_of(outcome: Outcome) -> list[tuple[int, str]]:
    return [(one.line, one.rule) for one in loaded(outcome).problems]


def test_a_life_is_kept_change_by_change(tmp_path: Path) -> None:
    outcome = take_in(
        tmp_path,
        change("転入", "2026-04-02", 住所="架空区仮想町1-1", 転入日="2026-04-02"),
        change("転居", "2026-06-01", 住所="架空区見本町2-2", 転入日="2026-04-02"),
        change("氏名変更", "2026-07-01", 住所="架空区見本町2-2", 転入日="2026-04-02", 氏名="例示　洋平"),
        change(
            "転出", "2026-09-01", 住所="架空区見本町2-2", 転入日="2026-04-02", 氏名="例示　洋平", 転出日="2026-09-01"
        ),
    )
    assert rules_of(outcome) == []
    assert loaded(outcome).load.scope is RegisterScope.CHANGES
    states = residents.former_states("0001")
    assert [(one.kind, one.event_date) for one in states] == [
        (MoveKind.MOVED_OUT, date(2026, 9, 1)),
        (MoveKind.NAME_CHANGED, date(2026, 7, 1)),
        (MoveKind.MOVED_WITHIN, date(2026, 6, 1)),
        (MoveKind.MOVED_IN, date(2026, 4, 2)),
    ]
    assert states[2].before == {"address": "架空区仮想町1-1"}
    assert states[2].after == {"address": "架空区見本町2-2"}
    assert states[3].before["address"] is None
    person = screening.person("0001")
    assert person is not None
    assert (person.name, person.moved_out_date) == ("例示　洋平", date(2026, 9, 1))


def test_the_same_changes_are_taken_in_once(tmp_path: Path) -> None:
    first = take_in(tmp_path, change("転入", "2026-04-02"))
    later = take_in(tmp_path, change("転居", "2026-06-01", 住所="架空区見本町2-2"), name="later.csv")
    again = take_in(tmp_path, change("転入", "2026-04-02"))
    assert isinstance(again, AlreadyLoaded)
    assert again.load.load_id == loaded(first).load.load_id
    assert loaded(later).load.changed == 1
    person = screening.person("0001")
    assert person is not None
    assert person.address == "架空区見本町2-2"


def test_an_older_change_never_undoes_a_later_one(tmp_path: Path) -> None:
    take_in(tmp_path, change("転入", "2026-04-02"), change("転居", "2026-06-01", 住所="架空区見本町2-2"))
    late = take_in(tmp_path, change("氏名変更", "2026-05-01", 氏名="例示　洋平"), name="late.csv")
    assert rules_of(late) == [(2, "change_out_of_order")]
    person = screening.person("0001")
    assert person is not None
    assert person.name == "𠮷例野　洋平"


def test_nobody_unknown_is_changed_or_numbered(tmp_path: Path) -> None:
    outcome = take_in(
        tmp_path, change("転居", "2026-06-01"), change("出生", "2026-06-01", number="0002", individual=SECOND)
    )
    assert rules_of(outcome) == [(2, "change_of_unknown_person")]
    assert set(index.unified_numbers("health", ["0001", "0002"])) == {"0002"}
    twice = take_in(
        tmp_path, change("出生", "2026-06-02", number="0002", individual=SECOND, 氏名="別の　子"), name="b.csv"
    )
    assert rules_of(twice) == [(2, "born_twice")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (change("引越", "2026-06-01"), "unknown_term"),
        (change("", "2026-06-01"), "cell_empty"),
        (change("転居", ""), "cell_empty"),
        (change("転居", "2026-02-30"), "impossible_date"),
        (change("死亡", "2026-06-01"), "needed_for_change"),
        (change("転出", "2026-06-01"), "needed_for_change"),
        (change("支援措置", "2026-06-01"), "needed_for_change"),
        (change("個人番号変更", "2026-06-01", individual=""), "needed_for_change"),
        (change("転居", "2026-06-01")[:40], "wrong_column_count"),
    ],
)
def test_a_change_that_says_too_little_stays_out(tmp_path: Path, text: str, problem: str) -> None:
    load(written(tmp_path, line("0001", FIRST)))
    assert rules_of(take_in(tmp_path, text)) == [(2, problem)]
    assert residents.former_states("0001") == []


def test_an_individual_number_changes_only_when_the_register_says_so(tmp_path: Path) -> None:
    load(written(tmp_path, line("0001", FIRST)))
    unified = index.unified_numbers("health", ["0001"])["0001"]
    assert rules_of(take_in(tmp_path, change("転居", "2026-06-01", individual=SECOND), name="a.csv")) == [
        (2, "individual_number_changed")
    ]
    assert index.find_by_individual_number(FIRST, CIPHER) == unified
    assert rules_of(take_in(tmp_path, change("個人番号変更", "2026-07-01", individual=SECOND), name="b.csv")) == []
    assert index.find_by_individual_number(SECOND, CIPHER) == unified
    assert index.find_by_individual_number(FIRST, CIPHER) is None


def test_a_change_to_a_number_somebody_else_holds_is_left_to_a_clerk(tmp_path: Path) -> None:
    load(written(tmp_path, line("0001", FIRST), line("0002", SECOND)))
    outcome = take_in(tmp_path, change("個人番号変更", "2026-07-01", individual=SECOND))
    assert rules_of(outcome) == [(2, "individual_number_changed")]
    assert index.find_by_individual_number(SECOND, CIPHER) == index.unified_numbers("health", ["0002"])["0002"]


def test_a_whole_register_names_whom_it_misses_and_keeps_them(tmp_path: Path) -> None:
    load(written(tmp_path, line("0001", FIRST), line("0002", SECOND), line("0003", "", 死亡日="2026-01-05")))
    outcome = load(written(tmp_path, line("0001", FIRST)))
    assert [(one.line, one.rule, one.value) for one in outcome.problems] == [(0, "missing_from_register", "0002")]
    assert (outcome.load.missing, outcome.load.scope) == (1, RegisterScope.WHOLE)
    assert screening.person("0002") is not None
    assert [one.value for one in residents.register_problems(outcome.load.load_id)] == ["0002"]


def test_a_whole_register_tells_why_by_what_differs(tmp_path: Path) -> None:
    load(written(tmp_path, *(line(f"000{one}", "") for one in range(1, 8))))
    load(
        written(
            tmp_path,
            line("0001", "", 死亡日="2026-05-01", 住所="別"),
            line("0002", "", 転出日="2026-05-01"),
            line("0003", "", 住所="架空区見本町2-2"),
            line("0004", "", 氏名="例示　洋平"),
            line("0005", "", 世帯番号="9"),
            line("0006", "", 支援措置開始日="2026-05-01"),
            line("0007", "", 生年月日="1967-09-09"),
        )
    )
    kinds = [residents.former_states(f"000{one}")[0].kind for one in range(1, 8)]
    assert kinds == [
        MoveKind.DEATH, MoveKind.MOVED_OUT, MoveKind.MOVED_WITHIN, MoveKind.NAME_CHANGED, MoveKind.HOUSEHOLD_CHANGED,
        MoveKind.PROTECTION, MoveKind.CORRECTED,
    ]  # fmt: skip


def test_every_kind_of_change_has_a_term() -> None:
    assert set(MOVE_TERMS.values()) == set(MoveKind)
