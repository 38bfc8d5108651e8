"""Tables of the person index, in a schema and under a role of their own.

An individual number in use stands in one table only, encrypted and found by a keyed hash; one that waits for a decision
stands sealed with its case. Names, birth dates and addresses stand in what systems state of people, and in what they
stated before, and folded in what is compared. Nothing here says what a person's results are.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Coalesce

from tasuki.persons import service_models  # noqa: F401 — its tables belong to this app, which finds models here


class Person(models.Model):
    """A person within one municipality (団体内統合宛名番号).

    `survivor` is set while the number is an alias: its person goes by another number since they were merged.
    `migrated_at` is set where a predecessor gave the number, which is kept and never given again.
    """

    unified_person_number = models.TextField(primary_key=True)
    numbered_at = models.DateTimeField()
    code_bound_at = models.DateTimeField(null=True)
    survivor = models.TextField(null=True)
    migrated_at = models.DateTimeField(null=True)

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
        # Not unique: a split parts what a merge brought together, and a system may have numbered a person twice.
        indexes = [models.Index(fields=["unified_person_number", "system"], name="persons_system_person_whose")]
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
                condition=models.Q(state__in=["OPEN", "PROPOSED"]) & ~models.Q(system=""),
                name="persons_one_open_case",
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
    """One number found to be of two people (分割): the links of `moved` went from `origin` to a new `parted`."""

    split_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    origin = models.TextField()
    parted = models.TextField()
    moved = models.JSONField()
    takes_number = models.BooleanField()
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
