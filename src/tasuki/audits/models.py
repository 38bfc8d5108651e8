"""Tables of checks, their findings, and incidents."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tasuki.audits.types import Answer


class YearlyCheck(models.Model):
    """The check of one fiscal year, signed by two (確認記録票); as it was signed for ever after."""

    fiscal_year = models.SmallIntegerField(primary_key=True)
    opened_at = models.DateTimeField()
    opened_by = models.TextField()
    gathered_at = models.DateTimeField()
    first_signed_at = models.DateTimeField(null=True)
    first_signed_by = models.TextField(null=True)
    second_signed_at = models.DateTimeField(null=True)
    second_signed_by = models.TextField(null=True)
    pdf = models.BinaryField(null=True)
    sha256 = models.TextField(default="")

    class Meta:
        db_table = "audits_check"
        constraints = [
            models.CheckConstraint(
                condition=Q(first_signed_at__isnull=True, first_signed_by__isnull=True)
                | Q(first_signed_at__isnull=False, first_signed_by__isnull=False),
                name="audits_check_first_signed_by_somebody",
            ),
            # Two people, whatever the code above does; the second closes it with its document.
            models.CheckConstraint(
                condition=Q(second_signed_at__isnull=True, second_signed_by__isnull=True, pdf__isnull=True)
                | Q(
                    first_signed_at__isnull=False,
                    second_signed_at__isnull=False,
                    second_signed_by__isnull=False,
                    pdf__isnull=False,
                )
                & ~Q(second_signed_by=F("first_signed_by")),
                name="audits_check_second_signed_by_another",
            ),
        ]
        verbose_name = "確認記録票"
        verbose_name_plural = "確認記録票"

    def __str__(self) -> str:
        return str(self.fiscal_year)


class YearlyCheckLine(models.Model):
    """One clause in the check of one year (確認記録票の行), with its text of that year."""

    pk = models.CompositePrimaryKey("fiscal_year", "clause")
    fiscal_year = models.SmallIntegerField()
    clause = models.TextField()
    place = models.SmallIntegerField()
    words = models.JSONField()
    facts = models.JSONField()
    answer = models.TextField(null=True)
    remark = models.TextField(default="")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.TextField(null=True)

    class Meta:
        db_table = "audits_line"
        constraints = [
            models.CheckConstraint(
                condition=Q(answer__isnull=True, answered_at__isnull=True, answered_by__isnull=True)
                | Q(
                    answer__in=[one.value for one in Answer],
                    answered_at__isnull=False,
                    answered_by__isnull=False,
                ),
                name="audits_line_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(answer__isnull=True) | Q(answer=Answer.KEPT.value) | ~Q(remark=""),
                name="audits_line_says_what_is_missing",
            ),
        ]
        verbose_name = "確認記録票の行"
        verbose_name_plural = "確認記録票の行"

    def __str__(self) -> str:
        return f"{self.fiscal_year} {self.clause}"


class CheckFinding(models.Model):
    """Something a check found that is to be mended (指摘)."""

    finding_id = models.UUIDField(primary_key=True)
    fiscal_year = models.SmallIntegerField()
    clause = models.TextField()
    says = models.TextField()
    remedy = models.TextField()
    who = models.TextField()
    due = models.DateField()
    raised_at = models.DateTimeField()
    raised_by = models.TextField()
    mended_at = models.DateTimeField(null=True)
    mended_by = models.TextField(null=True)
    mended_note = models.TextField(default="")

    class Meta:
        db_table = "audits_finding"
        constraints = [
            models.CheckConstraint(
                condition=Q(mended_at__isnull=True, mended_by__isnull=True, mended_note="")
                | Q(mended_at__isnull=False, mended_by__isnull=False) & ~Q(mended_note=""),
                name="audits_finding_mended_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["fiscal_year", "due"], name="audits_finding_by_year")]
        verbose_name = "監査の指摘"
        verbose_name_plural = "監査の指摘"

    def __str__(self) -> str:
        return str(self.finding_id)


class IncidentRecord(models.Model):
    """A leak, loss or damage of personal information that is feared or happened (漏えい等の事案)."""

    incident_id = models.UUIDField(primary_key=True)
    title = models.TextField()
    says = models.TextField()
    source = models.TextField()
    known_at = models.DateTimeField()
    since = models.DateTimeField()
    staff = models.TextField(null=True)
    grounds = ArrayField(models.TextField())
    people = models.IntegerField(default=0)
    items = models.TextField(default="")
    cause = models.TextField(default="")
    harm = models.TextField(default="")
    prevention = models.TextField(default="")
    lessons = models.TextField(default="")
    origin = models.TextField(default="")

    class Meta:
        db_table = "audits_incident"
        constraints = [
            models.CheckConstraint(condition=Q(since__lte=F("known_at")), name="audits_incident_known_after")
        ]
        verbose_name = "漏えい等の事案"
        verbose_name_plural = "漏えい等の事案"

    def __str__(self) -> str:
        return str(self.incident_id)


class IncidentStep(models.Model):
    """One step taken about an incident (事案の経過); only ever added."""

    pk = models.CompositePrimaryKey("incident_id", "step")
    incident_id = models.UUIDField()
    step = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()
    note = models.TextField(default="")

    class Meta:
        db_table = "audits_incident_step"
        verbose_name = "事案の経過"
        verbose_name_plural = "事案の経過"

    def __str__(self) -> str:
        return f"{self.incident_id} {self.step}"


class InspectionPack(models.Model):
    """A pack of evidence somebody asked for (検査用の証拠一式): its period, contents, and the digest it was given."""

    pack_id = models.UUIDField(primary_key=True)
    work_id = models.UUIDField(unique=True)
    since = models.DateField()
    until = models.DateField()
    contents = ArrayField(models.TextField())
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    made_at = models.DateTimeField(null=True)
    size = models.BigIntegerField(default=0)
    sha256 = models.TextField(default="")
    fingerprint = models.TextField(default="")

    class Meta:
        db_table = "audits_pack"
        constraints = [
            models.CheckConstraint(condition=Q(since__lte=F("until")), name="audits_pack_period"),
            models.CheckConstraint(
                condition=Q(made_at__isnull=True, sha256="") | Q(made_at__isnull=False) & ~Q(sha256=""),
                name="audits_pack_made_has_digest",
            ),
        ]
        indexes = [models.Index(fields=["-asked_at"], name="audits_pack_by_time")]
        verbose_name = "検査用の証拠一式"
        verbose_name_plural = "検査用の証拠一式"

    def __str__(self) -> str:
        return str(self.pack_id)


class RestoreRehearsal(models.Model):
    """A restore of a backup that was tried out apart from production (復旧の訓練), and what was found."""

    rehearsal_id = models.UUIDField(primary_key=True)
    rehearsed_on = models.DateField()
    backup = models.TextField()
    outcome = models.TextField()
    tree_size = models.BigIntegerField(null=True)
    root = models.TextField(default="")
    reaches_to = models.DateTimeField(null=True)
    results = models.BigIntegerField(null=True)
    residents = models.BigIntegerField(null=True)
    note = models.TextField(default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        db_table = "audits_rehearsal"
        constraints = [
            # What is called restored agrees with the log, at a size this log was signed at.
            models.CheckConstraint(
                condition=~Q(outcome="RESTORED") | Q(tree_size__isnull=False, reaches_to__isnull=False) & ~Q(root=""),
                name="audits_rehearsal_restored_agrees",
            ),
        ]
        indexes = [models.Index(fields=["-rehearsed_on"], name="audits_rehearsal_by_day")]
        verbose_name = "復旧の訓練"
        verbose_name_plural = "復旧の訓練"

    def __str__(self) -> str:
        return str(self.rehearsal_id)
