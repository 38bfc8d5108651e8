"""Reads of contractors' work."""

import datetime as dt
from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.db.models import F, Q

from tasuki.contractors.models import Attendance, DeletionCertificate, FirmRecord, Passage, Work, WorkStep
from tasuki.contractors.rules import lacks, work_table
from tasuki.contractors.types import CertificateMissing, Counts, HandlerRow, PassageKind, Standing, WorkState
from tasuki.nodes.sql import Row, rows

_HANDLERS: Final = """
SELECT h.handler_id, h.firm_id, f.name AS firm, h.name, h.employee_number, h.is_supervisor, h.staff_id,
    coalesce(s.username, '') AS username, h.designated_on, h.ended_on, f.contract_from, f.contract_to,
    coalesce(p.document, '') AS pledge_document, p.pledged_on, t.trained_on, t.years,
    EXISTS (SELECT FROM contractors_handler AS other WHERE other.firm_id = h.firm_id AND other.is_supervisor
        AND other.ended_on IS NULL) AS has_supervisor
FROM contractors_handler AS h JOIN contractors_firm AS f USING (firm_id)
LEFT JOIN accounts_staff AS s ON s.id = h.staff_id
LEFT JOIN LATERAL (SELECT document, pledged_on FROM contractors_pledge WHERE handler_id = h.handler_id
    ORDER BY pledged_on LIMIT 1) AS p ON true
LEFT JOIN LATERAL (SELECT max(trained_on) AS trained_on, array_agg(fiscal_year) AS years FROM contractors_training
    WHERE handler_id = h.handler_id) AS t ON true
"""


def firms() -> list[FirmRecord]:
    """Return the contractors, by name."""
    return list(FirmRecord.objects.order_by("name", "firm_id"))


def handlers(words: str = "") -> list[HandlerRow]:
    """Return whom contractors designated, those who still are first; a town has dozens, so all at once."""
    found = rows(
        f"{_HANDLERS} WHERE %(words)s = '' OR strpos(lower(concat_ws(' ', h.name, f.name, h.employee_number,"
        " p.document)), lower(%(words)s)) > 0 ORDER BY h.ended_on IS NOT NULL, f.name, h.name, h.handler_id",
        {"words": words.strip()},
    )
    return [_handler(row) for row in found]


def handler(handler_id: UUID) -> HandlerRow | None:
    """Return one handler, or None where there is none."""
    found = rows(f"{_HANDLERS} WHERE h.handler_id = %s", [handler_id])
    return _handler(found[0]) if found else None


def handlers_of_work(work_id: UUID) -> list[HandlerRow]:
    """Return who is named in a work."""
    named = "h.handler_id IN (SELECT handler_id FROM contractors_work_handler WHERE work_id = %s)"
    return [_handler(row) for row in rows(f"{_HANDLERS} WHERE {named} ORDER BY h.name, h.handler_id", [work_id])]


def _handler(row: Row) -> HandlerRow:
    standing = Standing(
        row["contract_from"], row["contract_to"], row["has_supervisor"], row["designated_on"], row["ended_on"],
        row["pledged_on"], tuple(row["years"] or ()),
    )  # fmt: skip
    names = (
        "handler_id", "firm_id", "firm", "name", "employee_number", "is_supervisor", "staff_id", "username",
        "pledge_document", "trained_on",
    )  # fmt: skip
    return HandlerRow(**{name: row[name] for name in names}, standing=standing)


def works(*, words: str = "", state: WorkState | None = None, limit: int, offset: int = 0) -> tuple[int, list[Work]]:
    """Return how many works there are, and a part of them, the latest window first."""
    found = Work.objects.select_related("firm")
    if state is not None:
        found = found.filter(state=state.value)
    if text := words.strip():
        found = found.filter(Q(what__icontains=text) | Q(place__icontains=text) | Q(firm__name__icontains=text))
    return found.count(), list(found.order_by("-starts_at", "work_id")[offset : offset + limit])


def work(work_id: UUID) -> Work | None:
    """Return one work with its contractor, or None where there is none."""
    return Work.objects.select_related("firm").filter(work_id=work_id).order_by("work_id").first()


def steps_of(work_id: UUID) -> list[WorkStep]:
    """Return the steps of a work in their order."""
    return list(WorkStep.objects.filter(work=work_id).order_by("at", "pk"))


def attendances_of(work_id: UUID) -> list[Attendance]:
    """Return who was present at a work, and for whom, in their order."""
    found = Attendance.objects.filter(work=work_id).select_related("sign_in__staff").prefetch_related("handlers")
    return list(found.order_by("begun_at", "attendance_id"))


