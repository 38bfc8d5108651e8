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
            GinIndex(fields=["people", "unified"], name="watching_access_by_person"),
        ]
        verbose_name = "アクセス記録"
        verbose_name_plural = "アクセス記録"

    def __str__(self) -> str:
        return str(self.entry_id)
