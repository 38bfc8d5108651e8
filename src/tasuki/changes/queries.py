"""Reads of check sheets."""

from typing import Final
from uuid import UUID

from tasuki.changes.types import Sheet, SheetLine, Side, Signature, Verdict
from tasuki.layouts.differing import Kind, Subject
from tasuki.nodes.sql import rows

_LAST: Final = """
SELECT DISTINCT ON (sheet_id, number, side) sheet_id, number, side, verdict, remark, signed_at, signed_by
FROM changes_signature {where} ORDER BY sheet_id, number, side, id DESC
"""
_SHEETS: Final = f"""
WITH last AS ({_LAST.replace("{where}", "")}),
settled AS (SELECT sheet_id, number FROM last WHERE verdict <> 'OPEN' GROUP BY 1, 2 HAVING count(*) = {len(Side)})
SELECT s.*, (SELECT count(*) FROM changes_line l WHERE l.sheet_id = s.sheet_id) AS lines,
  (SELECT count(*) FROM settled d WHERE d.sheet_id = s.sheet_id) AS settled
FROM changes_sheet s
"""  # noqa: S608 — our own text


def sheets() -> list[Sheet]:
    """Return every check sheet, the newest first."""
    return [Sheet(**row) for row in rows(f"{_SHEETS} ORDER BY s.drawn_at DESC")]


def sheet(sheet_id: UUID) -> Sheet | None:
    """Return a check sheet; None where there is none."""
    found = rows(f"{_SHEETS} WHERE s.sheet_id = %s", [sheet_id])
    return Sheet(**found[0]) if found else None


def lines_of(sheet_id: UUID) -> list[SheetLine]:
    """Return the lines of a check sheet with each side's last word."""
    signed: dict[int, dict[Side, Signature]] = {}
    for row in rows(_LAST.replace("{where}", "WHERE sheet_id = %s"), [sheet_id]):
        signed.setdefault(row["number"], {})[Side(row["side"])] = Signature(
            Side(row["side"]), Verdict(row["verdict"]), row["remark"], row["signed_at"], row["signed_by"]
        )
    found = rows("SELECT * FROM changes_line WHERE sheet_id = %s ORDER BY number", [sheet_id])
    return [
        SheetLine(
            number=row["number"],
            kind=Kind(row["kind"]),
            subject=Subject(row["subject"]),
            key=row["key"],
            name_ja=row["name_ja"],
            name_en=row["name_en"],
            what=row["what"],
            before=row["before"],
            after=row["after"],
            places=tuple(row["places"]),
            mappings=tuple(row["mappings"]),
            results=row["results"],
            signatures=signed.get(row["number"], {}),
        )
        for row in found
    ]
