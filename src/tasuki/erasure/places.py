"""Where people are: every table is counted, digested and looked through by one list of tables, none by hand."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from hmac import digest
from typing import Final

import orjson

from tasuki.erasure.catalogue import SEARCHED, SYSTEMS, Fate, Table, tables
from tasuki.erasure.types import Beyond
from tasuki.nodes.sql import rows, run
from tasuki.persons.candidates import record_name
from tasuki.shared.dates import civil_date
from tasuki.work.types import OUTPUTS_KEPT

Keys = Mapping[str, Sequence[str]]
_INDEX: Final = "index"
#: Numbers of people are those of one system; the index knows those of others too.
_OF_SYSTEM: Final = frozenset({"persons_statement", "persons_former_statement", "persons_system_person",
                               "persons_match_waiting", "persons_case", "persons_register_change",
                               "persons_told_protection"})  # fmt: skip


def counted(keys: Keys, fates: Iterable[Fate]) -> dict[str, int]:
    """Return how many rows are about what is listed, by table; tables without any are left out."""
    found: Counter[str] = Counter()
    wanted = set(fates)
    for alias in ("default", _INDEX):
        chosen = [one for one in tables() if one.fate in wanted and _alias(one) == alias and one.searched]
        if not chosen:
            continue
        query = " UNION ALL ".join(
            f"SELECT '{one.name}' AS name, count(*) AS n FROM {one.name} WHERE {_condition(one)}"  # noqa: S608 — ours
            for one in chosen
        )
        found.update({row["name"]: row["n"] for row in rows(query, _values(keys), alias=alias)})
    return {name: n for name, n in found.items() if n}


def digested(keys: Keys, secret: bytes) -> str:
    """Return a keyed digest of every row that is about to go: it shows later which rows they were, and no content."""
    chosen = [one for one in tables() if one.fate is Fate.ERASED and one.searched]
    query = " UNION ALL ".join(
        f"SELECT '{one.name}' AS name, string_agg(said, '' ORDER BY said) AS said FROM (SELECT"  # noqa: S608 — ours
        f" encode(sha256(convert_to({one.name}::text, 'UTF8')), 'hex') AS said FROM {one.name}"
        f" WHERE {_condition(one)}) hashed"
        for one in chosen
    )
    found = {row["name"]: row["said"] or "" for row in rows(query, _values(keys))}
    return digest(secret, orjson.dumps(found, option=orjson.OPT_SORT_KEYS), sha256).hex()


def files_beyond(at: dt.datetime) -> dict[str, Beyond]:
    """Return the files that were made by now and may name somebody, with the last day on which one of them is there.

    No number leads to anybody in them, so all of them count: what long work made, archives of exports, and copies of
    exports that are out and were not confirmed as gone.
    """
    found = rows(
        "SELECT 'work_output' AS name, count(*) AS n, (max(made_at) + %(kept)s) AS until FROM work_output"
        " WHERE made_at <= %(at)s UNION ALL"
        " SELECT 'media_export', count(*), max(expires_at) FROM media_export WHERE content IS NOT NULL UNION ALL"
        " SELECT 'media_copies', count(*), max(return_by)::timestamp AT TIME ZONE 'Asia/Tokyo' FROM media_export"
        " WHERE taken > 0 AND settled_at IS NULL",
        {"kept": OUTPUTS_KEPT, "at": at},
    )
    return {row["name"]: Beyond(row["n"], None if row["until"] is None else civil_date(row["until"])) for row in found}


def delete_unguarded(keys: Keys) -> None:
    """Delete from every table that nothing guards what is listed; a list of numbers only loses the listed ones."""
    for one in tables():
        if one.fate is not Fate.ERASED or one.is_guarded:
            continue
        for key in one.searched:
            if key.is_list:
                run(
                    f"UPDATE {one.name} SET {key.column} = ARRAY(SELECT unnest({key.column})"  # noqa: S608 — ours
                    f" EXCEPT SELECT unnest(%({key.kind})s::text[])) WHERE {key.condition}",
                    _values(keys),
                )
            elif keys.get(key.kind):
                run(f"DELETE FROM {one.name} WHERE {key.condition}", _values(keys))  # noqa: S608 — ours


def _condition(table: Table) -> str:
    said = " OR ".join(key.condition for key in table.searched)
    if table.name not in _OF_SYSTEM:
        return said
    # The index numbers people of many systems, and two of them may give the same number.
    parts = [
        f"({key.condition} AND system IN {SYSTEMS})" if key.kind == "PERSON" else key.condition
        for key in table.searched
    ]
    return " OR ".join(parts)


def _values(keys: Keys) -> dict[str, list[str]]:
    values = {kind: list(keys.get(kind, ())) for kind in SEARCHED}
    values["RECORD"] = [record_name(system, number) for system in SYSTEMS for number in values["PERSON"]]
    return values


def _alias(table: Table) -> str:
    return _INDEX if table.fate is Fate.INDEX else "default"
