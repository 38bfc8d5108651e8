"""What business systems are told of the register, and how far it was carried to them."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tasuki.persons.types.changes import ChangeKind


class RegisterChange(models.Model):
    """A change that a business system is told of (住民異動の通知), by the system's own number; never altered.

    `ordinal` counts on by one for each system. Who writes the next must have seen the one before it committed, so that
    no change can appear behind a reader.
    """

    pk = models.CompositePrimaryKey("system", "ordinal")
    system = models.TextField()
    ordinal = models.BigIntegerField()
    change_id = models.UUIDField(unique=True, default=uuid.uuid4)
    system_person_number = models.TextField()
    same_person = ArrayField(models.TextField())
    kind = models.TextField()
    event_date = models.DateField(null=True)
    changed_at = models.DateTimeField()
    told_at = models.DateTimeField()

    class Meta:
        db_table = "persons_register_change"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=[one.value for one in ChangeKind]),
                name="persons_register_change_kind_is_known",
            )
        ]
        verbose_name = "住民異動の通知"
        verbose_name_plural = "住民異動の通知"

    def __str__(self) -> str:
        return f"{self.system} {self.ordinal}"


class ToldProtection(models.Model):
    """That a business system was told of somebody's protection (支援措置の通知) and not yet of its end."""

    pk = models.CompositePrimaryKey("system", "system_person_number")
    system = models.TextField()
    system_person_number = models.TextField()

    class Meta:
        db_table = "persons_told_protection"
        verbose_name = "支援措置の通知"
        verbose_name_plural = "支援措置の通知"

    def __str__(self) -> str:
        return self.system


class RegisterCarried(models.Model):
    """How far the register's changes were carried to business systems (住民異動の通知済み位置): one row."""

    carried_id = models.IntegerField(primary_key=True)
    upto = models.BigIntegerField()
    carried_at = models.DateTimeField()

    class Meta:
        db_table = "persons_register_carried"
        constraints = [
            models.CheckConstraint(condition=models.Q(carried_id=1), name="persons_register_carried_is_one_row")
        ]
        verbose_name = "住民異動の通知済み位置"
        verbose_name_plural = "住民異動の通知済み位置"

    def __str__(self) -> str:
        return str(self.upto)
