"""Tables of the report: snapshots that never change."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Snapshot(models.Model):
    """A fiscal year as it was counted on a day (報告の凍結)."""

    snapshot_id = models.UUIDField(primary_key=True)
    fiscal_year = models.SmallIntegerField()
    lines = models.IntegerField()
    digest = models.TextField()
    note = models.TextField()
    is_population_known = models.BooleanField()
    taken_at = models.DateTimeField()
    taken_by = models.TextField()

    class Meta:
        db_table = "reporting_snapshot"
        indexes = [models.Index(fields=["fiscal_year", "-taken_at"], name="reporting_snapshot_newest")]
        verbose_name = "報告の凍結"
        verbose_name_plural = "報告の凍結"

    def __str__(self) -> str:
        return str(self.snapshot_id)


class Line(models.Model):
    """One screening of a snapshot, with everything by which it is counted (報告の明細)."""

    pk = models.CompositePrimaryKey("snapshot_id", "result_id")
    snapshot_id = models.UUIDField()
    result_id = models.UUIDField()
    system_person_number = models.TextField()
    programme = models.TextField()
    method = models.TextField()
    encounter = models.TextField()
    sex = models.TextField()
    age = models.SmallIntegerField()
    is_first = models.BooleanField()
    is_second_year = models.BooleanField()
    needs_detail = models.BooleanField()
    followup = models.TextField()
    findings = ArrayField(models.TextField())
    is_incident = models.BooleanField()
    is_death = models.BooleanField()
    is_detail_incident = models.BooleanField()
    is_detail_death = models.BooleanField()
    facility_number = models.TextField()
    facility_name = models.TextField()

    class Meta:
        db_table = "reporting_line"
        verbose_name = "報告の明細"
        verbose_name_plural = "報告の明細"

    def __str__(self) -> str:
        return str(self.pk)


class Population(models.Model):
    """How many people a programme is for and how many came the year before, by sex and age (対象者数)."""

    pk = models.CompositePrimaryKey("snapshot_id", "programme", "sex", "age")
    snapshot_id = models.UUIDField()
    programme = models.TextField()
    sex = models.TextField()
    age = models.SmallIntegerField()
    people = models.IntegerField()
    examined_last_year = models.IntegerField()

    class Meta:
        db_table = "reporting_population"
        verbose_name = "対象者数"
        verbose_name_plural = "対象者数"

    def __str__(self) -> str:
        return str(self.pk)
