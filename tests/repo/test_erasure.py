"""An erasure forgets no table: what it does is held against the list of every column that tells of a person."""

import tomllib
from typing import Any

from tasuki.erasure.catalogue import Fate, tables
from tests.repo.source import ROOT

CONTENT: dict[str, Any] = tomllib.loads((ROOT / "docs" / "personal_data.toml").read_text("utf-8"))
#: Kept by other kinds of nodes, or about nobody but staff.
ELSEWHERE = ("gateway_", "network_", "jlis_")
PERSONAL = set(CONTENT["class"]) - {"none", "staff"}
HOLDING = {
    name: classes
    for name, classes in CONTENT["table"].items()
    if not name.startswith(ELSEWHERE) and PERSONAL & set(classes)
}


def test_every_table_that_may_hold_a_person_has_a_fate() -> None:
    assert len(HOLDING) > 40
    assert sorted(HOLDING) == sorted(one.name for one in tables())


def test_every_column_that_stands_for_a_person_is_looked_at() -> None:
    missing = {
        f"{name}.{column}"
        for name, classes in HOLDING.items()
        for column in classes.get("person_key", ())
        if column not in {key.column for one in tables() if one.name == name for key in one.keys}
    }
    assert missing == set()


def test_what_is_erased_can_be_found_and_what_stays_says_why() -> None:
    assert [one.name for one in tables() if one.fate is Fate.KEPT and not all(one.why)] == []
    assert [one.name for one in tables() if one.fate is Fate.ERASED and not one.searched] == []
