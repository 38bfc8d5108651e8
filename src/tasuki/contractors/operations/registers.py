"""The registers of contractors: firms, whom they designate, pledges, training (特記事項2・13・18)."""

import datetime as dt
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from tasuki.accounts.models import Staff
from tasuki.accounts.types import Role
from tasuki.contractors.models import FirmRecord, Handler, Pledge, Training
from tasuki.contractors.types import Designation, Firm, Problem
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.shared.actor import Actor


@transaction.atomic
def register_firm(*, firm: Firm, by: Actor, at: dt.datetime) -> UUID | Problem:
    """Put a contractor on the register with its contract."""
    firm_id = uuid4()
    try:
        with transaction.atomic():
            FirmRecord.objects.create(
                firm_id=firm_id, name=firm.name, contract=firm.contract, contract_from=firm.contract_from,
                contract_to=firm.contract_to, registered_at=at, registered_by=str(by),
            )  # fmt: skip
    except IntegrityError:
        return Problem.KEPT_ALREADY
    period = {"from": firm.contract_from.isoformat(), "to": firm.contract_to.isoformat()}
    _record("firm", firm_id, by, at, contract=firm.contract, period=period)
    return firm_id


@transaction.atomic
def designate_handler(*, designation: Designation, by: Actor, at: dt.datetime) -> UUID | Problem:
    """Put somebody on the register whom a contractor designated, with their account where they have one."""
    staff = None
    if designation.username:
        staff = Staff.objects.filter(username=designation.username, is_active=True).order_by("pk").first()
        if staff is None or staff.role != Role.CONTRACTOR:
            return Problem.ACCOUNT_UNFIT
    handler_id = uuid4()
    try:
        with transaction.atomic():
            Handler.objects.create(
                handler_id=handler_id, firm_id=designation.firm, name=designation.name,
                employee_number=designation.employee_number, is_supervisor=designation.is_supervisor, staff=staff,
                designated_on=designation.designated_on, registered_at=at, registered_by=str(by),
            )  # fmt: skip
    except IntegrityError:
        return Problem.KEPT_ALREADY
    more = {"firm": str(designation.firm), "is_supervisor": designation.is_supervisor}
    _record("handler", handler_id, by, at, **more | ({} if staff is None else {"account": str(staff.pk)}))
    return handler_id


@transaction.atomic
def end_handler(*, handler_id: UUID, ended_on: dt.date, by: Actor, at: dt.datetime) -> Problem | None:
    """Note the first day on which somebody is designated no longer."""
    if not Handler.objects.filter(handler_id=handler_id, ended_on=None).update(ended_on=ended_on):
        return Problem.NO_SUCH_HANDLER
    _record("handler_end", handler_id, by, at, ended_on=ended_on.isoformat())
    return None


@transaction.atomic
def record_pledge(
    *, handler_id: UUID, pledged_on: dt.date, document: str, by: Actor, at: dt.datetime
) -> Problem | None:
    """Note a pledge that somebody signed, by the number of its document."""
    if not Handler.objects.filter(handler_id=handler_id, ended_on=None).exists():
        return Problem.NO_SUCH_HANDLER
    Pledge.objects.create(handler_id=handler_id, pledged_on=pledged_on, document=document, at=at, by=str(by))
    _record("pledge", handler_id, by, at, pledged_on=pledged_on.isoformat(), document=document)
    return None


@transaction.atomic
def record_training(
    *, handler_id: UUID, fiscal_year: int, trained_on: dt.date, subject: str, by: Actor, at: dt.datetime
) -> Problem | None:
    """Note a training that somebody had, and for which fiscal year it counts."""
    if not Handler.objects.filter(handler_id=handler_id, ended_on=None).exists():
        return Problem.NO_SUCH_HANDLER
    Training.objects.create(
        handler_id=handler_id, fiscal_year=fiscal_year, trained_on=trained_on, subject=subject, at=at, by=str(by)
    )
    _record("training", handler_id, by, at, fiscal_year=fiscal_year, trained_on=trained_on.isoformat())
    return None


def _record(what: str, number: UUID, by: Actor, at: dt.datetime, **more: object) -> None:
    body = {"what": what, "number": str(number), "by": str(by)} | more
    append(kind=EntryKind.CONTRACTOR_REGISTERED, body=body, at=at)