def works_under_way(staff_id: int, at: dt.datetime) -> list[Work]:
    """Return the works at which somebody is present now for the owner of a contractor's account."""
    open_now = Attendance.objects.filter(handlers__staff=staff_id, ended_at=None, until__gt=at).values("work")
    return list(Work.objects.select_related("firm").filter(work_id__in=open_now).order_by("starts_at", "work_id"))


def passages(
    *, words: str = "", kind: PassageKind | None = None, work_id: UUID | None = None, limit: int, offset: int = 0
) -> tuple[int, list[Passage]]:
    """Return how many entries, devices, media and keys are on record, and a part of them: what is still in, first."""
    found = Passage.objects.select_related("handler__firm", "work")
    if kind is not None:
        found = found.filter(kind=kind.value)
    if work_id is not None:
        found = found.filter(work=work_id)
    if text := words.strip():
        in_words = Q(label__icontains=text) | Q(purpose__icontains=text) | Q(handler__name__icontains=text)
        found = found.filter(in_words | Q(handler__firm__name__icontains=text))
    ordered = found.order_by(F("ended_at").desc(nulls_first=True), "-begun_at", "passage_id")
    return found.count(), list(ordered[offset : offset + limit])


def certificates(*, words: str = "", limit: int, offset: int = 0) -> tuple[int, list[DeletionCertificate]]:
    """Return how many certificates of deletion came in, and a part of them: those nobody looked at yet, first."""
    found = DeletionCertificate.objects.select_related("firm", "work")
    if text := words.strip():
        found = found.filter(
            Q(what__icontains=text) | Q(method__icontains=text) | Q(document__icontains=text)
            | Q(firm__name__icontains=text) | Q(firm__contract__icontains=text)
        )  # fmt: skip
    ordered = found.order_by(F("inspected_at").desc(nulls_first=True), "-received_at", "certificate_id")
    return found.count(), list(ordered[offset : offset + limit])


def certificates_missing(on: dt.date) -> list[CertificateMissing]:
    """Return the contracts and works that are over and whose certificate nobody accepted, those due first at the top.

    Of works those with which something came in or was lent that can hold data.
    """
    days = work_table().certificate_days
    found = rows(_MISSING, {"on": on, "days": days, "kinds": _HOLDS_DATA})
    return [CertificateMissing(**row) for row in found]


#: What can carry data away.
_HOLDS_DATA: Final = [PassageKind.DEVICE.value, PassageKind.MEDIUM.value]
_MISSING: Final = """
SELECT f.firm_id, f.name AS firm, f.contract, over.work_id, over.work, over.ended_on + %(days)s AS due_on
FROM (
  SELECT firm_id, NULL::uuid AS work_id, '' AS work, contract_to AS ended_on FROM contractors_firm
  UNION ALL
  SELECT w.firm_id, w.work_id, w.what, (w.ends_at AT TIME ZONE 'Asia/Tokyo')::date FROM contractors_work w
  WHERE EXISTS (SELECT FROM contractors_passage p WHERE p.work_id = w.work_id AND p.kind = ANY(%(kinds)s))
) over JOIN contractors_firm f USING (firm_id)
WHERE over.ended_on < %(on)s AND NOT EXISTS (SELECT FROM contractors_certificate c
  WHERE c.firm_id = over.firm_id AND c.work_id IS NOT DISTINCT FROM over.work_id AND c.is_accepted)
ORDER BY due_on, f.contract, over.work_id NULLS FIRST
"""


def counts(*, at: dt.datetime, on: dt.date, not_by: str) -> Counts:
    """Return what waits of contractors' work; what somebody asked for or reviewed themself is not theirs to review."""
    waiting = Work.objects.filter(state__in=[WorkState.REQUESTED.value, WorkState.REVIEWED.value], ends_at__gt=at)
    inspected = Work.objects.filter(state=WorkState.REPORTED.value).exclude(reported_by=not_by)
    return Counts(
        to_review=waiting.exclude(requested_by=not_by).exclude(first_by=not_by).count(),
        to_inspect=inspected.count(),
        overdue=Passage.objects.filter(ended_at=None, due_at__lte=at).count(),
        unfit=len(unfit(handlers(), on)),
        certificates_overdue=sum(one.due_on < on for one in certificates_missing(on)),
        certificates_to_inspect=DeletionCertificate.objects.filter(inspected_at=None)
        .exclude(received_by=not_by)
        .count(),
    )


def unfit(found: Collection[HandlerRow], on: dt.date) -> list[HandlerRow]:
    """Return who is designated and may not work today, or soon will not."""
    soon = on + dt.timedelta(days=work_table().warn_days)
    return [
        one for one in found if one.standing.ended_on is None and (lacks(one.standing, on) or lacks(one.standing, soon))
    ]
