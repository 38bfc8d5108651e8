"""The inspection of every link (総点検): what does not stand as it should becomes a case, or is counted."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

import orjson
from django.db import transaction

from tasuki.nodes.sql import copy_rows, rows, run
from tasuki.persons.dealing import ALIAS, lock_numbering
from tasuki.persons.inspecting import Held, Lookup, finding_about, rules, with_swaps
from tasuki.persons.links import (
    add_histories,
    register_alike,
    register_people,
    set_out_register,
    statements_by_system,
    suspects,
)
from tasuki.persons.mass_stopping import Stop, hold_back
from tasuki.persons.stopping import end_quarantine_of_cases, quarantine_for_cases
from tasuki.persons.types import REGISTER
from tasuki.persons.types.cases import INSPECTED_KINDS
from tasuki.persons.types.inspection import Cause, Finding, InspectionReport
from tasuki.shared.actor import Actor

#: Called with how much is done and how much there is; may raise to end the inspection, which then changes nothing.
Report = Callable[[int, int], None]

_COLUMNS: Final = ("system", "number", "linked", "person", "other", "kind", "cause", "levels", "stops", "case_id")
_STAGE: Final = """
CREATE TEMPORARY TABLE inspected_link (system text, number text, linked text, person text, other text, kind text,
  cause text, levels jsonb, stops boolean, case_id uuid) ON COMMIT DROP
"""
# Somebody may have decided or merged while the inspection read: only links that stand as they were read count.
_DROP_MOVED: Final = """
DELETE FROM inspected_link f WHERE NOT EXISTS (
  SELECT FROM persons_system_person s JOIN persons_root r USING (unified_person_number)
  WHERE s.system = f.system AND s.system_person_number = f.number AND r.person = f.linked)
"""
_SUPERSEDE: Final = """
WITH gone AS (
  UPDATE persons_case c SET state = 'SUPERSEDED', decided_at = %s, decided_by = %s
  WHERE c.state = 'OPEN' AND c.kind = ANY(%s) AND NOT EXISTS (
    SELECT FROM inspected_link f WHERE f.system = c.system AND f.number = c.system_person_number
      AND f.kind = c.kind AND f.person = c.person AND f.other IS NOT DISTINCT FROM c.other)
  RETURNING c.case_id
), noted AS (
  INSERT INTO persons_case_event (case_id, happened_at, happened_by, state, reason)
  SELECT case_id, %s, %s, 'SUPERSEDED', '' FROM gone
)
SELECT case_id FROM gone
"""
# What somebody looks at already, confirmed as right, or sent back a short while ago, unless a statement changed since.
_DROP_STANDING: Final = """
DELETE FROM inspected_link f USING persons_case c
WHERE c.system = f.system AND c.system_person_number = f.number AND (
  c.state IN ('OPEN', 'PROPOSED')
  OR (c.kind = f.kind AND c.person = f.person AND c.other IS NOT DISTINCT FROM f.other
    AND ((c.state = 'DECIDED' AND c.act = 'CONFIRM') OR (c.state = 'SENT_BACK' AND c.decided_at > %s))
    AND NOT EXISTS (
      SELECT FROM persons_statement t WHERE t.system = f.system AND t.system_person_number = f.number
        AND t.stated_at > c.decided_at)
    AND NOT EXISTS (
      SELECT FROM persons_root r JOIN persons_system_person s USING (unified_person_number)
      JOIN persons_statement t USING (system, system_person_number)
      WHERE r.person IN (f.person, f.other) AND t.system = %s AND t.stated_at > c.decided_at)))
"""
_OPEN: Final = """
WITH opened AS (
  INSERT INTO persons_case (case_id, kind, state, system, system_person_number, person, other, levels, subject,
    opened_at, opened_by, proposed_by, reason, decided_by, decision_reason)
  SELECT case_id, kind, 'OPEN', system, number, person, other, levels, jsonb_build_object('cause', cause),
    %s, %s, '', '', '', ''
  FROM inspected_link RETURNING case_id
)
INSERT INTO persons_case_event (case_id, happened_at, happened_by, state, reason)
SELECT case_id, %s, %s, 'OPEN', '' FROM opened
"""
_KEEP: Final = """
INSERT INTO persons_inspection (inspection_id, began_at, began_by, ended_at, statements, counts, opened, standing,
  superseded, stopped) VALUES (%s, %s, %s, %s, %s::jsonb, %s::jsonb, %s, %s, %s, %s)
