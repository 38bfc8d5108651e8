"""The list of protected persons (支援措置名簿): taken in whole, and told on, so that no answer about them goes out."""

import datetime as dt
from collections.abc import Sequence
from hashlib import sha256
from itertools import chain
from pathlib import Path

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.layouts.types import Severity
from tasuki.nodes.sql import copy_rows, rows, run
from tasuki.screening.operations.loads import store_problems
from tasuki.screening.operations.residents import REGISTER_LOCK
from tasuki.screening.protection import ProtectionRule, fresh_until, missing_columns, protection_rule, read_listed
from tasuki.screening.queries import protection as queries
from tasuki.screening.reading import UnreadableSource, inspect, read_rows
from tasuki.screening.types import ImportProblem
from tasuki.screening.types.protection import Freshness, ListedRow, ListRefusal, ListRefused, ProtectionLoad
from tasuki.screening.wording import import_problem
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

_COLUMNS = ("system_person_number", "protected_from", "protected_to", "renewed_on")
_LOAD = """
INSERT INTO screening_protection_load (file_name, sha256, listed_on, fresh_until, is_complete, people, changed, missing,
  problems, loaded_at, loaded_by)
VALUES (%s, %s, %s, %s, %s, %s, 0, %s, %s, %s, %s) RETURNING load_id
"""
_LIST = """
INSERT INTO screening_listed_person (system_person_number, protected_from, protected_to, renewed_on, load_id)
SELECT system_person_number, protected_from, protected_to, renewed_on, %s FROM screening_listed_staging
ON CONFLICT (system_person_number) DO UPDATE SET protected_from = EXCLUDED.protected_from,
  protected_to = EXCLUDED.protected_to, renewed_on = EXCLUDED.renewed_on, load_id = EXCLUDED.load_id
"""
# A resident's own columns become what the list says; the former ones stay in the history.
_APPLY = """
WITH differing AS (
  SELECT r.system_person_number, s.protected_from, s.protected_to,
    to_jsonb(r) - ARRAY['folded_name', 'folded_kana', 'folded_address', 'registered_at'] AS before
  FROM screening_listed_staging s JOIN screening_resident r USING (system_person_number)
  WHERE (r.protected_from, r.protected_to) IS DISTINCT FROM (s.protected_from, s.protected_to)
), kept AS (
  INSERT INTO screening_resident_change
    (system_person_number, changed_at, changed_by, reason, kind, event_date, before, after)
  SELECT system_person_number, %s, %s, 'protection list', 'PROTECTION', %s, before,
    before || jsonb_build_object('protected_from', protected_from, 'protected_to', protected_to)
  FROM differing
)
UPDATE screening_resident r SET protected_from = d.protected_from, protected_to = d.protected_to, updated_at = %s
FROM differing d WHERE r.system_person_number = d.system_person_number
"""
_TELL = """
INSERT INTO screening_outbox (kind, system_person_number, created_at)
SELECT 'RESIDENT', system_person_number, %s FROM screening_resident
WHERE protected_from IS NOT NULL OR registered_at > %s
"""


@transaction.atomic
def import_protected(
    *, file: Path, file_name: str, listed_on: dt.date, by: Actor, at: dt.datetime
) -> ProtectionLoad | ListRefused:
    """Take in a file of the whole list of protected persons, as of a day, as `register_protected` does."""
    try:
        source = inspect(file, "utf-8")
        numbered = list(chain.from_iterable(zip(*chunk, strict=True) for chunk in read_rows(source)))
    except UnreadableSource as unreadable:
        return ListRefused(ListRefusal.UNREADABLE, (unreadable.problem,))
    header = [cell.strip() for cell in numbered[0][1]] if numbered else []
    missing = missing_columns(header)
    if missing:
        return ListRefused(ListRefusal.UNREADABLE, tuple(missing))
    listed, problems = read_listed(header, numbered[1:])
    return register_protected(
        listed=listed,
        problems=problems,
        listed_on=listed_on,
        file_name=file_name,
        digest=source.sha256,
        by=by,
        at=at,
    )


@transaction.atomic
def register_protected(
    *,
    listed: Sequence[ListedRow],
    problems: Sequence[ImportProblem],
    listed_on: dt.date,
    file_name: str,
    digest: str,
    by: Actor,
    at: dt.datetime,
) -> ProtectionLoad | ListRefused:
    """Take in a whole list of protected persons, as of a day.

    Whom it names is protected as it says; whom it no longer names stays so until the end that stood before. A list
    with a line that cannot be relied upon, or with far too few people, is taken in for what it says but makes nothing
    fresh: somebody may be missing from it.
    """
    run("SELECT pg_advisory_xact_lock(%s)", [REGISTER_LOCK])
    refusal = _refusal(listed_on, at)
    if refusal is not None:
        return ListRefused(refusal)
    standing = queries.standing(at)
    found = [*problems, *_shrunk(listed, listed_on, standing.freshness), *_unknown(listed)]
    errors = [one for one in found if one.severity is Severity.ERROR]
    _record(listed, listed_on, by, at)
    _stage(listed)
    (stored,) = rows(
        _LOAD,
        [
            file_name, digest, listed_on, fresh_until(listed_on), not errors, len(listed), _missing(listed_on),
            len(found), at, str(by),
        ],
    )  # fmt: skip
    load_id = stored["load_id"]
    run(_LIST, [load_id])
    changed = run(_APPLY, [at, str(by), listed_on, at])
    run("UPDATE screening_protection_load SET changed = %s WHERE load_id = %s", [changed, load_id])
    store_problems(load_id, found)
    # Whoever was taken for protected only because the last list was old is told of as well.
    run(_TELL, [at, standing.load.loaded_at if standing.load is not None else at])
    run("DROP TABLE screening_listed_staging")
    return queries.load(load_id)


