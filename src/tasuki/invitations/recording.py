"""What every run on a year's list shares: one at a time, done once, and only on lists that are up to date."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from uuid import UUID

import orjson

from tasuki.eligibility.operations.lists import refresh_changed
from tasuki.eligibility.queries import freshness
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.invitations.types import LeftOut, NotReady, Run, RunKind
from tasuki.layouts.types import Programme
from tasuki.nodes.sql import copy_rows, run
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

# Any constant: with a fiscal year, "this year's invitations are being written".
_YEAR_LOCK = 0x494E_5649
_KINDS = {
    RunKind.FREEZE: EntryKind.TARGETS_FROZEN,
    RunKind.COUPONS: EntryKind.COUPONS_ISSUED,
    RunKind.REMINDERS: EntryKind.REMINDERS_SENT,
}


def lock_year(fiscal_year: int) -> None:
    """Wait until nobody else writes a year's invitations, and keep others waiting until the transaction ends."""
    run("SELECT pg_advisory_xact_lock(%s, %s)", [_YEAR_LOCK, fiscal_year])


def not_ready(fiscal_year: int, by: Actor, at: dt.datetime) -> NotReady | None:
    """Bring the year's list of who is due up to date, and say why it cannot be relied on, if it cannot."""
    on = civil_date(at)
    standing = freshness(fiscal_year, on)
    if standing is None:
        return NotReady.NOT_COMPUTED
    if standing.needs_recomputing:
        return NotReady.NEEDS_RECOMPUTING
    if standing.changed_people and refresh_changed(by=by, at=at).is_busy:
        return NotReady.BUSY
    return None


def digest_of(texts: Iterable[str]) -> str:
    """Name a set of numbers without telling them."""
    return sha256("\n".join(sorted(texts)).encode()).hexdigest()


def by_reason(left_out: Mapping[str, LeftOut]) -> dict[str, int]:
    """Count who was left out, by why, as a run's outcome holds it."""
    return {f"left_out_{why.lower()}": people for why, people in sorted(Counter(left_out.values()).items())}


def record_run(done: Run, *, left_out: Mapping[str, LeftOut], digest: str, by: Actor, at: dt.datetime) -> Run:
    """Write what a run did, whom it left to be handled by hand, and the evidence of it."""
    run(
        "INSERT INTO invitations_run (run_id, kind, fiscal_year, programmes, as_of_date, outcome, done_at, done_by)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [
            done.run_id, done.kind.value, done.fiscal_year, joined(done.programmes), done.as_of_date,
            orjson.dumps(dict(done.outcome)).decode(), at, str(by),
        ],
    )  # fmt: skip
    copy_rows(
        "invitations_left_out",
        ("run_id", "system_person_number", "reason"),
        ((done.run_id, number, why.value) for number, why in sorted(left_out.items())),
    )
    append(
        kind=_KINDS[done.kind],
        body={"run": str(done.run_id), "fiscal_year": done.fiscal_year, "programmes": list(done.programmes)}
        | dict(done.outcome)
        | {"digest": digest, "by": str(by)},
        at=at,
    )
    return done


def new_run(
    run_id: UUID,
    kind: RunKind,
    fiscal_year: int,
    programmes: Sequence[Programme],
    outcome: Mapping[str, int],
    by: Actor,
    at: dt.datetime,
) -> Run:
    """Describe what a run did just now."""
    return Run(run_id, kind, fiscal_year, tuple(sorted(programmes)), civil_date(at), outcome, at, str(by))


def joined(programmes: Iterable[Programme]) -> str:
    """Write programmes as a column holds them."""
    return ",".join(sorted(one.value for one in programmes))
