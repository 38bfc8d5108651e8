"""The page that answers the ward's report clause by clause, from the data that `tasuki safeguards` prints."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import openapi
import tables

if TYPE_CHECKING:
    from tasuki.safeguards.types import Part, ReportClause, Safeguard

PAGE = openapi.ROOT / "docs" / "safeguards.md"
HEAD = """# Safeguards (個人情報保護対策)

Generated from `src/tasuki/safeguards/data/`; do not edit. Every clause of the ward's report to its council, and the
duties of law it rests on: what is done, how far it is kept, and what proves it. `tasuki safeguards` prints the same and
ends with status 1 while a clause is open.

区が審議会に報告した各項に、システムが何をし、どこまで守られ、何がそれを示すか。「未了」の項は、足りないものを書いている。

- **enforced** システムが行い、挙げた試験が示す — the software does it, and the tests named prove it
- **register** 人が行い、システムの台帳に残る — people do it, a register in the software carries the evidence
- **organisational** 人が行い、区の台帳に残る — people do it, a register of the ward's own carries the evidence
- **open** 未了。システムが行うべきことが全部または一部ない — something the software is to do is missing, and named
"""


def documents() -> dict[Path, str]:
    """Return the page: how many clauses stand how, each list of clauses, and each safeguard with its tests."""
    from tasuki.safeguards.catalogue import clauses, count_by_standing, safeguards

    counts = tables.rows(("status", "clauses"), [(f"**{one}**", str(n)) for one, n in count_by_standing().items()])
    listed = clauses()
    parts = [_part(part, list(group)) for part, group in groupby(listed, key=lambda clause: clause.part)]
    named = [_safeguard(one, [c.identifier for c in listed if c.safeguard is one]) for one in safeguards().values()]
    return {PAGE: "\n".join([HEAD, counts, *parts, _guideline(), "## What is done (対策)\n", *named])}


def _guideline() -> str:
    """Return the measures of the national guideline, each with what answers it."""
    from tasuki.safeguards.catalogue import guideline

    found = guideline()
    cells = []
    for one in found.measures:
        rests = ", ".join(f"[{each.identifier}](#{each.identifier})" for each in one.safeguards)
        says = "<br>".join(
            [
                one.does.ja,
                one.does.en,
                *([f"台帳: {one.register.ja}", f"Register: {one.register.en}"] if one.register else []),
            ]
        )
        cells.append((one.number, f"{one.name.ja}<br>{one.name.en}", f"**{one.how}**", says, rests))
    table = tables.rows(("番号", "措置 / measure", "how", "応え / what answers it", "対策 / safeguards"), cells)
    note = (
        f"Numbers and order are recalled and were not read in the original as of {found.checked}: provisional. "
        "`tasuki safeguards --guideline` prints the same."
    )
    return f"## 国のガイドラインの安全管理措置\n\nMeasures of the national guideline: {found.basis}. {note}\n\n{table}"


def _part(part: "Part", listed: "Sequence[ReportClause]") -> str:
    cells = []
    for clause in listed:
        name = clause.safeguard.identifier
        heading = f"{clause.heading.ja}<br>{clause.heading.en}"
        cells.append((clause.number, heading, f"**{clause.safeguard.standing}**", f"[{name}](#{name})"))
    table = tables.rows(("項", "内容 / heading", "status", "対策 / what is done"), cells)
    return f"## {part.title.ja}\n\n{part.title.en}\n\n{table}"


def _safeguard(one: "Safeguard", answers: Sequence[str]) -> str:
    lines = [
        f"### {one.identifier}",
        "",
        f"**{one.standing}** · {', '.join(answers)}",
        "",
        one.does.ja,
        "",
        one.does.en,
    ]
    if one.missing:
        lines += ["", f"- 未了: {one.missing.ja}", f"- Missing: {one.missing.en}"]
    if one.register:
        lines += ["", f"- 台帳: {one.register.ja}", f"- Register: {one.register.en}"]
    if one.tests:
        lines += ["", *(f"- `{name}`" for name in one.tests)]
    return "\n".join([*lines, ""])
