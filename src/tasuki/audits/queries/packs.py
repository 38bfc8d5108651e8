"""Reads of evidence packs."""

from uuid import UUID

from tasuki.audits.packs.types import Pack
from tasuki.nodes.sql import Row, rows

_COLUMNS = "pack_id, work_id, since, until, contents, asked_at, asked_by, made_at, size, sha256, fingerprint"


def packs(*, limit: int, offset: int = 0) -> tuple[int, list[Pack]]:
    """Return how many packs were asked for, and a part of them, the newest first."""
    (counted,) = rows("SELECT count(*) AS n FROM audits_pack")
    found = rows(
        f"SELECT {_COLUMNS} FROM audits_pack ORDER BY asked_at DESC, pack_id LIMIT %s OFFSET %s",  # noqa: S608 — columns of ours
        [limit, offset],
    )
    return int(counted["n"]), [_pack(row) for row in found]


def pack(pack_id: UUID) -> Pack | None:
    """Return one pack, if it was asked for."""
    found = rows(f"SELECT {_COLUMNS} FROM audits_pack WHERE pack_id = %s", [pack_id])  # noqa: S608 — as above
    return _pack(found[0]) if found else None


def _pack(row: Row) -> Pack:
    return Pack(**row | {"contents": tuple(row["contents"])})
