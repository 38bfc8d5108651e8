"""Individual numbers in custody, their keys, and the codes asked for with them."""

from django.db import models

from tasuki.persons.types import CustodyAct


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


class CustodyChange(models.Model):
    """That a person's individual number was changed or deleted (個人番号の異動), never what it was; append-only."""

    unified_person_number = models.TextField()
    act = models.TextField()
    reason = models.TextField()
    changed_at = models.DateTimeField()
    changed_by = models.TextField()

    class Meta:
        db_table = "persons_custody_change"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(act__in=[one.value for one in CustodyAct]),
                name="persons_custody_change_act_is_known",
            )
        ]
        indexes = [models.Index(fields=["unified_person_number"], name="persons_custody_change_of")]
        verbose_name = "個人番号の異動"
        verbose_name_plural = "個人番号の異動"

    def __str__(self) -> str:
        return f"{self.unified_person_number} {self.act}"


class NumberKey(models.Model):
    """A key under which individual numbers are or were sealed (個人番号の鍵): its life, never the key itself.

    One is sealed under (`replaced_at` is NULL). A replaced key is alive until no row stands under it, then retired.
    """

    key_id = models.TextField(primary_key=True)
    made_at = models.DateTimeField()
    made_by = models.TextField()
    replaced_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "persons_number_key"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(key_id__regex="^[1-9][0-9]*$"), name="persons_number_key_has_a_number"
            ),
            models.CheckConstraint(
                condition=models.Q(retired_at__isnull=True) | models.Q(replaced_at__isnull=False),
                name="persons_number_key_is_replaced_first",
            ),
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(replaced_at__isnull=True), name="persons_number_key_seals_alone"
            ),
        ]
        verbose_name = "個人番号の鍵"
        verbose_name_plural = "個人番号の鍵"

    def __str__(self) -> str:
        return self.key_id


class Acquisition(models.Model):
    """An acquisition of a linkage code under way (取得番号); deleted once it is bound (番号法21条の2第3項)."""

    acquisition_number = models.TextField(primary_key=True)
    unified_person_number = models.TextField(unique=True)
    requested_at = models.DateTimeField()
    # When the gateway had heard of it; before that, whatever code it has is a former one.
    told_at = models.DateTimeField(null=True)

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


class CodeAttempt(models.Model):
    """What came of asking for a person's linkage code (符号取得の結果): how it ended, when it is tried again."""

    unified_person_number = models.TextField(primary_key=True)
    outcome = models.TextField()
    attempts = models.IntegerField()
    last_at = models.DateTimeField()
    next_at = models.DateTimeField()

    class Meta:
        db_table = "persons_code_attempt"
        verbose_name = "符号取得の結果"
        verbose_name_plural = "符号取得の結果"

    def __str__(self) -> str:
        return f"{self.unified_person_number} {self.outcome}"
