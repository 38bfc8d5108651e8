"""Tables of invitations. What was once written stays: a coupon is voided, a target removed, a refusal ended, once."""

from django.db import models
from django.db.models import F, Q

from tasuki.invitations.types import LeftOut, RefusalReason, RunKind
from tasuki.layouts.types import Programme

_PROGRAMMES = [one.value for one in Programme]


class Run(models.Model):
    """What was done for a whole year's list at once (勧奨の実行); its number is that of the work which did it."""

    run_id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    fiscal_year = models.SmallIntegerField()
    programmes = models.TextField()
    as_of_date = models.DateField()
    outcome = models.JSONField()
    done_at = models.DateTimeField()
    done_by = models.TextField()

    class Meta:
        db_table = "invitations_run"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[one.value for one in RunKind]), name="invitations_run_is_of_a_kind"
            ),
        ]
        indexes = [models.Index(fields=["fiscal_year", "-done_at"], name="invitations_run_of_year")]
        verbose_name = "勧奨の実行"
        verbose_name_plural = "勧奨の実行"

    def __str__(self) -> str:
        return f"{self.fiscal_year} {self.kind}"


class Target(models.Model):
    """One person invited to one programme of a year (勧奨対象者), frozen from eligibility or added by hand."""

    target_id = models.BigAutoField(primary_key=True)
    fiscal_year = models.SmallIntegerField()
    programme = models.TextField()
    system_person_number = models.TextField()
    run_id = models.UUIDField(null=True)
    reason = models.TextField()
    age = models.SmallIntegerField(null=True)
    note = models.TextField()
    added_at = models.DateTimeField()
    added_by = models.TextField()
    removed_at = models.DateTimeField(null=True)
    removed_by = models.TextField(null=True)
    removed_reason = models.TextField(default="", db_default="")

    class Meta:
        db_table = "invitations_target"
        constraints = [
            models.UniqueConstraint(
                fields=["fiscal_year", "programme", "system_person_number"],
                condition=Q(removed_at__isnull=True),
                name="invitations_target_stands_once",
            ),
            models.CheckConstraint(condition=Q(programme__in=_PROGRAMMES), name="invitations_target_programme"),
            models.CheckConstraint(
                condition=Q(run_id__isnull=False) | ~Q(note=""), name="invitations_target_by_hand_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True, removed_reason="")
                | (Q(removed_at__isnull=False, removed_by__isnull=False) & ~Q(removed_reason="")),
                name="invitations_target_removal_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["system_person_number", "fiscal_year"], name="invitations_target_of")]
        verbose_name = "勧奨対象者"
        verbose_name_plural = "勧奨対象者"

    def __str__(self) -> str:
        return f"{self.fiscal_year} {self.programme} {self.system_person_number}"


class Coupon(models.Model):
    """A person's coupon of a year (受診券): for which programmes and until when. Its number is never given again."""

    number = models.TextField(primary_key=True)
    fiscal_year = models.SmallIntegerField()
    system_person_number = models.TextField()
    programmes = models.TextField()
    valid_until = models.DateField()
    run_id = models.UUIDField(null=True)
    issued_at = models.DateTimeField()
    issued_by = models.TextField()
    voided_at = models.DateTimeField(null=True)
    voided_by = models.TextField(null=True)
    void_reason = models.TextField(default="", db_default="")

    class Meta:
        db_table = "invitations_coupon"
        constraints = [
            models.UniqueConstraint(
                fields=["fiscal_year", "system_person_number"],
                condition=Q(voided_at__isnull=True),
                name="invitations_coupon_valid_once",
            ),
            models.CheckConstraint(
                condition=Q(number__regex="^[0-9]{12}$"), name="invitations_coupon_number_is_digits"
            ),
            models.CheckConstraint(condition=~Q(programmes=""), name="invitations_coupon_is_for_something"),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True, voided_by__isnull=True, void_reason="")
                | (Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason="")),
                name="invitations_coupon_void_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["system_person_number"], name="invitations_coupon_of")]
        verbose_name = "受診券"
        verbose_name_plural = "受診券"

    def __str__(self) -> str:
        return self.number


class Reminder(models.Model):
    """A letter that reminded a person (受診勧奨の記録): of what, and the how-manieth of the year."""

    fiscal_year = models.SmallIntegerField()
    system_person_number = models.TextField()
    place = models.SmallIntegerField()
    programmes = models.TextField()
    reminded_date = models.DateField()
    run_id = models.UUIDField(null=True)
    letter_number = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        db_table = "invitations_reminder"
        constraints = [
            models.UniqueConstraint(
                fields=["fiscal_year", "system_person_number", "place"], name="invitations_reminder_counts"
            ),
            models.UniqueConstraint(fields=["run_id", "system_person_number"], name="invitations_reminder_once_a_run"),
            models.CheckConstraint(condition=Q(place__gte=1), name="invitations_reminder_place"),
        ]
        indexes = [models.Index(fields=["system_person_number"], name="invitations_reminder_of")]
        verbose_name = "受診勧奨の記録"
        verbose_name_plural = "受診勧奨の記録"

    def __str__(self) -> str:
        return f"{self.fiscal_year} {self.system_person_number} {self.place}"


class LeftOutPerson(models.Model):
    """Somebody whom a run left to be handled by hand, and why (個別対応の人)."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT)
    system_person_number = models.TextField()
    reason = models.TextField()

    class Meta:
        db_table = "invitations_left_out"
        constraints = [
            models.UniqueConstraint(fields=["run", "system_person_number"], name="invitations_left_out_once_a_run"),
            models.CheckConstraint(
                condition=Q(reason__in=[one.value for one in LeftOut]), name="invitations_left_out_reason"
            ),
        ]
        verbose_name = "個別対応の人"
        verbose_name_plural = "個別対応の人"

    def __str__(self) -> str:
        return f"{self.run_id} {self.system_person_number}"


class Refusal(models.Model):
    """That a person does not want to be invited (勧奨拒否); no programme means all of them.

    Taking it back keeps what was first recorded: `ended_date` stands beside `valid_to`, and the earlier one counts.
    """

    system_person_number = models.TextField()
    programme = models.TextField()
    reason = models.TextField()
    note = models.TextField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    ended_date = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)
    ended_reason = models.TextField(default="", db_default="")

    class Meta:
        db_table = "invitations_refusal"
        constraints = [
            models.UniqueConstraint(
                fields=["system_person_number", "programme"],
                condition=Q(ended_at__isnull=True, valid_to__isnull=True),
                name="invitations_refusal_open_once",
            ),
            models.CheckConstraint(
                condition=Q(programme__in=["", *_PROGRAMMES]) & Q(reason__in=[one.value for one in RefusalReason]),
                name="invitations_refusal_is_of_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="invitations_refusal_is_a_period",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, ended_date__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False, ended_date__gte=F("valid_from")),
                name="invitations_refusal_end_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["system_person_number"], name="invitations_refusal_of")]
        verbose_name = "勧奨拒否"
        verbose_name_plural = "勧奨拒否"

    def __str__(self) -> str:
        return f"{self.system_person_number} {self.programme}"
