"""Tables of contractors' work."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from tasuki.accounts.models import SignIn, Staff
from tasuki.contractors.types import PassageKind, WorkState


def _by_two(name: str) -> Q:
    """Both or neither of the time and the person of an act."""
    return Q(**{f"{name}_at__isnull": True, f"{name}_by__isnull": True}) | Q(
        **{f"{name}_at__isnull": False, f"{name}_by__isnull": False}
    )


class FirmRecord(models.Model):
    """A contractor (委託先) and its contract."""

    firm_id = models.UUIDField(primary_key=True)
    name = models.TextField()
    contract = models.TextField(unique=True)
    contract_from = models.DateField()
    contract_to = models.DateField()
    registered_at = models.DateTimeField()
    registered_by = models.TextField()

    class Meta:
        db_table = "contractors_firm"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(contract_from__lte=F("contract_to")), name="contractors_firm_period"),
        ]
        verbose_name = "委託先"
        verbose_name_plural = "委託先"

    def __str__(self) -> str:
        return str(self.firm_id)


class Handler(models.Model):
    """Somebody a contractor designated to the town (取扱者), perhaps as its supervisor (取扱責任者)."""

    handler_id = models.UUIDField(primary_key=True)
    firm = models.ForeignKey(FirmRecord, models.PROTECT)
    name = models.TextField()
    employee_number = models.TextField()
    is_supervisor = models.BooleanField()
    # The account under which they sign in, where they have one.
    staff = models.ForeignKey(Staff, models.PROTECT, null=True)
    designated_on = models.DateField()
    ended_on = models.DateField(null=True)
    registered_at = models.DateTimeField()
    registered_by = models.TextField()

    class Meta:
        db_table = "contractors_handler"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["firm", "employee_number"], condition=Q(ended_on=None), name="contractors_handler_once"
            ),
            models.UniqueConstraint(
                fields=["staff"], condition=Q(ended_on=None, staff__isnull=False), name="contractors_account_once"
            ),
        ]
        verbose_name = "取扱者"
        verbose_name_plural = "取扱者"

    def __str__(self) -> str:
        return str(self.handler_id)


class Pledge(models.Model):
    """A pledge of secrecy that somebody signed (誓約書)."""

    handler = models.ForeignKey(Handler, models.PROTECT)
    pledged_on = models.DateField()
    document = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()

    class Meta:
        db_table = "contractors_pledge"
        verbose_name = "誓約書"
        verbose_name_plural = "誓約書"

    def __str__(self) -> str:
        return str(self.pk)


class Training(models.Model):
    """A training in the protection of personal data, good for a fiscal year (受講記録)."""

    handler = models.ForeignKey(Handler, models.PROTECT)
    fiscal_year = models.IntegerField()
    trained_on = models.DateField()
    subject = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()

    class Meta:
        db_table = "contractors_training"
        verbose_name = "受講記録"
        verbose_name_plural = "受講記録"

    def __str__(self) -> str:
        return str(self.pk)


class Work(models.Model):
    """What a contractor is to do, from the request to the inspection (委託作業)."""

    work_id = models.UUIDField(primary_key=True)
    firm = models.ForeignKey(FirmRecord, models.PROTECT)
    handlers = models.ManyToManyField(Handler, db_table="contractors_work_handler")
    what = models.TextField()
    why = models.TextField()
    place = models.TextField()
    data = models.TextField()
    devices = models.TextField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.TextField()
    requested_at = models.DateTimeField()
    requested_by = models.TextField()
    first_at = models.DateTimeField(null=True)
    first_by = models.TextField(null=True)
    second_at = models.DateTimeField(null=True)
    second_by = models.TextField(null=True)
    report = models.TextField(default="")
    reported_at = models.DateTimeField(null=True)
    reported_by = models.TextField(null=True)
    inspected_at = models.DateTimeField(null=True)
    inspected_by = models.TextField(null=True)

    class Meta:
        db_table = "contractors_work"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=[one.value for one in WorkState]), name="contractors_work_state"
            ),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="contractors_work_window"),
            models.CheckConstraint(
                condition=_by_two("first") & _by_two("second") & _by_two("reported") & _by_two("inspected"),
                name="contractors_work_acts_by_somebody",
            ),
            # Two people, and neither of them asked, whatever the code above does.
            models.CheckConstraint(
                condition=(Q(first_by=None) | ~Q(first_by=F("requested_by")))
                & (Q(second_by=None) | (~Q(second_by=F("requested_by")) & ~Q(second_by=F("first_by")))),
                name="contractors_work_reviewed_by_two_others",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["requested", "reviewed", "refused", "withdrawn"])
                | Q(first_by__isnull=False, second_by__isnull=False),
                name="contractors_work_approved_by_two",
            ),
            models.CheckConstraint(
                condition=Q(inspected_by=None) | ~Q(inspected_by=F("reported_by")),
                name="contractors_work_inspected_by_another",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["-starts_at"], name="contractors_work_by_time")]
        verbose_name = "委託作業"
        verbose_name_plural = "委託作業"

    def __str__(self) -> str:
        return str(self.work_id)


class WorkStep(models.Model):
    """A step a work made (作業の経過), with its cause."""

    work = models.ForeignKey(Work, models.PROTECT)
    state = models.TextField()
    cause = models.TextField()
    note = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()

    class Meta:
        db_table = "contractors_step"
        verbose_name = "作業の経過"
        verbose_name_plural = "作業の経過"

    def __str__(self) -> str:
        return str(self.pk)


class Attendance(models.Model):
    """A member of staff who is present at a contractor's work (立会い), in a session of theirs; with it, it ends."""

    attendance_id = models.UUIDField(primary_key=True)
    work = models.ForeignKey(Work, models.PROTECT)
    sign_in = models.ForeignKey(SignIn, models.PROTECT)
    handlers = models.ManyToManyField(Handler, db_table="contractors_attendance_handler")
    begun_at = models.DateTimeField()
    begun_by = models.TextField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "contractors_attendance"
        constraints: ClassVar = [
            models.CheckConstraint(condition=_by_two("ended"), name="contractors_attendance_ended_by_somebody"),
            models.UniqueConstraint(fields=["work"], condition=Q(ended_at=None), name="contractors_attendance_once"),
        ]
        verbose_name = "立会い"
        verbose_name_plural = "立会い"

    def __str__(self) -> str:
        return str(self.attendance_id)


