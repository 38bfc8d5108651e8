"""Digests of a town's tables, by which one sees whether a way back leads to where it began."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from tasuki.cutover.catalogue import histories, is_compared
from tasuki.cutover.types import TableDigest
from tasuki.nodes.database import INDEX_SCHEMA
from tasuki.nodes.sql import rows

#: The schemas of a town, with the connection whose role may read each.
_SCHEMAS: Final = (("public", DEFAULT_DB_ALIAS), (INDEX_SCHEMA, "index"))
_BUT: Final = {
    "": "TRUE",
    "batch": "batch_id IS NULL OR NOT batch_id = ANY(%(batches)s::uuid[])",
    "result": "NOT EXISTS (SELECT FROM screening_result r"
    " WHERE r.result_id = t.result_id AND r.batch_id = ANY(%(batches)s::uuid[]))",
}
# The order of the rows is that of their own digests: a table has none.
_ONE: Final = """
SELECT '{table}' AS name, count(*) AS n,
  encode(sha256(coalesce(string_agg(row_digest, ''::bytea ORDER BY row_digest), ''::bytea)), 'hex') AS digest
FROM (SELECT sha256(convert_to(t::text, 'UTF8')) AS row_digest FROM {schema}.{table} t WHERE {but}) rows
"""


def table_digests(but_for: Sequence[UUID] = ()) -> dict[str, TableDigest]:
    """Return a digest of every table that a way back must leave as it was.

    :param but_for: imports whose rows are left out: they are the history of a load and of its undoing.
    """
    found: dict[str, TableDigest] = {}
    for schema, alias in _SCHEMAS:
        named = rows("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY tablename", [schema], alias=alias)
        wanted = [row["tablename"] for row in named if is_compared(row["tablename"])]
        parts = [
            _ONE.format(table=table, schema=schema, but=_BUT[histories().get(table, "")]) for table in wanted
        ]  # the names come from the database's own catalogue
        query = " UNION ALL ".join(parts)
        digests = rows(query, {"batches": list(but_for)}, alias=alias)
        found |= {row["name"]: TableDigest(row["n"], row["digest"]) for row in digests}
    return found


def still_standing(batches: Sequence[UUID]) -> int:
    """Count the results of imports that stand."""
    (found,) = rows(
        "SELECT count(*) AS n FROM screening_result WHERE batch_id = ANY(%s) AND withdrawn_at IS NULL", [list(batches)]
    )
    return int(found["n"])
