"""Tables of the health information system.

No table here has a place for an individual number: the person index keeps those, under a role that cannot read this
schema, and this role cannot read the index. Statements on the hot paths are written by hand over these tables.
"""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Reverse

from tasuki.screening import district_models, import_models, protection_models  # noqa: F401 — this app finds its models here


class NewestUuid(models.Func):
    """A version 7 UUID, whose order is that of time, so that an index of them grows at its right end only.

    The function is our own: PostgreSQL has one from version 18 only.
    """

    function = "screening_new_uuid"
    output_field = models.UUIDField()


class Facility(models.Model):
    """A medical institution that performs screenings (実施機関), in the time it holds its number."""

    facility_number = models.TextField()
    name = models.TextField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        db_table = "screening_facility"
        constraints = [
            models.UniqueConstraint(fields=["facility_number", "valid_from"], name="screening_facility_once_a_day"),
            models.CheckConstraint(
                condition=Q(facility_number__regex="^[0-9]{10}$"), name="screening_facility_number_has_ten_digits"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")),
                name="screening_facility_validity_is_a_period",
            ),
        ]
        verbose_name = "実施機関"
        verbose_name_plural = "実施機関"

    def __str__(self) -> str:
        return self.facility_number


class FacilityChange(models.Model):
    """A change of the register of institutions (実施機関異動履歴): before and after; append-only."""

    facility_number = models.TextField()
    act = models.TextField()
    changed_at = models.DateTimeField()
    changed_by = models.TextField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        db_table = "screening_facility_change"
        constraints = [
            models.CheckConstraint(
                condition=Q(before__isnull=False) | Q(after__isnull=False),
                name="screening_facility_change_says_something",
            ),
        ]
        indexes = [models.Index(fields=["facility_number"], name="screening_facility_change_of")]
        verbose_name = "実施機関異動履歴"
        verbose_name_plural = "実施機関異動履歴"

    def __str__(self) -> str:
        return f"{self.facility_number} {self.changed_at:%Y-%m-%d}"


class Resident(models.Model):
    """A person in the resident register as screening knows them (住民).

    The folded columns are search keys, never shown. Protection (支援措置) covers the days from `protected_from` until
    and without `protected_to`.
    """

    system_person_number = models.TextField(primary_key=True)
    household_number = models.TextField()
    name = models.TextField()
    kana_name = models.TextField()
    folded_name = models.TextField()
    folded_kana = models.TextField()
    birth_date = models.DateField()
    sex = models.TextField()
    postal_code = models.TextField()
    address = models.TextField()
    folded_address = models.TextField()
    moved_in_date = models.DateField(null=True)
    moved_in_from = models.TextField()
    moved_out_date = models.DateField(null=True)
    moved_out_to = models.TextField()
    died_date = models.DateField(null=True)
    protected_from = models.DateField(null=True)
    protected_to = models.DateField(null=True)
    registered_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "screening_resident"
        constraints = [
            models.CheckConstraint(condition=Q(sex__in=["1", "2"]), name="screening_resident_sex_is_registered"),
            models.CheckConstraint(
                condition=Q(protected_to__isnull=True)
                | Q(protected_from__isnull=False, protected_to__gte=models.F("protected_from")),
                name="screening_resident_protection_is_a_period",
            ),
        ]
        indexes = [
            # Readings only: most names in kanji have two characters, of which a trigram index has nothing to say.
            GinIndex(fields=["folded_kana"], name="screening_resident_kana", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["folded_address"], name="screening_resident_address", opclasses=["gin_trgm_ops"]),
            # So names are found by how they begin (family name) and how they end (given name).
            models.Index(fields=["folded_name"], name="screening_resident_name", opclasses=["text_pattern_ops"]),
            models.Index(OpClass(Reverse("folded_name"), name="text_pattern_ops"), name="screening_resident_name_end"),
            models.Index(fields=["birth_date"], name="screening_resident_birth"),
            models.Index(fields=["household_number"], name="screening_resident_household"),
            # Few are protected, and the list of them must not read everybody.
            models.Index(
                fields=["protected_from"],
                name="screening_resident_protected",
                condition=Q(protected_from__isnull=False),
            ),
        ]
        verbose_name = "住民"
        verbose_name_plural = "住民"

    def __str__(self) -> str:
        return self.system_person_number


class ResidentChange(models.Model):
    """A former state of a resident, and what took its place (住民異動履歴); append-only by grant and trigger.

    `kind` is the 異動事由 as the register gave it, or as the difference shows it; `event_date` the day it took effect,
    where the register said so. `before` is empty where a daily change brought a new person.
    """

    system_person_number = models.TextField()
    changed_at = models.DateTimeField()
    changed_by = models.TextField()
    reason = models.TextField()
    kind = models.TextField(default="CORRECTED", db_default="CORRECTED")
    event_date = models.DateField(null=True)
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        db_table = "screening_resident_change"
        indexes = [models.Index(fields=["system_person_number"], name="screening_resident_change_of")]
        verbose_name = "住民異動履歴"
        verbose_name_plural = "住民異動履歴"

    def __str__(self) -> str:
        return f"{self.system_person_number} {self.changed_at:%Y-%m-%d}"


