"""The page that answers the Application Security Verification Standard, from `docs/security/asvs.toml`."""

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openapi
import tables

SOURCE = openapi.ROOT / "docs" / "security" / "asvs.toml"
ANSWERS = ("met", "open", "not_applicable")
LEVELS = (1, 2)
COLUMNS = ("requirement", "level", "asks", "answer", "how, why, or what is missing", "shown by")
HEAD = """# ASVS

Generated from `asvs.toml`; do not edit. OWASP's Application Security Verification Standard 5.0.0, levels 1 and 2,
requirement by requirement, asked in our own short words; the standard's text counts. Read on {read_on}.

- **met** a test named beside it shows it
- **met, by construction** the file named shows it (a setting, a choice of library, something left out); no test does
- **open** something is missing, and named
- **not applicable** what it speaks of is not there
"""


def documents() -> dict[Path, str]:
    """Return the page: how many requirements stand how, and a table for each chapter."""
    content = tomllib.loads(SOURCE.read_text("utf-8"))
    asked: Mapping[str, Mapping[str, Any]] = content["requirement"]
    parts = [HEAD.format(read_on=content["read_on"]), _counts(asked.values())]
    for number, title in content["chapter"].items():
        own = {name: entry for name, entry in asked.items() if name.split(".")[0] == number}
        cells = [_cells(name, entry, content["files"]) for name, entry in own.items()]
        parts.append(f"## V{number} {title}\n\n{tables.rows(COLUMNS, cells)}")
    return {SOURCE.with_suffix(".md"): "\n".join(parts)}


def _places(entry: Mapping[str, Any], files: Mapping[str, str]) -> list[str]:
    found = []
    for place in entry.get("by", ()):
        file, separator, test = place.partition("::")
        found.append(f"{files.get(file, file)}{separator}{test}")
    return found


def _cells(name: str, entry: Mapping[str, Any], files: Mapping[str, str]) -> Sequence[str]:
    shown = "<br>".join(f"`{place}`" for place in _places(entry, files))
    return (f"V{name}", str(entry["level"]), entry["ask"], f"**{_standing(entry)}**", _answer(entry)[1], shown)


def _answer(entry: Mapping[str, Any]) -> tuple[str, str]:
    return next((key, entry[key]) for key in ANSWERS if key in entry)


def _standing(entry: Mapping[str, Any]) -> str:
    key, _ = _answer(entry)
    tested = any("tests/" in place or "::" in place for place in entry.get("by", ()))
    return "met, by construction" if key == "met" and not tested else key.replace("_", " ")


def _counts(asked: Any) -> str:
    found = Counter((_standing(entry), entry["level"]) for entry in asked)
    names = ("met", "met, by construction", "open", "not applicable")
    cells = [(f"**{name}**", *(str(found[name, level]) for level in LEVELS)) for name in names]
    cells.append(("all", *(str(sum(found[name, level] for name in names)) for level in LEVELS)))
    return tables.rows(("answer", "level 1", "level 2"), cells)
