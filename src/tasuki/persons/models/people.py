"""People and how systems number and describe them."""

from django.db import models
from django.db.models.functions import Coalesce


class Person(models.Model):
    """A person within one municipality (団体内統合宛名番号).

    `survivor` is set while the number is an alias: its person goes by another number since they were merged.
    `migrated_at` is set where a predecessor gave the number, which is kept and never given again.
    """

    unified_person_number = models.TextField(primary_key=True)
    numbered_at = models.DateTimeField()
    code_bound_at = models.DateTimeField(null=True)
    migrated_at = models.DateTimeField(null=True)
    survivor = models.TextField(null=True)

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
            ),
            models.Index(Coalesce("survivor", "unified_person_number"), name="persons_root_person"),
            models.Index(fields=["survivor"], name="persons_merged", condition=models.Q(survivor__isnull=False)),
        ]
        verbose_name = "団体内統合宛名"
        verbose_name_plural = "団体内統合宛名"

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
        # Not unique: a split parts what a merge brought together, and a system may have numbered a person twice.
        indexes = [models.Index(fields=["unified_person_number", "system"], name="persons_system_person_whose")]
        verbose_name = "宛名対応"
        verbose_name_plural = "宛名対応"

    def __str__(self) -> str:
        return f"{self.system} {self.system_person_number}"


class BusinessSystem(models.Model):
    """A system that registers people with the index (業務システム); one of them is the resident register."""

    system = models.TextField(primary_key=True)
    name = models.TextField()
    name_en = models.TextField()
    is_register = models.BooleanField(default=False)
    joined_at = models.DateTimeField()

    class Meta:
        db_table = "persons_business_system"
        constraints = [
            models.UniqueConstraint(
                fields=["is_register"], condition=models.Q(is_register=True), name="persons_one_register"
            )
        ]
        verbose_name = "業務システム"
        verbose_name_plural = "業務システム"

    def __str__(self) -> str:
        return self.system


class StatedColumns(models.Model):
    """What a system says of a person, now or before."""

    system = models.TextField()
    system_person_number = models.TextField()
    name = models.TextField()
    kana_name = models.TextField()
    birth_date = models.TextField()
    sex = models.TextField()
    postal_code = models.TextField()
    address = models.TextField()
    household_number = models.TextField()

    class Meta:
        abstract = True


class Statement(StatedColumns):
    """What a system states of a person (宛名基本情報): the four items, household and reading."""

    pk = models.CompositePrimaryKey("system", "system_person_number")
    stated_at = models.DateTimeField()

    class Meta:
        db_table = "persons_statement"
        indexes = [
            models.Index(fields=["birth_date"], name="persons_statement_birth"),
            models.Index(
                fields=["household_number"],
                name="persons_statement_household",
                condition=~models.Q(household_number=""),
            ),
        ]
        verbose_name = "宛名基本情報"
        verbose_name_plural = "宛名基本情報"

    def __str__(self) -> str:
        return f"{self.system} {self.system_person_number}"


class FormerStatement(StatedColumns):
    """What a system stated of a person before (宛名基本情報履歴); append-only."""

    stated_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    ended_by = models.TextField()

    class Meta:
        db_table = "persons_former_statement"
        indexes = [models.Index(fields=["system", "system_person_number"], name="persons_former_whose")]
        verbose_name = "宛名基本情報履歴"
        verbose_name_plural = "宛名基本情報履歴"

    def __str__(self) -> str:
        return f"{self.system} {self.system_person_number}"
