"""Tables of exports."""

from django.db import models
from django.db.models import F, Q


class Export(models.Model):
    """A file that leaves the town, from the request until its copies are gone (持出し)."""

    export_id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    call = models.TextField()
    about = models.TextField()
    purpose = models.TextField()
    recipient = models.TextField()
    medium = models.TextField()
    serial = models.TextField(default="")
    expires_at = models.DateTimeField()
    return_by = models.DateField()
    requested_at = models.DateTimeField()
    requested_by = models.TextField()
    withdrawn_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(null=True)
    is_approved = models.BooleanField(null=True)
    decision_reason = models.TextField(default="")
    made_at = models.DateTimeField(null=True)
    file_name = models.TextField(default="")
    content = models.BinaryField(null=True)
    size = models.IntegerField(default=0)
    sha256 = models.TextField(default="")
    taken = models.SmallIntegerField(default=0)
    taken_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(null=True)
    settlement = models.TextField(null=True)
    settlement_note = models.TextField(default="")

    class Meta:
        db_table = "media_export"
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, is_approved__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False, is_approved__isnull=False),
                name="media_export_decided_by_somebody",
            ),
            # Two people, whatever the code above does.
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")),
                name="media_export_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(made_at__isnull=True) | Q(is_approved=True), name="media_export_made_once_approved"
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by__isnull=True, settlement__isnull=True)
                | Q(settled_at__isnull=False, settled_by__isnull=False, settlement__isnull=False),
                name="media_export_settled_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(settled_by__isnull=True) | ~Q(settled_by=F("requested_by")),
                name="media_export_settled_by_another",
            ),
            models.CheckConstraint(
                condition=Q(content__isnull=True) | Q(made_at__isnull=False, erased_at__isnull=True),
                name="media_export_erased_is_gone",
            ),
        ]
        indexes = [models.Index(fields=["requested_at"], name="media_export_by_time")]
        verbose_name = "持出し"
        verbose_name_plural = "持出し"

    def __str__(self) -> str:
        return str(self.export_id)
