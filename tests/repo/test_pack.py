"""What an evidence pack may hold is what docs/personal_data.toml says tells nothing of a resident."""

import tomllib

from tasuki.audits.packs.catalogue import contents
from tasuki.audits.packs.types import Holds
from tests.repo.source import ROOT

#: Words of staff, who are told to name no resident: a finding without its words would be none.
_WORDS = {("audits_finding", "says"), ("audits_finding", "remedy"), ("audits_finding", "mended_note")}


def test_no_register_of_a_pack_has_a_column_that_may_tell_of_a_resident() -> None:
    classified = tomllib.loads((ROOT / "docs" / "personal_data.toml").read_text("utf-8"))["table"]
    wrong = [
        (register.table, column)
        for content in contents().values()
        for register in content.registers
        for column in register.columns
        if not any(column in classified[register.table].get(name, ()) for name in ("none", "staff"))
    ]
    assert set(wrong) == _WORDS


def test_every_content_says_what_it_holds_in_both_languages_and_only_the_evidence_holds_numbers() -> None:
    assert all(all(one.name) for one in contents().values())
    assert [key for key, one in contents().items() if one.holds is Holds.KEYS] == ["evidence"]
