"""Reads of erasures."""

import datetime as dt
from hashlib import sha256
from hmac import digest
from typing import Any, Final
from uuid import UUID

import orjson

from tasuki.erasure.types import Beyond, Erasure, Proof, Subject
from tasuki.linkage.types import SYSTEM
from tasuki.nodes.sql import Row, rows
from tasuki.persons.queries import unified_numbers

_COLUMNS: Final = (
    "erasure_id, subject, rule, reason, people, list_digest, requested_at, requested_by, withdrawn_at, refused_at,"
    " refused_by, refusal, first_at, first_by, second_at, second_by, stopped_by, told_at, deleted_at, forgotten_at,"
    " indexed_at, proven_at, digest, backups_until, proof"
)


def keyed(key: bytes, kind: str, value: str) -> bytes:
    """Return what stands for a key once it is erased: nobody without the secret can try numbers against it."""
    return digest(key, f"{kind}/{value}".encode(), sha256)


def erasure(erasure_id: UUID) -> Erasure | None:
    """Return one erasure, or None where there is none."""
    found = rows(f"SELECT {_COLUMNS} FROM erasure_request WHERE erasure_id = %s", [erasure_id])  # noqa: S608 — ours
    return _erasure(found[0]) if found else None


def erasures(*, words: str = "", erased: bytes | None = None, limit: int, offset: int = 0) -> tuple[int, list[Erasure]]:
    """Return how many erasures there are, and a part of them, the newest first.

    :param words: what their reason holds.
    :param erased: only those that erased whatever `keyed` gives this for.
    """
    condition = (
        "(%(words)s = '' OR strpos(lower(reason), lower(%(words)s)) > 0) AND (%(erased)s::bytea IS NULL"
        " OR erasure_id IN (SELECT erasure_id FROM erasure_erased_key WHERE keyed = %(erased)s::bytea))"
    )
    values = {"words": words.strip(), "erased": erased, "limit": limit, "offset": offset}
    (counted,) = rows(f"SELECT count(*) AS n FROM erasure_request WHERE {condition}", values)  # noqa: S608 — ours
    found = rows(
        f"SELECT {_COLUMNS} FROM erasure_request WHERE {condition}"  # noqa: S608 — as above
        " ORDER BY requested_at DESC, erasure_id LIMIT %(limit)s OFFSET %(offset)s",
        values,
    )
    return int(counted["n"]), [_erasure(row) for row in found]


def erased_keys() -> frozenset[bytes]:
    """Return the keyed hash of everything that was erased; without the secret they say nothing."""
    return frozenset(bytes(row["keyed"]) for row in rows("SELECT DISTINCT keyed FROM erasure_erased_key"))


def waiting_for(approver: str) -> int:
    """Count the requests that wait for somebody: not their own, and not those they approved already."""
    (found,) = rows(
        "SELECT count(*) AS n FROM erasure_request WHERE second_at IS NULL AND withdrawn_at IS NULL"
        " AND refused_at IS NULL AND requested_by <> %s AND first_by IS DISTINCT FROM %s",
        [approver, approver],
    )
    return int(found["n"])


def to_carry_on() -> list[UUID]:
    """Return the erasures that two people approved and that are not proven yet, the oldest first."""
    found = rows(
        "SELECT erasure_id FROM erasure_request WHERE second_at IS NOT NULL AND proven_at IS NULL"
        " AND withdrawn_at IS NULL AND refused_at IS NULL ORDER BY second_at"
    )
    return [row["erasure_id"] for row in found]


def numbered(numbers: list[str]) -> list[str]:
    """Return which of these numbers the index knows."""
    return sorted(unified_numbers(SYSTEM, numbers))


def keys_of(erasure_id: UUID) -> dict[str, list[str]]:
    """Return what is on the list of an erasure, by kind; nothing once it is proven."""
    found = rows(
        "SELECT kind, array_agg(key ORDER BY key) AS keys FROM erasure_item WHERE erasure_id = %s GROUP BY kind",
        [erasure_id],
    )
    return {row["kind"]: row["keys"] for row in found}


def _erasure(row: Row) -> Erasure:
    proof = _loaded(row["proof"])
    return Erasure(
        **row
        | {
            "subject": Subject(row["subject"]),
            "proof": None if proof is None else _proof(proof),
        }
    )


def _proof(stored: dict[str, Any]) -> Proof:
    beyond = {
        name: Beyond(one["count"], None if one["until"] is None else dt.date.fromisoformat(one["until"]))
        for name, one in stored.get("beyond", {}).items()
    }
    return Proof(stored["erased"], stored["kept"], beyond)


def _loaded(value: Any) -> Any:
    """Return a JSON column's value; psycopg hands it over as text under Django's settings."""
    return orjson.loads(value) if isinstance(value, str) else value
