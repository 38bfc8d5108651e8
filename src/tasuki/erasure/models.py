"""Tables of erasures."""

from django.db import models
from django.db.models import F, Q


class Erasure(models.Model):
    """An erasure from its request to its proof (消去): a request, two approvals, each step, and what was found."""

    erasure_id = models.UUIDField(primary_key=True)
    subject = models.TextField()
    rule = models.TextField()
    reason = models.TextField()
    people = models.IntegerField()
    list_digest = models.TextField()
    requested_at = models.DateTimeField()
    requested_by = models.TextField()
    withdrawn_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    refused_by = models.TextField(null=True)
    refusal = models.TextField(default="")
    first_at = models.DateTimeField(null=True)
    first_by = models.TextField(null=True)
    second_at = models.DateTimeField(null=True)
    second_by = models.TextField(null=True)
    stopped_by = models.TextField(default="")
    told_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField(null=True)
    indexed_at = models.DateTimeField(null=True)
    proven_at = models.DateTimeField(null=True)
    digest = models.TextField(default="")
    backups_until = models.DateField(null=True)
    proof = models.JSONField(null=True)

    class Meta:
        db_table = "erasure_request"
        constraints = [
            # Three people, whatever the code above does.
            models.CheckConstraint(
                condition=(Q(first_by__isnull=True) | ~Q(first_by=F("requested_by")))
                & (Q(second_by__isnull=True) | (~Q(second_by=F("requested_by")) & ~Q(second_by=F("first_by")))),
                name="erasure_request_three_people",
            ),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True) | Q(first_by__isnull=False, second_at__isnull=False),
                name="erasure_request_first_then_second",
            ),
            models.CheckConstraint(
                condition=Q(told_at__isnull=True)
                | Q(second_by__isnull=False, withdrawn_at__isnull=True, refused_at__isnull=True),
                name="erasure_request_begun_once_approved",
            ),
            models.CheckConstraint(
                condition=Q(proven_at__isnull=True)
                | Q(deleted_at__isnull=False, indexed_at__isnull=False, proof__isnull=False),
                name="erasure_request_proven_once_gone",
            ),
        ]
        indexes = [models.Index(fields=["requested_at"], name="erasure_request_by_time")]
        verbose_name = "消去"
        verbose_name_plural = "消去"

    def __str__(self) -> str:
        return str(self.erasure_id)


class ErasureItem(models.Model):
    """One key on the list of an erasure (消去の対象); the list goes once the erasure is proven."""

    pk = models.CompositePrimaryKey("erasure_id", "kind", "key")
    erasure_id = models.UUIDField()
    kind = models.TextField()
    key = models.TextField()

    class Meta:
        db_table = "erasure_item"
        indexes = [models.Index(fields=["kind", "key"], name="erasure_item_whose")]
        verbose_name = "消去の対象"
        verbose_name_plural = "消去の対象"

    def __str__(self) -> str:
        return str(self.erasure_id)


class ErasedKey(models.Model):
    """A keyed hash of what was erased (消去済みの鍵): whoever has the number can ask whether it went, nobody else."""

    pk = models.CompositePrimaryKey("erasure_id", "keyed")
    erasure_id = models.UUIDField()
    keyed = models.BinaryField()

    class Meta:
        db_table = "erasure_erased_key"
        indexes = [models.Index(fields=["keyed"], name="erasure_erased_key_whose")]
        verbose_name = "消去済みの鍵"
        verbose_name_plural = "消去済みの鍵"

    def __str__(self) -> str:
        return str(self.erasure_id)
