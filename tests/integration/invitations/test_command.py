"""The command does what the screens do, and says what came of it."""

from pathlib import Path
from typing import Any

import pytest
import typer

from tasuki.cli.invitations import invite_year
from tasuki.eligibility.operations.lists import Refreshed, recompute, refresh_changed
from tasuki.layouts.types import Programme
from tasuki.runtime import now
from tasuki.shared.dates import civil_date, fiscal_year_of
from tests.integration.screening.town import BY, register, resident

pytestmark = pytest.mark.django_db
YEAR = fiscal_year_of(civil_date(now()))


def invite(**steps: object) -> dict[str, object]:
    values: dict[str, object] = {
        "freeze": False, "coupons": False, "remind": False, "programmes": [], "days_apart": 30, "folder": None,
    }  # fmt: skip
    return invite_year(None, **(values | steps))  # type: ignore[arg-type]  # the tests name what they ask for


def test_a_year_goes_from_list_to_reminders_and_its_letters_lie_in_the_folder(tmp_path: Path) -> None:
    register(resident(), resident("0001000010"), resident("0001000011", address=""))
    recompute(fiscal_year=YEAR, by=BY, at=now())
    done = invite(freeze=True, coupons=True, remind=True, programmes=[Programme.LUNG], folder=tmp_path)
    assert (done["eligible"], done["frozen"], done["coupons"], done["reminded"]) == (3, 3, 2, 2)
    assert done["left_out"] == {"no_address": 2}
    assert (done["open"], done["examined"], done["refused"]) == (3, 0, 0)
    names = sorted(file.name for file in tmp_path.iterdir())
    assert [name.partition("_")[0] for name in names] == ["受診券", "受診勧奨"]
    assert all(name.endswith(".pdf") for name in names)
    again = invite(freeze=True, coupons=True, remind=True, folder=tmp_path)
    assert again["reminded"] == 0
    assert invite()["eligible"] == 3


def test_nothing_is_done_on_a_list_that_was_never_computed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        invite(freeze=True)
    assert ended.value.exit_code == 1
    assert "tasuki eligibility" in capsys.readouterr().err


def test_a_run_that_fails_leaves_no_letter_under_its_name(tmp_path: Path) -> None:
    register(resident())
    recompute(fiscal_year=YEAR, by=BY, at=now())
    invite(freeze=True)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tasuki.invitations.operations.coupons.record_run", _broken)
        with pytest.raises(RuntimeError):
            invite(coupons=True, folder=tmp_path)
    assert [file.suffix for file in tmp_path.iterdir()] == [".part"]


def _broken(*_: object, **__: object) -> None:
    raise RuntimeError("no record")


def test_a_list_that_the_worker_is_bringing_up_to_date_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    register(resident())
    recompute(fiscal_year=YEAR, by=BY, at=now())
    busy = [Refreshed((), 0, is_busy=True)]

    def refreshed(**about: Any) -> Refreshed:
        if busy:
            # Somebody else changed in the meantime, and the worker was quicker.
            register(resident("0001000010"))
            return busy.pop()
        return refresh_changed(**about)

    register(resident(address="模擬町9-9-9"))
    monkeypatch.setattr("tasuki.cli.invitations.refresh_changed", lambda **_: None)
    monkeypatch.setattr("tasuki.invitations.recording.refresh_changed", refreshed)
    assert invite(freeze=True, programmes=[Programme.LUNG])["frozen"] == 2
    assert busy == []
