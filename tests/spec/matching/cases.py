"""The pairs of `cases.toml` as values, for the test and for the document that are made from them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasuki.matching.keys import columns_of
from tasuki.matching.matcher import japanese
from tasuki.matching.types import Levels, PersonRecord
from tasuki.shared.dates import PartialDate


@dataclass(frozen=True)
class Case:
    """One row of the table: a pair, how far it agrees, and what becomes of it."""

    ja: str
    en: str
    one: PersonRecord
    other: PersonRecord
    levels: dict[str, str]
    decision: str
    by: str

    def compared(self) -> Levels:
        return japanese().compare(columns_of(self.one), columns_of(self.other))


def cases() -> list[Case]:
    content = tomllib.loads(Path(__file__).with_name("cases.toml").read_text("utf-8"))
    person = content["person"]
    return [
        Case(
            ja=entry["ja"],
            en=entry["en"],
            one=person_record("1", person | entry.get("one", {})),
            other=person_record("2", person | entry.get("other", {})),
            levels=entry["levels"],
            decision=entry["decision"],
            by=entry["by"],
        )
        for entry in content["case"]
    ]


def person_record(key: str, entry: dict[str, Any]) -> PersonRecord:
    known = {name: value or None for name, value in entry.items()}
    return PersonRecord(
        key=key,
        name=known["name"],
        kana=known["kana"],
        birth_date=PartialDate.from_iso(entry["birth"]) if entry["birth"] else None,
        sex=known["sex"],
        address=known["address"],
        postal_code=known["postal"],
        household_number=known["household"],
        number_hash=entry["number"].encode() or None,
    )
