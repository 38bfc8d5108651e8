"""Tables of long work."""

from django.db import models
from django.db.models import F, Q


class Work(models.Model):
    """Something a member of staff asked for that takes longer than a page may (時間のかかる処理).

    The table is the queue: the town's worker takes the oldest that waits, and whoever finds one running at its own
    start knows that it was interrupted.
    """

    work_id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    parameters = models.JSONField()
    state = models.TextField(default="WAITING")
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    attempts = models.SmallIntegerField(default=0)
    outcome = models.JSONField(default=dict)
    failure = models.TextField(default="")
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)
    cancel_asked_by = models.TextField(null=True)

    class Meta:
        db_table = "work_work"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["WAITING", "RUNNING"], ended_at__isnull=True)
                | Q(state__in=["DONE", "CANCELLED", "FAILED"], ended_at__isnull=False),
                name="work_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(cancel_asked_at__isnull=True, cancel_asked_by__isnull=True)
                | Q(cancel_asked_at__isnull=False, cancel_asked_by__isnull=False),
                name="work_cancel_is_paired",
            ),
            models.CheckConstraint(
                condition=Q(done__gte=0, total__gte=0) & (Q(total=0) | Q(done__lte=F("total"))),
                name="work_progress_is_possible",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], name="work_waiting", condition=Q(state__in=["WAITING", "RUNNING"])),
            models.Index(fields=["asked_by", "-asked_at"], name="work_of_asker"),
        ]
        verbose_name = "時間のかかる処理"
        verbose_name_plural = "時間のかかる処理"

    def __str__(self) -> str:
        return f"{self.kind} {self.work_id}"


class WorkOutput(models.Model):
    """A file that long work made (処理の出力), kept until it is no longer needed; its content is personal."""

    output_id = models.UUIDField(primary_key=True)
    work = models.ForeignKey(Work, on_delete=models.CASCADE)
    file_name = models.TextField()
    media_type = models.TextField()
    content = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "work_output"
        verbose_name = "処理の出力"
        verbose_name_plural = "処理の出力"

    def __str__(self) -> str:
        return str(self.output_id)