class ContactColumns(models.Model):
    """How to reach a resident apart from the registered address."""

    phone = models.TextField()
    mailing_name = models.TextField()
    mailing_postal_code = models.TextField()
    mailing_address = models.TextField()
    mailing_from = models.DateField(null=True)
    mailing_to = models.DateField(null=True)
    letter_language = models.TextField()
    note = models.TextField()

    class Meta:
        abstract = True


class Contact(ContactColumns):
    """A resident's contact and mailing address (連絡先), as staff wrote them down; the register stays as it is.

    Letters go to the mailing address from `mailing_from` until and without `mailing_to`.
    """

    system_person_number = models.TextField(primary_key=True)
    revision = models.IntegerField(default=1)
    updated_at = models.DateTimeField()
    updated_by = models.TextField()

    class Meta:
        db_table = "screening_contact"
        constraints = [
            models.CheckConstraint(
                condition=Q(mailing_to__isnull=True)
                | Q(mailing_from__isnull=False, mailing_to__gt=models.F("mailing_from")),
                name="screening_contact_mailing_is_a_period",
            ),
            models.CheckConstraint(
                condition=Q(letter_language__in=["ja", "en", "zh", "ko", "vi", "ne"]),
                name="screening_contact_language_is_offered",
            ),
        ]
        verbose_name = "連絡先"
        verbose_name_plural = "連絡先"

    def __str__(self) -> str:
        return self.system_person_number


class ContactChange(models.Model):
    """A former contact and what took its place (連絡先履歴); append-only by grant and trigger."""

    system_person_number = models.TextField()
    changed_at = models.DateTimeField()
    changed_by = models.TextField()
    reason = models.TextField()
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        db_table = "screening_contact_change"
        indexes = [models.Index(fields=["system_person_number"], name="screening_contact_change_of")]
        verbose_name = "連絡先履歴"
        verbose_name_plural = "連絡先履歴"

    def __str__(self) -> str:
        return f"{self.system_person_number} {self.changed_at:%Y-%m-%d}"


class RegisterLoad(models.Model):
    """One file of the resident register that was taken in (住民情報の取込み), whole or a day's changes."""

    load_id = models.UUIDField(primary_key=True, db_default=NewestUuid())
    file_name = models.TextField()
    sha256 = models.TextField()
    scope = models.TextField()
    total_rows = models.IntegerField()
    added = models.IntegerField()
    changed = models.IntegerField()
    unchanged = models.IntegerField()
    numbered = models.IntegerField()
    problems = models.IntegerField()
    missing = models.IntegerField()
    loaded_at = models.DateTimeField()
    loaded_by = models.TextField()

    class Meta:
        db_table = "screening_register_load"
        constraints = [
            models.UniqueConstraint(
                fields=["sha256"], condition=Q(scope="CHANGES"), name="screening_register_changes_once"
            ),
        ]
        indexes = [models.Index(fields=["-loaded_at"], name="screening_register_newest")]
        verbose_name = "住民情報の取込み"
        verbose_name_plural = "住民情報の取込み"

    def __str__(self) -> str:
        return str(self.load_id)


class ProblemColumns(models.Model):
    """What was wrong with a file, a line or a cell. `value` is personal: for staff screens only."""

    line = models.IntegerField()
    field = models.TextField()
    rule = models.TextField()
    severity = models.TextField()
    message_ja = models.TextField()
    message_en = models.TextField()
    remedy_ja = models.TextField()
    remedy_en = models.TextField()
    value = models.TextField()

    class Meta:
        abstract = True


class RegisterProblem(ProblemColumns):
    """What was wrong with a file of the register (住民情報の取込みエラー)."""

    load_id = models.UUIDField()

    class Meta:
        db_table = "screening_register_problem"
        indexes = [models.Index(fields=["load_id", "line"], name="screening_register_problem_of")]
        verbose_name = "住民情報の取込みエラー"
        verbose_name_plural = "住民情報の取込みエラー"

    def __str__(self) -> str:
        return f"{self.load_id} {self.line} {self.rule}"


class ResultColumns(models.Model):
    """What a staged row and a stored result have in common."""

    system_person_number = models.TextField()
    stage = models.TextField()
    fiscal_year = models.SmallIntegerField()
    sequence = models.SmallIntegerField()
    examined_date = models.TextField(null=True)
    age = models.SmallIntegerField(null=True)
    encounter_type = models.TextField(null=True)
    facility_number = models.TextField(null=True)
    facility_name = models.TextField(null=True)
    fee_class = models.TextField()
    items = models.JSONField()
    absent = models.JSONField()
    warnings = models.JSONField()

    class Meta:
        abstract = True


