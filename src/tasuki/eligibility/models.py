"""Tables of eligibility: what the town decided, whom it leaves out, and the computed list of each fiscal year.

The list is derived: it can be thrown away and computed again from residents, results, exclusions and options.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class OptionsVersion(models.Model):
    """A town's options as somebody set them (検診対象の設定), for fiscal years from one on; append-only.

    Of the versions that begin in or before a year, the one that begins last is in force, and of those the newest.
    """

    from_fiscal_year = models.SmallIntegerField()
    content = models.JSONField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    reason = models.TextField()

    class Meta:
        db_table = "eligibility_options"
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="eligibility_options_have_a_reason"),
        ]
        verbose_name = "検診対象の設定"
        verbose_name_plural = "検診対象の設定"

    def __str__(self) -> str:
        return f"{self.from_fiscal_year}"


class Exclusion(models.Model):
    """That a person is left out of a programme (対象除外) from a day until (and without) another.

    Ending keeps what was first recorded: `ended_date` stands beside `valid_to`, and the earlier one counts.
    """

    system_person_number = models.TextField()
    programme = models.TextField()
    kind = models.TextField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    note = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    ended_date = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)
    ended_reason = models.TextField(default="")

    class Meta:
        db_table = "eligibility_exclusion"
        constraints = [
            models.UniqueConstraint(
                fields=["system_person_number", "programme", "kind"],
                condition=Q(ended_at__isnull=True, valid_to__isnull=True),
                name="eligibility_exclusion_open_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["UNDER_TREATMENT", "DIAGNOSED", "OTHER"]), name="eligibility_exclusion_kind"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="eligibility_exclusion_is_a_period",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, ended_date__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False, ended_date__gte=F("valid_from")),
                name="eligibility_exclusion_end_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["system_person_number"], name="eligibility_exclusion_of")]
        verbose_name = "対象除外"
        verbose_name_plural = "対象除外"

    def __str__(self) -> str:
        return f"{self.system_person_number} {self.programme} {self.kind}"


class Run(models.Model):
    """The computation that a fiscal year's list stands on (対象者の計算)."""

    fiscal_year = models.SmallIntegerField(primary_key=True)
    computed_at = models.DateTimeField()
    computed_by = models.TextField()
    refreshed_at = models.DateTimeField()
    current_on = models.DateField()
    options_version = models.BigIntegerField()
    rules_digest = models.TextField()
    people = models.IntegerField()

    class Meta:
        db_table = "eligibility_run"
        verbose_name = "対象者の計算"
        verbose_name_plural = "対象者の計算"

    def __str__(self) -> str:
        return f"{self.fiscal_year}"


class Assessment(models.Model):
    """One resident, one programme, one fiscal year (検診対象判定): due, taken or not due, and why."""

    pk = models.CompositePrimaryKey("fiscal_year", "programme", "system_person_number")
    fiscal_year = models.SmallIntegerField()
    programme = models.TextField()
    system_person_number = models.TextField()
    status = models.TextField()
    reason = models.TextField()
    age = models.SmallIntegerField()
    last_year = models.SmallIntegerField(null=True)
    last_source = models.TextField(null=True)
    next_year = models.SmallIntegerField(null=True)
    methods = models.TextField()

    class Meta:
        db_table = "eligibility_assessment"
        verbose_name = "検診対象判定"
        verbose_name_plural = "検診対象判定"

    def __str__(self) -> str:
        return str(self.pk)


class Change(models.Model):
    """That something about some people changed since the lists were last brought up to date (反映待ち).

    Written by triggers in the transaction of the change, one for each statement, so that no list is ever out of date
    without saying so.
    """

    system_person_numbers = ArrayField(models.TextField())

    class Meta:
        db_table = "eligibility_change"
        verbose_name = "対象者一覧への反映待ち"
        verbose_name_plural = "対象者一覧への反映待ち"

    def __str__(self) -> str:
        return str(self.pk)
