"""What the commands of the follow-up count and write."""

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from tasuki.cli.followup import follow_up_year, notify_results
from tasuki.followup import queries
from tasuki.followup.operations.cases import record_act
from tasuki.followup.types import ActKind, Answer, CaseState
from tasuki.letters.queries import letters_about
from tasuki.letters.types import LetterKind
from tests.integration.followup.test_cases import FINE, NEEDS, store
from tests.integration.screening.town import AT, BY, register, resident

pytestmark = pytest.mark.django_db
NUMBERS = [f"000200000{one}" for one in range(4)]


@pytest.fixture
def cases() -> list[UUID]:
    """Three who need a detailed examination, the last of them protected, and one who does not."""
    register(*(resident(number) for number in NUMBERS[:3]), resident(NUMBERS[3], protected_from=date(2026, 4, 1)))
    store(NUMBERS[0], items=FINE)
    return [store(number, items=NEEDS) for number in NUMBERS[1:]]


def test_a_year_is_counted_reminded_and_closed(cases: list[UUID], tmp_path: Path) -> None:
    under_way = Answer(ask_again_on=date(2199, 1, 1))
    record_act(result_id=cases[0], kind=ActKind.UNDER_WAY, acted_date=AT.date(), answer=under_way, by=BY, at=AT)
    counted = follow_up_year(2025, remind=False, close=False, output=tmp_path, told=None)
    assert (counted["needs_detail"], counted["detail_known"], counted["needed"], counted["unknown"]) == (3, 0, 2, 0)
    assert list(tmp_path.iterdir()) == []
    told: list[tuple[str, int]] = []
    reminded = follow_up_year(
        2025, remind=True, close=False, output=tmp_path / "letters", told=lambda step, done: told.append((step, done))
    )
    assert (reminded["letters"], reminded["left_out_protected"], reminded["left_out_ask_later"]) == (1, 1, 1)
    assert (reminded["reminded"], reminded["needed"]) == (1, 1)
    [file] = (tmp_path / "letters").iterdir()
    assert file.read_bytes().startswith(b"%PDF")
    assert file.stat().st_mode & 0o077 == 0
    assert told[-1] == ("PDF / 1", 1)
    closed = follow_up_year(2025, remind=False, close=True, output=None, told=None)
    assert closed["closed"] is True
    assert (closed["unknown"], closed["under_way"], closed["detail_known"]) == (2, 1, 1)
    assert closed["needs_detail"] == sum(closed[state.lower()] for state in CaseState)


def test_notices_are_made_once_and_never_over_a_file_that_is_there(cases: list[UUID], tmp_path: Path) -> None:
    first = notify_results(2025, output=tmp_path, told=None)
    assert (first["letters"], first["left_out"], first["folder"]) == (3, 1, str(tmp_path))
    again = notify_results(2025, output=tmp_path, told=None)
    assert (again["letters"], again["files"], again["left_out"]) == (0, 0, 1)
    assert len(letters_about([LetterKind.RESULT_NOTICE], [str(one) for one in cases])) == 2
    (tmp_path / "精密検査の勧奨_日本語_001.pdf").write_bytes(b"kept")
    with pytest.raises(FileExistsError):
        follow_up_year(2025, remind=True, close=False, output=tmp_path, told=None)
    assert (tmp_path / "精密検査の勧奨_日本語_001.pdf").read_bytes() == b"kept"
    assert [queries.acts_of(one) for one in cases] == [[], [], []]
