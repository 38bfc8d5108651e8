"""What matching compares and found."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class MatchRecord(models.Model):
    """What matching compares of one record (照合用の記録), and the cluster it is in; see `tasuki.matching`."""

    record = models.TextField(primary_key=True)
    values = ArrayField(models.TextField(null=True))
    label = models.TextField()
    is_disputed = models.BooleanField()

    class Meta:
        db_table = "persons_match_record"
        indexes = [models.Index(fields=["label"], name="persons_match_record_label")]
        verbose_name = "照合用の記録"
        verbose_name_plural = "照合用の記録"

    def __str__(self) -> str:
        return self.record


class MatchKey(models.Model):
    """A blocking key of a record (照合の鍵): records that share one are candidates for each other."""

    pk = models.CompositePrimaryKey("key", "record")
    key = models.BinaryField()
    record = models.TextField()

    class Meta:
        db_table = "persons_match_key"
        verbose_name = "照合の鍵"
        verbose_name_plural = "照合の鍵"

    def __str__(self) -> str:
        return self.record


class MatchLink(models.Model):
    """Two records that are not simply two people (照合の結び付き), by the levels on which they agree."""

    pk = models.CompositePrimaryKey("first", "second")
    first = models.TextField()
    second = models.TextField()
    levels = ArrayField(models.SmallIntegerField())

    class Meta:
        db_table = "persons_match_link"
        constraints = [
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="persons_match_link_ordered")
        ]
        indexes = [models.Index(fields=["second"], name="persons_match_link_second")]
        verbose_name = "照合の結び付き"
        verbose_name_plural = "照合の結び付き"

    def __str__(self) -> str:
        return f"{self.first} {self.second}"
