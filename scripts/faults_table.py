"""The table of faults and outcomes in the guarantees, from the figures `tasuki bench faults --keep` kept last."""

import json
import re
from pathlib import Path
from typing import Any

import openapi

FIGURES = openapi.ROOT / "docs" / "faults.json"
PAGE = openapi.ROOT / "docs" / "guarantees.md"
_PLACE = re.compile("(?<=<!-- faults:start -->\n).*?(?=<!-- faults:end -->)", re.DOTALL)
_COLUMNS = {
    "asked": "asked",
    "answers seen": "seen",
    "calls that failed": "broken_calls",
    "seen but unrecorded": "seen_but_unrecorded",
    "recorded twice": "recorded_twice",
    "half-done": "half_done",
    "works again after": "works_again_after",
}


def documents() -> dict[Path, str]:
    """Return the page of the guarantees with the table of the figures kept last."""
    table = _table(json.loads(FIGURES.read_text("utf-8")))
    return {PAGE: _PLACE.sub(lambda _: table, PAGE.read_text("utf-8"))}


def _table(values: dict[str, Any]) -> str:
    lines = ["| fault | " + " | ".join(_COLUMNS) + " | held |", "|---|" + "---|" * (len(_COLUMNS) + 1)]
    for one in values["outcomes"]:
        counts = [f"{one[name]:,}" for name in _COLUMNS.values()]
        counts[-1] += " s"
        held = "yes" if one["held"] else "**no**"
        lines.append(f"| {one['en']} | {' | '.join(counts)} | {held} |")
    lines += [f"| {name} | " + "not tried | " * (len(_COLUMNS) + 1) for name in values["not_tried"]]
    return "\n".join(lines).rstrip() + "\n"
