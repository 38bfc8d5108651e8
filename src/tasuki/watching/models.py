"""Tables of accesses: what the evidence says, in a form that can be searched."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from tasuki.watching.types import Act


class AccessRecord(models.Model):
    """One access to personal data (アクセス記録), written with its record in the evidence, which is the truth."""

    entry_id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    staff = models.TextField()
    role = models.TextField()
    act = models.TextField()
    page = models.TextField()
    people = ArrayField(models.TextField())
    unified = ArrayField(models.TextField())
    shown = models.IntegerField(null=True)
    fields = ArrayField(models.TextField())
    reason = models.TextField()
    address = models.GenericIPAddressField(null=True)
    # The emergency role it was done under, if it was.
    emergency = models.UUIDField(null=True)

    class Meta:
        db_table = "watching_access"
        constraints = [
            models.CheckConstraint(condition=models.Q(act__in=[act.value for act in Act]), name="watching_act_known"),
        ]
        indexes = [
            models.Index(fields=["at", "entry_id"], name="watching_access_by_time"),
            models.Index(fields=["staff", "at"], name="watching_access_by_staff"),
            models.Index(fields=["act", "at"], name="watching_access_by_act"),
            models.Index(fields=["role", "at"], name="watching_access_by_role"),
            # Without these, what somebody never did would be looked for among everything else they did.
            models.Index(fields=["staff", "act", "at"], name="watching_access_by_staff_act"),
            models.Index(fields=["role", "act", "at"], name="watching_access_by_role_act"),
            GinIndex(fields=["people", "unified"], name="watching_access_by_person"),
            models.Index(
                fields=["at"], name="watching_access_in_emergency", condition=models.Q(emergency__isnull=False)
            ),
        ]
        verbose_name = "アクセス記録"
        verbose_name_plural = "アクセス記録"

    def __str__(self) -> str:
        return str(self.entry_id)


class AccessAlert(models.Model):
    """Something about one member of staff's accesses that is to be looked into (アクセス警告); closed by another."""

    alert_id = models.UUIDField(primary_key=True)
    rule = models.TextField()
    staff = models.TextField()
    role = models.TextField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    counted = models.IntegerField()
    least = models.IntegerField()
    basis = models.TextField()
    raised_at = models.DateTimeField()
    outcome = models.TextField(null=True)
    note = models.TextField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(null=True)
    # Who opened the emergency role it is about: the third person, who reviews it, is neither.
    opened_by = models.TextField(null=True)

    class Meta:
        db_table = "watching_alert"
        constraints = [
            models.UniqueConstraint(fields=["rule", "staff", "since"], name="watching_each_alert_once"),
            models.CheckConstraint(
                condition=models.Q(outcome=None, note=None, closed_at=None, closed_by=None)
                | models.Q(outcome__isnull=False, note__isnull=False, closed_at__isnull=False, closed_by__isnull=False)
                & ~models.Q(closed_by=models.F("staff")),
                name="watching_alert_closed_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(opened_by=None)
                | models.Q(closed_by=None)
                | ~models.Q(closed_by=models.F("opened_by")),
                name="watching_alert_closed_by_a_third",
            ),
        ]
        indexes = [models.Index(fields=["-raised_at"], name="watching_alert_newest")]
        verbose_name = "アクセス警告"
        verbose_name_plural = "アクセス警告"

    def __str__(self) -> str:
        return str(self.alert_id)


class DailyAccess(models.Model):
    """How often one member of staff did something on one day (日別アクセス数), counted from the accesses."""

    pk = models.CompositePrimaryKey("day", "staff", "role", "act")
    day = models.DateField()
    staff = models.TextField()
    role = models.TextField()
    act = models.TextField()
    accesses = models.IntegerField()
    shown = models.BigIntegerField()

    class Meta:
        db_table = "watching_daily"
        verbose_name = "日別アクセス数"
        verbose_name_plural = "日別アクセス数"

    def __str__(self) -> str:
        return f"{self.day} {self.staff} {self.act}"


class Judged(models.Model):
    """Up to when accesses were judged (監視の済んだ時点); one row."""

    is_only = models.BooleanField(primary_key=True, default=True)
    until = models.DateTimeField()

    class Meta:
        db_table = "watching_judged"
        constraints = [models.CheckConstraint(condition=models.Q(is_only=True), name="watching_judged_once")]
        verbose_name = "監視の済んだ時点"
        verbose_name_plural = "監視の済んだ時点"

    def __str__(self) -> str:
        return str(self.until)


class MonthlyReview(models.Model):
    """A month of accesses that somebody has looked through (月次点検), with what they signed."""

    month = models.DateField(primary_key=True)
    accesses = models.BigIntegerField()
    alerts = models.IntegerField()
    open_alerts = models.IntegerField()
    note = models.TextField()
    signed_at = models.DateTimeField()
    signed_by = models.TextField()

    class Meta:
        db_table = "watching_review"
        constraints = [models.CheckConstraint(condition=models.Q(open_alerts=0), name="watching_review_nothing_open")]
        verbose_name = "月次点検"
        verbose_name_plural = "月次点検"

    def __str__(self) -> str:
        return str(self.month)


class RuleSetting(models.Model):
    """Numbers of a rule that the town set (監視の規則の数), since a day; only ever added."""

    kind = models.TextField()
    least = models.IntegerField()
    times = models.IntegerField()
    valid_from = models.DateField()
    reason = models.TextField()
    set_at = models.DateTimeField()
    set_by = models.TextField()

    class Meta:
        db_table = "watching_rule_setting"
        verbose_name = "監視の規則の数"
        verbose_name_plural = "監視の規則の数"

    def __str__(self) -> str:
        return f"{self.kind} {self.valid_from}"


class Declaration(models.Model):
    """Which resident a member of staff is (本人の宛名番号の申告), for the rules about relatives alone."""

    staff = models.TextField(primary_key=True)
    person = models.TextField()
    declared_at = models.DateTimeField()
    declared_by = models.TextField()

    class Meta:
        db_table = "watching_declaration"
        verbose_name = "本人の宛名番号の申告"
        verbose_name_plural = "本人の宛名番号の申告"

    def __str__(self) -> str:
        return self.staff