"""


@transaction.atomic(using=ALIAS)
def inspect_links(
    *, inspection_id: UUID, report: Report, now: Callable[[], dt.datetime], by: Actor, at: dt.datetime
) -> InspectionReport:
    """Hold every system's statement against whom it is linked to, and against everybody else it may be of.

    What is wrong or in doubt becomes a case, and where the cause is strong, provision is stopped for both people. What
    stands as a case already, or was confirmed and has not changed since, is not asked again; a case whose reason went
    away is closed. The caller has recorded that the index is being inspected.
    """
    statements = statements_by_system()
    progress = _Steps(report, sum(statements.values()) + statements.get(REGISTER, 0))
    set_out_register()
    found = list(suspects(progress.tell))
    add_histories(found)
    lookup = Lookup(found)
    for held in register_people(progress.tell):
        lookup.add(held)
    for one in found:
        if one.known is None:
            lookup.add(Held(one.person, one.items, is_registered=False))
    findings = with_swaps([said for one in found if (said := finding_about(one, lookup.others(one))) is not None])
    findings += [
        Finding(REGISTER, number, second, Cause.TWICE_IN_REGISTER, first, second, {})
        for first, second, number in register_alike()
    ]
    return _keep(inspection_id, statements, findings, now, by, at)


class _Steps:
    """Counts what is done towards all there is."""

    def __init__(self, report: Report, total: int) -> None:
        self._report, self._total, self._done = report, max(total, 1), 0

    def tell(self, more: int) -> None:
        self._done = min(self._done + more, self._total)
        self._report(self._done, self._total)


def _keep(
    inspection_id: UUID,
    statements: dict[str, int],
    findings: Sequence[Finding],
    now: Callable[[], dt.datetime],
    by: Actor,
    at: dt.datetime,
) -> InspectionReport:
    queued = [one for one in findings if rules().causes[one.cause].kind is not None]
    lock_numbering()
    _stage(queued)
    run(_DROP_MOVED, alias=ALIAS)
    gone = [
        row["case_id"]
        for row in rows(_SUPERSEDE, [at, str(by), [one.value for one in INSPECTED_KINDS], at, str(by)], alias=ALIAS)
    ]
    end_quarantine_of_cases(gone, by, at)
    standing = run(_DROP_STANDING, [at - dt.timedelta(days=rules().sent_back_days), REGISTER], alias=ALIAS)
    [counted] = rows("SELECT count(*) AS n FROM inspected_link", alias=ALIAS)
    run(_OPEN, [at, str(by), at, str(by)], alias=ALIAS)
    stops = _stop(statements, by, at)
    run("DROP TABLE inspected_link, inspected_register", alias=ALIAS)
    counts: dict[str, Counter[Cause]] = {}
    for one in findings:
        counts.setdefault(one.system, Counter())[one.cause] += 1
    report = InspectionReport(
        inspection_id=inspection_id,
        began_at=at,
        began_by=str(by),
        ended_at=now(),
        statements=statements,
        counts={system: dict(some) for system, some in sorted(counts.items())},
        opened=counted["n"],
        standing=standing,
        superseded=len(gone),
        stopped=stops,
    )
    _note(report)
    return report


def _stage(queued: Sequence[Finding]) -> None:
    run(_STAGE, alias=ALIAS)
    causes = rules().causes
    # One number is in one case; the strongest cause comes first in the list of causes.
    order = {cause: place for place, cause in enumerate(Cause)}
    first: dict[tuple[str, str], Finding] = {}
    for one in sorted(queued, key=lambda one: order[one.cause]):
        first.setdefault((one.system, one.number), one)
    copy_rows(
        "inspected_link",
        _COLUMNS,
        (
            (one.system, one.number, one.linked, one.person, one.other, kind.value, one.cause.value,
             _json(one.levels), causes[one.cause].stops, uuid.uuid4())
            for one in first.values()
            if (kind := causes[one.cause].kind) is not None
        ),
        alias=ALIAS,
    )  # fmt: skip
    run("ANALYZE inspected_link", alias=ALIAS)


def _stop(statements: Mapping[str, int], by: Actor, at: dt.datetime) -> int:
    """Stop provision for both people of each new case whose cause is strong; gives how many people that are.

    Where that would be too many of one system, nobody of it is stopped before two people decided, or let the time pass.
    """
    found = rows(
        "SELECT f.system, f.case_id, p.person FROM inspected_link f"
        " CROSS JOIN LATERAL (VALUES (f.person), (f.other)) p(person) WHERE f.stops AND p.person IS NOT NULL",
        alias=ALIAS,
    )
    by_system: dict[str, list[Stop]] = {}
    for row in found:
        by_system.setdefault(row["system"], []).append((row["case_id"], row["person"]))
    may = hold_back(by_system, statements, by, at)
    quarantine_for_cases(may, by, at)
    return len({person for _, person in may})


def _note(report: InspectionReport) -> None:
    run(
        _KEEP,
        [
            report.inspection_id, report.began_at, report.began_by, report.ended_at, _json(report.statements),
            _json({system: {cause.value: n for cause, n in some.items()} for system, some in report.counts.items()}),
            report.opened, report.standing, report.superseded, report.stopped,
        ],
        alias=ALIAS,
    )  # fmt: skip


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
