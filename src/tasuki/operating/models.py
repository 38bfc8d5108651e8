"""Tables of how a node is operated."""

from django.db import models


class Maintenance(models.Model):
    """A time in which the node answers nothing (保守時間); at most one is not over."""

    begun_at = models.DateTimeField()
    begun_by = models.TextField()
    until = models.DateTimeField()
    reason = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "operating_maintenance"
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(ended_at__isnull=True), name="operating_one_maintenance_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, ended_by__isnull=True)
                | models.Q(ended_at__isnull=False, ended_by__isnull=False),
                name="operating_maintenance_ended_by_somebody",
            ),
        ]
        verbose_name = "保守時間"
        verbose_name_plural = "保守時間"

    def __str__(self) -> str:
        return f"{self.begun_at}"


class EnvironmentMark(models.Model):
    """Whether this database holds real people or fictitious ones (環境の区分): one row, written when it is made."""

    is_only = models.BooleanField(primary_key=True, default=True)
    environment = models.TextField()
    marked_at = models.DateTimeField()

    class Meta:
        db_table = "operating_environment"
        constraints = [
            models.CheckConstraint(condition=models.Q(is_only=True), name="operating_one_environment"),
            models.CheckConstraint(
                condition=models.Q(environment__in=["real", "dummy"]), name="operating_environment_is_known"
            ),
        ]
        verbose_name = "環境の区分"
        verbose_name_plural = "環境の区分"

    def __str__(self) -> str:
        return self.environment


class PeerKey(models.Model):
    """A key of a peer's messages that was told after its file was written, or the file's own that ends (相手方の鍵)."""

    pk = models.CompositePrimaryKey("peer", "public_key")
    peer = models.TextField()
    public_key = models.TextField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        db_table = "operating_peer_key"
        verbose_name = "相手方の鍵"
        verbose_name_plural = "相手方の鍵"

    def __str__(self) -> str:
        return f"{self.peer} {self.public_key}"
