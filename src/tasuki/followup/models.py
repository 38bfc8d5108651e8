"""Tables of the follow-up. Cases have none: they are read from the results, so that nobody can be missing from them."""

from django.db import models
from django.db.models import Q

from tasuki.followup.types import ActKind


class Act(models.Model):
    """Something done or learnt about a case (精検追跡の記録); append-only, a mistake is revoked by another row."""

    act_id = models.UUIDField(primary_key=True)
    place = models.BigIntegerField(unique=True)
    result_id = models.UUIDField()
    system_person_number = models.TextField()
    kind = models.TextField()
    acted_date = models.DateField()
    answer = models.JSONField()
    letter_number = models.TextField(default="")
    revokes = models.UUIDField(null=True, unique=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        db_table = "followup_act"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[one.value for one in ActKind]), name="followup_act_is_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind=ActKind.REVOKED.value, revokes__isnull=False)
                | (~Q(kind=ActKind.REVOKED.value) & Q(revokes__isnull=True)),
                name="followup_act_revokes_something",
            ),
        ]
        indexes = [models.Index(fields=["result_id", "place"], name="followup_act_of_case")]
        verbose_name = "精検追跡の記録"
        verbose_name_plural = "精検追跡の記録"

    def __str__(self) -> str:
        return f"{self.kind} {self.act_id}"


class Closing(models.Model):
    """A fiscal year whose follow-up was closed (精検追跡の締め)."""

    fiscal_year = models.SmallIntegerField(primary_key=True)
    closed_at = models.DateTimeField()
    closed_by = models.TextField()

    class Meta:
        db_table = "followup_closing"
        verbose_name = "精検追跡の締め"
        verbose_name_plural = "精検追跡の締め"

    def __str__(self) -> str:
        return str(self.fiscal_year)