class Passage(models.Model):
    """Somebody who entered, a device brought in, a medium or a key lent (入退室・持込み・貸出しの記録)."""

    passage_id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    handler = models.ForeignKey(Handler, models.PROTECT)
    work = models.ForeignKey(Work, models.PROTECT, null=True)
    label = models.TextField()
    purpose = models.TextField()
    begun_at = models.DateTimeField()
    begun_by = models.TextField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)
    ended_note = models.TextField(default="")

    class Meta:
        db_table = "contractors_passage"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=[one.value for one in PassageKind]), name="contractors_passage_kind"
            ),
            models.CheckConstraint(condition=_by_two("ended"), name="contractors_passage_ended_by_somebody"),
        ]
        indexes: ClassVar = [models.Index(fields=["-begun_at"], name="contractors_passage_by_time")]
        verbose_name = "入退室・持込み・貸出しの記録"
        verbose_name_plural = "入退室・持込み・貸出しの記録"

    def __str__(self) -> str:
        return str(self.passage_id)


class DeletionCertificate(models.Model):
    """A contractor's word that nothing of the town's is left with it (委託先の消去証明書), and who made sure of it."""

    certificate_id = models.UUIDField(primary_key=True)
    firm = models.ForeignKey(FirmRecord, models.PROTECT)
    # Of one work; of the whole contract where there is none.
    work = models.ForeignKey(Work, models.PROTECT, null=True)
    what = models.TextField()
    method = models.TextField()
    deleted_on = models.DateField()
    document = models.TextField()
    received_at = models.DateTimeField()
    received_by = models.TextField()
    inspected_at = models.DateTimeField(null=True)
    inspected_by = models.TextField(null=True)
    is_accepted = models.BooleanField(null=True)
    note = models.TextField(default="")

    class Meta:
        db_table = "contractors_certificate"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=_by_two("inspected")
                & (Q(inspected_at=None, is_accepted=None) | Q(inspected_at__isnull=False, is_accepted__isnull=False)),
                name="contractors_certificate_inspected_by_somebody",
            ),
            # Two people, whatever the code above does.
            models.CheckConstraint(
                condition=Q(inspected_by=None) | ~Q(inspected_by=F("received_by")),
                name="contractors_certificate_inspected_by_another",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["-received_at"], name="contractors_certificates")]
        verbose_name = "委託先の消去証明書"
        verbose_name_plural = "委託先の消去証明書"

    def __str__(self) -> str:
        return str(self.certificate_id)
