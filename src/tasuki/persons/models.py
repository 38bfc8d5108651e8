"""Tables of the person index, in a schema and under a role of their own.

The individual number stands in one table only, encrypted and found by a keyed hash. Nothing here says what a person's
results are. Names, birth dates and addresses stand only in the comparison keys of `MatchRecord`, folded for matching.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Person(models.Model):
    """A person within one municipality (団体内統合宛名番号)."""

    unified_person_number = models.TextField(primary_key=True)
    numbered_at = models.DateTimeField()
    code_bound_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "persons_person"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(unified_person_number__regex="^[0-9]+$"), name="persons_unified_is_digits"
            )
        ]
        indexes = [
            models.Index(
                fields=["unified_person_number"],
                name="persons_without_code",
                condition=models.Q(code_bound_at__isnull=True),
            )
        ]
        verbose_name = "団体内統合宛名"
        verbose_name_plural = "団体内統合宛名"

    def __str__(self) -> str:
        return self.unified_person_number


class NumberCustody(models.Model):
    """A person's individual number (個人番号) in custody: sealed, bound to the person, and found by a keyed hash."""

    unified_person_number = models.TextField(primary_key=True)
    number_hash = models.BinaryField(unique=True)
    sealed_number = models.BinaryField()
    key_id = models.TextField()

    class Meta:
        db_table = "persons_number_custody"
        verbose_name = "個人番号管理"
        verbose_name_plural = "個人番号管理"

    def __str__(self) -> str:
        return self.unified_person_number


class SystemPerson(models.Model):
    """How one business system numbers a person (宛名番号と団体内統合宛名番号の対応)."""

    pk = models.CompositePrimaryKey("system", "system_person_number")
    system = models.TextField()
    system_person_number = models.TextField()
    unified_person_number = models.TextField()
    numbered_at = models.DateTimeField()

    class Meta:
        db_table = "persons_system_person"
        constraints = [
            models.UniqueConstraint(fields=["system", "unified_person_number"], name="persons_one_number_a_system")
        ]
        verbose_name = "宛名対応"
        verbose_name_plural = "宛名対応"

    def __str__(self) -> str:
        return f"{self.system} {self.system_person_number}"


class Acquisition(models.Model):
    """An acquisition of a linkage code under way (取得番号); deleted once it is bound (番号法21条の2第3項)."""

    acquisition_number = models.TextField(primary_key=True)
    unified_person_number = models.TextField(unique=True)
    requested_at = models.DateTimeField()

    class Meta:
        db_table = "persons_acquisition"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(acquisition_number__regex="^[0-9a-f]{32}$"), name="persons_acquisition_is_hex"
            )
        ]
        verbose_name = "符号取得"
        verbose_name_plural = "符号取得"

    def __str__(self) -> str:
        return self.acquisition_number


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
