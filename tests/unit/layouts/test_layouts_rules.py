"""Damaged rules are refused by entry, before they could let a record pass unchecked."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.errors import LayoutDataError
from tasuki.layouts.rules import load_cross_checks, load_rules
from tasuki.layouts.types import Programme

DAMAGE = [
    ('when_codes = ["4"]', 'when_codes = ["7"]', "rule chest_xray_e_needs_detail", "not of the table"),
    ('then_codes = ["2"]', 'then_codes = "2"', "rule chest_xray_e_needs_detail", "not a list"),
    ('unless_item = "sputum_judgement"', 'unless_item = "smoking_index"', "rule chest_xray_clear", "not of the table"),
    ('when_item = "chest_xray_judgement"\n', "", "rule chest_xray_e_needs_detail", "neither when/then nor a function"),
]


@pytest.mark.parametrize(("old", "new", "entry", "reason"), DAMAGE)
def test_damaged_cross_checks_are_refused(tmp_path: Path, old: str, new: str, entry: str, reason: str) -> None:
    with pytest.raises(LayoutDataError) as raised:
        load_cross_checks(_damaged(tmp_path, old, new), catalogue(), Programme.LUNG)
    assert entry in str(raised.value)
    assert reason in str(raised.value)


def test_a_cross_check_of_an_item_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    folder = _damaged(tmp_path, 'then_item = "detailed_examination_need"', 'then_item = "wish"')
    with pytest.raises(LayoutDataError, match="rule chest_xray_e_needs_detail: programme 51 has no item 'wish'"):
        load_cross_checks(folder, catalogue(), Programme.LUNG)


def test_a_rule_of_no_known_severity_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LayoutDataError, match="rule unknown_item: severity 'grave'"):
        load_rules(_damaged(tmp_path, 'severity = "error"', 'severity = "grave"'))


def _damaged(tmp_path: Path, old: str, new: str) -> Path:
    folder = tmp_path / "data"
    shutil.copytree(str(files("tasuki.layouts").joinpath("data")), folder)
    text = (folder / "rules.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "rules.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder
