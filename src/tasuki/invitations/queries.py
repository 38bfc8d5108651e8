"""Reads of invitations: a year's targets and how they stand, coupons, reminders, refusals, and what was done when."""

import datetime as dt
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import orjson

from tasuki.eligibility.history import COUNTED_STAGES
from tasuki.eligibility.types import Reason
from tasuki.invitations.statements import SCOPES, standing
from tasuki.invitations.types import (
    Coupon,
    Covered,
    LeftOut,
    LeftOutPerson,
    ProgrammeNumbers,
    Refusal,
    RefusalReason,
    Reminder,
    RemovedTarget,
    Run,
    RunKind,
    Standing,
    Target,
    TargetFilter,
    TargetOrder,
    TargetPage,
    YearNumbers,
)
from tasuki.layouts.types import Programme
from tasuki.nodes.sql import Row, rows
from tasuki.screening.sight import in_sight

EVERY_TARGET: Final = TargetFilter()
_RUN: Final = "run_id, kind, fiscal_year, programmes, as_of_date, outcome, done_at, done_by"
_TARGET: Final = (
    "target_id, fiscal_year, programme, system_person_number, reason, age, note, added_at, added_by, standing, coupon,"
    " other_coupon, reminded, last_reminded_date, obstacle"
)
_REFUSAL: Final = (
    "id AS refusal_id, system_person_number, programme, reason, note, valid_from,"
    " least(valid_to, ended_date) AS valid_to, recorded_at, recorded_by, ended_at, ended_by, ended_reason"
)
_REMINDER: Final = "fiscal_year, system_person_number, programmes, place, reminded_date, letter_number, recorded_by"
#: Targets of whoever a run looks at: no coupon, and something open, also when the person left since.
UNCOVERED: Final = "coupon = '' AND NOT other_coupon AND standing IN ('OPEN', 'GONE')"
_ORDERS: Final = {
    TargetOrder.READING: "folded_kana NULLS LAST",
    TargetOrder.AREA: "area NULLS LAST, folded_kana",
    TargetOrder.OLDEST: "birth_date NULLS LAST",
    TargetOrder.LONGEST_AGO: "last_year NULLS FIRST, folded_kana",
}
_COUPONS: Final = f"""
SELECT c.number, c.fiscal_year, c.system_person_number, c.programmes, c.valid_until, c.issued_at, c.issued_by,
  c.voided_at, c.voided_by, c.void_reason, ARRAY(SELECT DISTINCT x.programme FROM screening_result x
    WHERE x.system_person_number = c.system_person_number AND x.fiscal_year = c.fiscal_year
    AND x.withdrawn_at IS NULL AND x.stage IN ({", ".join(f"'{stage}'" for stage in COUNTED_STAGES)})
    AND x.programme = ANY(string_to_array(c.programmes, ','))) AS used
FROM invitations_coupon c
"""  # noqa: S608 — codes of our own
_NUMBERS: Final = """
SELECT programme, count(*) AS targets, count(*) FILTER (WHERE standing = 'OPEN') AS open,
  count(*) FILTER (WHERE standing = 'EXAMINED') AS examined, count(*) FILTER (WHERE standing = 'REFUSED') AS refused,
  count(*) FILTER (WHERE standing = 'NOT_DUE') AS not_due, count(*) FILTER (WHERE standing = 'GONE') AS gone,
  count(*) FILTER (WHERE coupon <> '') AS with_coupon, count(*) FILTER (WHERE reminded > 0) AS reminded,
  count(*) FILTER (WHERE obstacle IS NOT NULL AND {uncovered}) AS left_out
FROM standing GROUP BY programme
"""
_PEOPLE: Final = """
SELECT count(*) AS people, count(*) FILTER (WHERE waits AND obstacle IS NULL) AS to_issue, {left_out}
FROM (SELECT system_person_number, min(obstacle) AS obstacle, bool_or({uncovered}) AS waits FROM standing GROUP BY 1) p
"""


def numbers(fiscal_year: int, on: dt.date) -> YearNumbers:
    """Count a year's targets by programme and standing, and the people a run would give coupons to or leave out."""
    reasons = [one for one in LeftOut if one is not LeftOut.UNPRINTABLE]
    left_out = ", ".join(f"count(*) FILTER (WHERE waits AND obstacle = '{one}') AS {one.lower()}" for one in reasons)
    (found,) = rows(
        f"WITH standing AS MATERIALIZED ({standing(fiscal_year, on)}),"  # noqa: S608 — statements of ours
        f" programmes AS ({_NUMBERS.format(uncovered=UNCOVERED)}),"
        f" people AS ({_PEOPLE.format(uncovered=UNCOVERED, left_out=left_out)})"
        " SELECT people.*, (SELECT coalesce(jsonb_agg(to_jsonb(programmes) ORDER BY programme), '[]') FROM programmes)"
        " AS programmes FROM people"
    )
    programmes = orjson.loads(found["programmes"]) if isinstance(found["programmes"], str) else found["programmes"]
    return YearNumbers(
        programmes=tuple(ProgrammeNumbers(**row | {"programme": Programme(row["programme"])}) for row in programmes),
        people=found["people"],
        to_issue=found["to_issue"],
        left_out={one: found[one.lower()] for one in reasons if found[one.lower()]},
    )


def years() -> list[int]:
    """Return the fiscal years that have targets, newest first."""
    return [row["fiscal_year"] for row in rows("SELECT DISTINCT fiscal_year FROM invitations_target ORDER BY 1 DESC")]


def targets(
    fiscal_year: int,
    on: dt.date,
    *,
    wanted: TargetFilter = EVERY_TARGET,
    order: TargetOrder = TargetOrder.READING,
    limit: int | None = 50,
    offset: int = 0,
) -> TargetPage:
    """Return one page of a year's targets as they stand on a day."""
    condition, params = _condition(wanted)
    found = rows(
        f"WITH listed AS MATERIALIZED (SELECT * FROM ({standing(fiscal_year, on)}) AS s WHERE {condition})"  # noqa: S608 — statements of ours
        f" SELECT {_TARGET}, (SELECT count(*) FROM listed) AS total FROM listed"
        f" ORDER BY {_ORDERS[order]}, system_person_number, programme LIMIT %s OFFSET %s",
        [*params, limit, offset],
    )
    if not found and offset:
        return TargetPage(targets(fiscal_year, on, wanted=wanted, limit=1).total, ())
    return TargetPage(found[0]["total"] if found else 0, tuple(_target(row) for row in found))


def targets_of(system_person_number: str, fiscal_year: int, on: dt.date) -> list[Target]:
    """Return a person's targets of a year as they stand on a day."""
    found = rows(
        f"SELECT {_TARGET} FROM ({standing(fiscal_year, on, 'system_person_number = %s')}) AS s ORDER BY programme",  # noqa: S608 — as above
        [system_person_number] * SCOPES,
    )
    return [_target(row) for row in found]


def removed_of(system_person_number: str, fiscal_year: int) -> list[RemovedTarget]:
    """Return what a person was taken off of in a year, newest first."""
    found = rows(
        "SELECT programme, removed_at, removed_by, removed_reason FROM invitations_target"
        " WHERE system_person_number = %s AND fiscal_year = %s AND removed_at IS NOT NULL"
        " ORDER BY removed_at DESC, target_id DESC",
        [system_person_number, fiscal_year],
    )
    return [RemovedTarget(**row | {"programme": Programme(row["programme"])}) for row in found]


def coupon(number: str) -> Coupon | None:
    """Return a coupon by its number, void ones too."""
    found = rows(f"{_COUPONS} WHERE c.number = %s", [number])
    return _coupon(found[0]) if found else None


def coupons_of(system_person_number: str) -> list[Coupon]:
    """Return a person's coupons, newest first, void ones too."""
    found = rows(
        f"{_COUPONS} WHERE c.system_person_number = %s ORDER BY c.issued_at DESC, c.number DESC",
        [system_person_number],
    )
    return [_coupon(row) for row in found]


def reminders_of(system_person_number: str) -> list[Reminder]:
    """Return the letters that reminded a person, newest first."""
    found = rows(
        f"SELECT {_REMINDER} FROM invitations_reminder WHERE system_person_number = %s"  # noqa: S608 — columns of ours
        " ORDER BY fiscal_year DESC, place DESC",
        [system_person_number],
    )
    return [Reminder(**row | {"programmes": _programmes(row["programmes"])}) for row in found]


def refusals_of(system_person_number: str) -> list[Refusal]:
    """Return a person's refusals, those still open first; `valid_to` is the day they end or ended."""
    found = rows(
        f"SELECT {_REFUSAL} FROM invitations_refusal WHERE system_person_number = %s"  # noqa: S608 — as above
        " ORDER BY ended_at IS NOT NULL, programme, valid_from, id",
        [system_person_number],
    )
    return [
        Refusal(
            **row
            | {
                "programme": Programme(row["programme"]) if row["programme"] else None,
                "reason": RefusalReason(row["reason"]),
            }
        )
        for row in found
    ]


def run(run_id: UUID) -> Run | None:
    """Return what was done under a number, or None."""
    found = rows(f"SELECT {_RUN} FROM invitations_run WHERE run_id = %s", [run_id])  # noqa: S608 — as above
    return _run(found[0]) if found else None


def runs(fiscal_year: int) -> list[Run]:
    """Return what was done for a year, newest first."""
    found = rows(
        f"SELECT {_RUN} FROM invitations_run WHERE fiscal_year = %s ORDER BY done_at DESC, run_id",  # noqa: S608 — as above
        [fiscal_year],
    )
    return [_run(row) for row in found]


def left_out_by(
    run_id: UUID, *, reason: LeftOut | None = None, limit: int = 50, offset: int = 0
) -> tuple[int, list[LeftOutPerson]]:
    """Return how many people a run left to be handled by hand, and one page of them, unsettled ones first."""
    chosen = [one.value for one in ([reason] if reason else LeftOut)]
    found = rows(
        "WITH listed AS (SELECT l.system_person_number, l.reason, l.reason <> 'UNPRINTABLE' AND CASE u.kind"  # noqa: S608 — a condition of ours
        "   WHEN 'COUPONS' THEN EXISTS (SELECT FROM invitations_coupon c WHERE c.fiscal_year = u.fiscal_year"
        "     AND c.system_person_number = l.system_person_number AND c.voided_at IS NULL)"
        "   ELSE EXISTS (SELECT FROM invitations_reminder m WHERE m.fiscal_year = u.fiscal_year"
        "     AND m.system_person_number = l.system_person_number AND m.recorded_at > u.done_at) END AS is_settled"
        " FROM invitations_left_out l JOIN invitations_run u USING (run_id) WHERE l.run_id = %s AND l.reason = ANY(%s)"
        f" AND {in_sight('l.system_person_number')})"
        " SELECT listed.*, (SELECT count(*) FROM listed) AS total FROM listed"
        " ORDER BY is_settled, reason, system_person_number LIMIT %s OFFSET %s",
        [run_id, chosen, limit, offset],
    )
    if not found and offset:
        return left_out_by(run_id, reason=reason, limit=1)[0], []
    people = [LeftOutPerson(row["system_person_number"], LeftOut(row["reason"]), row["is_settled"]) for row in found]
    return (found[0]["total"] if found else 0), people


def left_out_newest(fiscal_year: int) -> int:
    """Return how many people the newest runs of a year left to be handled by hand and nobody has handled since."""
    found = rows(
        "SELECT DISTINCT ON (kind) run_id FROM invitations_run WHERE fiscal_year = %s AND kind <> 'FREEZE'"
        " ORDER BY kind, done_at DESC",
        [fiscal_year],
    )
    (counted,) = rows(
        "SELECT count(DISTINCT l.system_person_number) AS n"  # noqa: S608 — as above
        " FROM invitations_left_out l JOIN invitations_run u USING (run_id) WHERE l.run_id = ANY(%s)"
        f" AND {in_sight('l.system_person_number')}"
        " AND NOT EXISTS (SELECT FROM invitations_coupon c WHERE u.kind = 'COUPONS' AND c.fiscal_year = u.fiscal_year"
        "   AND c.system_person_number = l.system_person_number AND c.voided_at IS NULL)"
        " AND NOT EXISTS (SELECT FROM invitations_reminder m WHERE u.kind = 'REMINDERS'"
        "   AND m.fiscal_year = u.fiscal_year AND m.system_person_number = l.system_person_number"
        "   AND m.recorded_at > u.done_at)",
        [[row["run_id"] for row in found]],
    )
    return int(counted["n"])


def _condition(wanted: TargetFilter) -> tuple[str, list[object]]:
    conditions, params = ["TRUE"], list[object]()
    asked: Sequence[tuple[str, object]] = (
        ("programme = %s", wanted.programme and wanted.programme.value),
        ("standing = %s", wanted.standing and wanted.standing.value),
        ("obstacle = %s", wanted.obstacle and wanted.obstacle.value),
    )
    for condition, value in asked:
        if value is not None:
            conditions.append(condition)
            params.append(value)
    match wanted.covered:
        case Covered.WITH:
            conditions.append("coupon <> ''")
        case Covered.WITHOUT:
            conditions.append("coupon = ''")
        case Covered.LEFT_OUT:
            conditions.append(f"obstacle IS NOT NULL AND {UNCOVERED}")
    if wanted.reminded is not None:
        conditions.append("reminded >= %s" if wanted.reminded else "reminded = %s")
        params.append(wanted.reminded)
    return " AND ".join(conditions), params


def _target(row: Row) -> Target:
    values = {name: value for name, value in row.items() if name != "total"}
    return Target(
        **values
        | {
            "programme": Programme(row["programme"]),
            "reason": Reason(row["reason"]) if row["reason"] else None,
            "standing": Standing(row["standing"]),
            "obstacle": LeftOut(row["obstacle"]) if row["obstacle"] else None,
        }
    )


def _coupon(row: Row) -> Coupon:
    return Coupon(
        **row
        | {
            "programmes": _programmes(row["programmes"]),
            "used": frozenset(map(Programme, row["used"])),
        }
    )


def _run(row: Row) -> Run:
    outcome = orjson.loads(row["outcome"]) if isinstance(row["outcome"], str) else row["outcome"]
    return Run(**row | {"kind": RunKind(row["kind"]), "programmes": _programmes(row["programmes"]), "outcome": outcome})


def _programmes(text: str) -> tuple[Programme, ...]:
    return tuple(Programme(code) for code in text.split(",")) if text else ()