@transaction.atomic
def tell_who_is_held(*, by: Actor, at: dt.datetime) -> bool:
    """Have the gateway told who is on hold where the day or the age of the list changed it; give whether it did.

    A measure begins or ends with a day, and a list grows old, without anybody's record changing. No evidence of its
    own: what the gateway is told is recorded there, person by person.
    """
    del by
    day, standing = civil_date(at), queries.standing(at)
    is_stale = standing.freshness is Freshness.STALE
    run("SELECT pg_advisory_xact_lock(%s)", [REGISTER_LOCK])
    told = rows("SELECT told_on, is_stale FROM screening_protection_told ORDER BY id DESC LIMIT 1")
    if told and (told[0]["told_on"], told[0]["is_stale"]) == (day, is_stale):
        return False
    run("DELETE FROM screening_protection_told")
    run("INSERT INTO screening_protection_told (told_on, is_stale, told_at) VALUES (%s, %s, %s)", [day, is_stale, at])
    run(_TELL, [at, standing.load.loaded_at if standing.load is not None and is_stale else at])
    return True


def _refusal(listed_on: dt.date, at: dt.datetime) -> ListRefusal | None:
    if listed_on > civil_date(at):
        return ListRefusal.AHEAD
    (newest,) = rows("SELECT max(listed_on) AS day FROM screening_protection_load WHERE is_complete")
    return ListRefusal.OLDER if newest["day"] is not None and listed_on < newest["day"] else None


def _shrunk(listed: Sequence[ListedRow], listed_on: dt.date, freshness: Freshness) -> list[ImportProblem]:
    """Say so when far fewer people are named than must be: a list that broke off would leave the others out."""
    if freshness is Freshness.NONE:
        (counted,) = rows(
            "SELECT count(*) AS n FROM screening_resident WHERE protected_from <= %s"
            " AND (protected_to IS NULL OR protected_to > %s) AND died_date IS NULL AND moved_out_date IS NULL",
            [listed_on, listed_on],
        )
    else:
        (counted,) = rows(
            "SELECT count(*) AS n FROM screening_listed_person"
            " WHERE protected_from <= %s AND (protected_to IS NULL OR protected_to > %s)",
            [listed_on, listed_on],
        )
    least = protection_rule(ProtectionRule.LEAST_PERCENT, listed_on)
    if len(listed) * 100 >= counted["n"] * least:
        return []
    return [import_problem("list_shrunk", line=0, standing=counted["n"], named=len(listed))]


def _unknown(listed: Sequence[ListedRow]) -> list[ImportProblem]:
    """Name whom the register does not know. They are kept, and protected from the moment they are registered."""
    numbers = [one.system_person_number for one in listed]
    known = rows(
        "SELECT system_person_number AS person FROM screening_resident WHERE system_person_number = ANY(%s)", [numbers]
    )
    residents = {row["person"] for row in known}
    return [
        import_problem("listed_unknown", line=0, field="宛名番号", value=number)
        for number in numbers
        if number not in residents
    ]


def _record(listed: Sequence[ListedRow], listed_on: dt.date, by: Actor, at: dt.datetime) -> None:
    digest = sha256("\n".join(str(one) for one in listed).encode()).hexdigest()
    body = {"people": len(listed), "listed_on": listed_on.isoformat(), "digest": digest, "by": str(by)}
    append(kind=EntryKind.PROTECTION_LISTED, body=body, at=at)


def _stage(listed: Sequence[ListedRow]) -> None:
    run(
        "CREATE TEMPORARY TABLE screening_listed_staging ON COMMIT DROP AS"
        " SELECT system_person_number, protected_from, protected_to, renewed_on FROM screening_listed_person"
        " WITH NO DATA"
    )
    copy_rows(
        "screening_listed_staging",
        _COLUMNS,
        ((one.system_person_number, one.protected_from, one.protected_to, one.renewed_on) for one in listed),
    )


def _missing(listed_on: dt.date) -> int:
    """Count whom the staged list no longer names although their measure goes on."""
    (counted,) = rows(
        "SELECT count(*) AS n FROM screening_listed_person l WHERE (protected_to IS NULL OR protected_to > %s)"
        " AND NOT EXISTS (SELECT FROM screening_listed_staging s"
        " WHERE s.system_person_number = l.system_person_number)",
        [listed_on],
    )
    return int(counted["n"])
