"""What people decide about who is who, and what the gateway is told of it."""

import uuid

from django.db import models

from tasuki.persons.types.cases import INSPECTED_KINDS

_IS_OPEN = models.Q(state__in=["OPEN", "PROPOSED"]) & ~models.Q(system="")
_IS_INSPECTED = models.Q(kind__in=[kind.value for kind in INSPECTED_KINDS])


class Case(models.Model):
    """Something the index does not decide by itself (宛名の要確認): who looked, what they proposed, who approved."""

    case_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.TextField()
    state = models.TextField()
    system = models.TextField()
    system_person_number = models.TextField()
    person = models.TextField(null=True)
    other = models.TextField(null=True)
    levels = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    opened_by = models.TextField()
    act = models.TextField(null=True)
    subject = models.JSONField(null=True)
    proposed_at = models.DateTimeField(null=True)
    proposed_by = models.TextField(default="")
    reason = models.TextField(default="")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="")
    decision_reason = models.TextField(default="")

    class Meta:
        db_table = "persons_case"
        constraints = [
            models.UniqueConstraint(
                fields=["system", "system_person_number"],
                condition=_IS_OPEN & ~_IS_INSPECTED,
                name="persons_one_open_case",
            ),
            models.UniqueConstraint(
                fields=["system", "system_person_number"],
                condition=_IS_OPEN & _IS_INSPECTED,
                name="persons_one_open_inspected",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_at__isnull=True, decided_by="")
                | (models.Q(decided_at__isnull=False) & ~models.Q(decided_by="")),
                name="persons_case_decision_is_paired",
            ),
        ]
        indexes = [
            models.Index(
                fields=["kind", "opened_at"],
                name="persons_case_open",
                condition=models.Q(state__in=["OPEN", "PROPOSED"]),
            ),
            models.Index(fields=["person"], name="persons_case_person"),
            models.Index(fields=["system", "system_person_number"], name="persons_case_registration"),
        ]
        verbose_name = "宛名の要確認"
        verbose_name_plural = "宛名の要確認"

    def __str__(self) -> str:
        return str(self.case_id)


class CaseEvent(models.Model):
    """One act on a case (宛名の要確認の経過): opened, proposed, approved, returned; append-only."""

    case_id = models.UUIDField()
    happened_at = models.DateTimeField()
    happened_by = models.TextField()
    state = models.TextField()
    act = models.TextField(null=True)
    reason = models.TextField()

    class Meta:
        db_table = "persons_case_event"
        indexes = [models.Index(fields=["case_id", "happened_at"], name="persons_case_event_whose")]
        verbose_name = "宛名の要確認の経過"
        verbose_name_plural = "宛名の要確認の経過"

    def __str__(self) -> str:
        return f"{self.case_id} {self.state}"


class PendingNumber(models.Model):
    """An individual number that waits for a decision (確認待ちの個人番号): sealed with its case, deleted with it."""

    case_id = models.UUIDField(primary_key=True)
    number_hash = models.BinaryField()
    sealed_number = models.BinaryField()
    key_id = models.TextField()

    class Meta:
        db_table = "persons_pending_number"
        verbose_name = "確認待ちの個人番号"
        verbose_name_plural = "確認待ちの個人番号"

    def __str__(self) -> str:
        return str(self.case_id)


class Merge(models.Model):
    """Two numbers found to be of one person (統合): `loser` is an alias of `survivor` while it is not undone."""

    merge_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    survivor = models.TextField()
    loser = models.TextField()
    reason = models.TextField()
    proposed_by = models.TextField()
    merged_at = models.DateTimeField()
    merged_by = models.TextField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.TextField(default="")
    undo_reason = models.TextField(default="")

    class Meta:
        db_table = "persons_merge"
        constraints = [
            models.UniqueConstraint(
                fields=["loser"], condition=models.Q(undone_at__isnull=True), name="persons_one_survivor"
            ),
            models.CheckConstraint(condition=~models.Q(loser=models.F("survivor")), name="persons_merge_of_two"),
        ]
        indexes = [models.Index(fields=["survivor"], name="persons_merge_survivor")]
        verbose_name = "統合"
        verbose_name_plural = "統合"

    def __str__(self) -> str:
        return str(self.merge_id)


class Split(models.Model):
    """One number found to be of two people (分割): the links of `moved` went from `origin` to `parted`.

    `parted` is a new number, or, where `to_known`, that of somebody whose the links are.
    """

    split_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    origin = models.TextField()
    parted = models.TextField()
    moved = models.JSONField()
    takes_number = models.BooleanField()
    to_known = models.BooleanField(db_default=False)
    reason = models.TextField()
    proposed_by = models.TextField()
    split_at = models.DateTimeField()
    split_by = models.TextField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.TextField(default="")
    undo_reason = models.TextField(default="")

    class Meta:
        db_table = "persons_split"
        indexes = [
            models.Index(fields=["origin"], name="persons_split_origin"),
            models.Index(fields=["parted"], name="persons_split_parted"),
        ]
        verbose_name = "分割"
        verbose_name_plural = "分割"

    def __str__(self) -> str:
        return str(self.split_id)


class Quarantine(models.Model):
    """A stop of provision while it is doubted whose records these are (提供の緊急停止); a case brings one by itself."""

    quarantine_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    person = models.TextField()
    case_id = models.UUIDField(null=True)
    cause = models.TextField()
    reason = models.TextField()
    began_at = models.DateTimeField()
    began_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(default="")
    end_reason = models.TextField(default="")

    class Meta:
        db_table = "persons_quarantine"
        indexes = [
            models.Index(fields=["person"], name="persons_quarantined", condition=models.Q(ended_at__isnull=True)),
            models.Index(fields=["case_id"], name="persons_quarantine_case"),
        ]
        verbose_name = "提供の緊急停止"
        verbose_name_plural = "提供の緊急停止"

    def __str__(self) -> str:
        return str(self.quarantine_id)


class Inspection(models.Model):
    """One inspection of every link (総点検): what was looked at and what was found, in numbers; append-only."""

    inspection_id = models.UUIDField(primary_key=True)
    began_at = models.DateTimeField()
    began_by = models.TextField()
    ended_at = models.DateTimeField()
    statements = models.JSONField()
    counts = models.JSONField()
    opened = models.IntegerField()
    standing = models.IntegerField()
    superseded = models.IntegerField()
    stopped = models.IntegerField()

    class Meta:
        db_table = "persons_inspection"
        indexes = [models.Index(fields=["-ended_at"], name="persons_inspection_newest")]
        verbose_name = "総点検"
        verbose_name_plural = "総点検"

    def __str__(self) -> str:
        return str(self.inspection_id)


class GatewayTask(models.Model):
    """What the gateway has yet to be told of a person (中間サーバーへの連絡待ち), in the order it happened."""

    task_id = models.BigAutoField(primary_key=True)
    kind = models.TextField()
    person = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "persons_gateway_task"
        verbose_name = "中間サーバーへの連絡待ち"
        verbose_name_plural = "中間サーバーへの連絡待ち"

    def __str__(self) -> str:
        return f"{self.kind} {self.task_id}"
