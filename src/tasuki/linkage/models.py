"""What a town keeps of its exchanges with others."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Provider(models.Model):
    """An institution this town may ask (照会先), by the municipality code the register uses."""

    municipality_code = models.TextField(primary_key=True)
    institution = models.TextField(unique=True)
    name = models.TextField()
    name_en = models.TextField()

    class Meta:
        db_table = "linkage_provider"
        verbose_name = "照会先"
        verbose_name_plural = "照会先"

    def __str__(self) -> str:
        return self.name


class TownInquiry(models.Model):
    """An inquiry this town made (情報照会), its answer, and what became of it here.

    The person is the business system's own number; the unified number stays in the index (共通機能標準仕様書 2.4).
    """

    transaction_number = models.UUIDField(primary_key=True)
    system_person_number = models.TextField()
    provider = models.TextField()
    data_sets = ArrayField(models.TextField())
    procedure = models.TextField()
    department = models.TextField()
    non_disclosure = models.BooleanField(default=False)
    valid_for_seconds = models.IntegerField(null=True)
    requested_at = models.DateTimeField()
    requested_by = models.TextField()
    state = models.TextField()
    state_at = models.DateTimeField()
    permitted_at = models.DateTimeField(null=True)
    provided_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    basis = models.TextField(default="")
    reason = models.TextField(default="")
    answers = models.JSONField(default=list)
    acknowledged_at = models.DateTimeField(null=True)
    adopted_at = models.DateTimeField(null=True)
    adopted_by = models.TextField(default="")
    adopted_count = models.IntegerField(default=0)

    class Meta:
        db_table = "linkage_inquiry"
        indexes = [
            models.Index(fields=["system_person_number", "requested_at"], name="linkage_inquiry_person"),
            models.Index(
                fields=["state_at"],
                name="linkage_inquiry_open",
                condition=models.Q(state__in=["created", "sent", "permitted", "held"]),
            ),
        ]
        verbose_name = "情報照会"
        verbose_name_plural = "情報照会"

    def __str__(self) -> str:
        return str(self.transaction_number)