class Result(ResultColumns):
    """A screening result of a resident (検診結果), own or another's, as it stands now."""

    result_id = models.UUIDField(primary_key=True, db_default=NewestUuid())
    programme = models.TextField()
    source = models.TextField(default="OWN")
    source_institution = models.TextField(default="")
    transaction_number = models.TextField(null=True)
    revision = models.IntegerField(default=1)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    withdrawn_at = models.DateTimeField(null=True)
    batch_id = models.UUIDField(null=True)
    # What a resident says came of a screening at their workplace; there is no report that would say it in items.
    declared_outcome = models.TextField(null=True)

    class Meta:
        db_table = "screening_result"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "system_person_number",
                    "programme",
                    "stage",
                    "fiscal_year",
                    "sequence",
                    "source",
                    "source_institution",
                ],
                condition=Q(withdrawn_at__isnull=True),
                name="screening_result_stands_once",
            ),
            models.CheckConstraint(
                # No counted pattern: it would cost as much as the rest of the insert. Layouts check the form.
                condition=Q(examined_date__regex="^[0-9][0-9-]+$"),
                name="screening_result_date_is_iso",
            ),
        ]
        indexes = [
            models.Index(fields=["batch_id"], name="screening_result_batch", condition=Q(batch_id__isnull=False)),
            # Few are taken back; those that stand are found by their place.
            models.Index(
                fields=["system_person_number"],
                name="screening_result_withdrawn",
                condition=Q(withdrawn_at__isnull=False),
            ),
        ]
        verbose_name = "検診結果"
        verbose_name_plural = "検診結果"

    def __str__(self) -> str:
        return str(self.result_id)


class ResultHistory(models.Model):
    """A former revision of a result (検診結果履歴): what it said, who ended it and why; append-only."""

    result_id = models.UUIDField()
    revision = models.IntegerField()
    act = models.TextField()
    ended_at = models.DateTimeField()
    ended_by = models.TextField()
    reason = models.TextField()
    former = models.JSONField()

    class Meta:
        db_table = "screening_result_history"
        constraints = [
            models.UniqueConstraint(fields=["result_id", "revision"], name="screening_result_history_once"),
        ]
        verbose_name = "検診結果履歴"
        verbose_name_plural = "検診結果履歴"

    def __str__(self) -> str:
        return f"{self.result_id} {self.revision}"


class ImportBatch(models.Model):
    """One import of a result file (取込)."""

    batch_id = models.UUIDField(primary_key=True, db_default=NewestUuid())
    file_name = models.TextField()
    sha256 = models.TextField()
    programme = models.TextField()
    mapping_name = models.TextField()
    mapping_id = models.UUIDField(null=True)
    mapping_version = models.IntegerField(null=True)
    mapping = models.TextField(db_default="")
    header = models.JSONField(null=True)
    origin = models.TextField(db_default="SCREEN")
    fiscal_year = models.SmallIntegerField(null=True)
    encoding = models.TextField()
    state = models.TextField()
    total_rows = models.IntegerField()
    good_rows = models.IntegerField()
    warned_rows = models.IntegerField()
    bad_rows = models.IntegerField()
    stored_rows = models.IntegerField(db_default=0)
    rows_sha256 = models.TextField()
    previewed_at = models.DateTimeField()
    previewed_by = models.TextField()
    committed_at = models.DateTimeField(null=True)
    committed_by = models.TextField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(null=True)
    closed_reason = models.TextField(default="")

    class Meta:
        db_table = "screening_import_batch"
        constraints = [
            models.UniqueConstraint(
                fields=["sha256"], condition=Q(state="COMMITTED"), name="screening_import_file_stands_once"
            ),
            models.CheckConstraint(
                condition=Q(committed_at__isnull=True, committed_by__isnull=True)
                | Q(committed_at__isnull=False, committed_by__isnull=False),
                name="screening_import_commit_is_paired",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="screening_import_close_is_paired",
            ),
        ]
        indexes = [models.Index(fields=["-previewed_at"], name="screening_import_newest")]
        verbose_name = "取込"
        verbose_name_plural = "取込"

    def __str__(self) -> str:
        return str(self.batch_id)


class ImportRow(ResultColumns):
    """A good row of a previewed file, staged until the import is committed or discarded (取込行).

    One that `is_held` waits until its warnings are accepted.
    """

    pk = models.CompositePrimaryKey("batch_id", "line")
    batch_id = models.UUIDField()
    line = models.IntegerField()
    is_held = models.BooleanField(db_default=False)

    class Meta:
        db_table = "screening_import_row"
        verbose_name = "取込行"
        verbose_name_plural = "取込行"

    def __str__(self) -> str:
        return str(self.pk)


class OutboxEntry(models.Model):
    """A change that the linkage has not yet carried on (連携待ち); written in the transaction of the change."""

    kind = models.TextField()
    system_person_number = models.TextField()
    result_id = models.UUIDField(null=True)
    revision = models.IntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "screening_outbox"
        verbose_name = "連携待ち"
        verbose_name_plural = "連携待ち"

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
