"""The target list of a year (対象者名簿): frozen from who is due, and changed by hand one person at a time."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.invitations import queries
from tasuki.invitations.errors import NoSuchResidentError, NoSuchTargetError
from tasuki.invitations.recording import lock_year, new_run, not_ready, record_run
from tasuki.invitations.types import NotReady, Run, RunKind
from tasuki.layouts.types import Programme
from tasuki.nodes.sql import rows, run
from tasuki.shared.actor import Actor
from tasuki.work.types import Progress, Unwatched

# Whoever was taken off by hand stays off: somebody decided that, with a reason.
_FREEZE = """
INSERT INTO invitations_target (fiscal_year, programme, system_person_number, run_id, reason, age, note, added_at,
  added_by)
SELECT a.fiscal_year, a.programme, a.system_person_number, %s, a.reason, a.age, '', %s, %s
FROM eligibility_assessment a
WHERE a.fiscal_year = %s AND a.programme = %s AND a.status = 'DUE' AND NOT EXISTS (SELECT FROM invitations_target t
  WHERE t.fiscal_year = a.fiscal_year AND t.programme = a.programme
  AND t.system_person_number = a.system_person_number)
"""
_FROZEN = """
SELECT (SELECT count(DISTINCT system_person_number) FROM invitations_target WHERE run_id = %s) AS people,
  (SELECT encode(sha256(convert_to(coalesce(string_agg(programme || system_person_number, E'\\n'
    ORDER BY programme, system_person_number), ''), 'UTF8')), 'hex')
   FROM invitations_target WHERE run_id = %s) AS digest,
  (SELECT count(DISTINCT (t.programme, t.system_person_number)) FROM invitations_target t
   JOIN eligibility_assessment a USING (fiscal_year, programme, system_person_number)
   WHERE t.fiscal_year = %s AND t.programme = ANY(%s) AND a.status = 'DUE' AND NOT EXISTS (
     SELECT FROM invitations_target s WHERE s.fiscal_year = t.fiscal_year AND s.programme = t.programme
     AND s.system_person_number = t.system_person_number AND s.removed_at IS NULL)) AS stayed_off
"""


@transaction.atomic
def freeze_targets(
    *,
    run_id: UUID,
    fiscal_year: int,
    programmes: Sequence[Programme],
    by: Actor,
    at: dt.datetime,
    progress: Progress | None = None,
) -> Run | NotReady:
    """Put everybody who is due for some programmes of a year on its list, as they are due today.

    Repeated, it adds who became due since; nobody is taken off by it. A run is done once, however often it is asked.
    """
    lock_year(fiscal_year)
    done = queries.run(run_id)
    if done is not None:
        return done
    unready = not_ready(fiscal_year, by, at)
    if unready is not None:
        return unready
    chosen, watched, added = sorted(set(programmes)), progress or Unwatched(), 0
    for place, programme in enumerate(chosen):
        watched.report(place, len(chosen))
        added += run(_FREEZE, [run_id, at, str(by), fiscal_year, programme.value])
    (frozen,) = rows(_FROZEN, [run_id, run_id, fiscal_year, [one.value for one in chosen]])
    outcome = {"targets": added, "people": frozen["people"], "stayed_off": frozen["stayed_off"]}
    described = new_run(run_id, RunKind.FREEZE, fiscal_year, chosen, outcome, by, at)
    return record_run(described, left_out={}, digest=frozen["digest"], by=by, at=at)


@transaction.atomic
def add_target(
    *, person: str, fiscal_year: int, programme: Programme, note: str, by: Actor, at: dt.datetime
) -> int | None:
    """Put a person on a year's list by hand, and give the number of the entry; None when they are on it.

    :param note: why, which is kept.
    :raises NoSuchResidentError: when no resident has the number.
    """
    if not rows("SELECT FROM screening_resident WHERE system_person_number = %s", [person]):
        raise NoSuchResidentError(NoSuchResidentError.__doc__)
    added = rows(
        "INSERT INTO invitations_target (fiscal_year, programme, system_person_number, reason, note, added_at,"
        " added_by) VALUES (%s, %s, %s, '', %s, %s, %s) ON CONFLICT DO NOTHING RETURNING target_id",
        [fiscal_year, programme.value, person, note, at, str(by)],
    )
    if not added:
        return None
    target_id = int(added[0]["target_id"])
    append(
        kind=EntryKind.TARGET_ADDED,
        body={"target": target_id, "fiscal_year": fiscal_year, "programme": programme, "by": str(by)},
        at=at,
    )
    return target_id


@transaction.atomic
def remove_target(*, person: str, target_id: int, reason: str, by: Actor, at: dt.datetime) -> None:
    """Take a person off a year's list; the entry stays readable, and freezing again does not bring them back.

    :raises NoSuchTargetError: when this person has no such entry, or was taken off before.
    """
    removed = run(
        "UPDATE invitations_target SET removed_at = %s, removed_by = %s, removed_reason = %s"
        " WHERE target_id = %s AND system_person_number = %s AND removed_at IS NULL",
        [at, str(by), reason, target_id, person],
    )
    if not removed:
        raise NoSuchTargetError(NoSuchTargetError.__doc__)
    append(kind=EntryKind.TARGET_REMOVED, body={"target": target_id, "by": str(by)}, at=at)
