"""Tables of what surrounds an import: who sends files, how theirs are read, and rows somebody has to look at."""

from django.db import models
from django.db.models import Q


class Sender(models.Model):
    """Who sends result files (送付元): a medical association, a screening centre, a hospital.

    `drop_folder` names their folder for unattended imports; `commits_unattended` lets a file without any error in.
    """

    sender_id = models.UUIDField(primary_key=True)
    name = models.TextField()
    kind = models.TextField()
    drop_folder = models.TextField(default="")
    commits_unattended = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_by = models.TextField()
    changed_at = models.DateTimeField()
    changed_by = models.TextField()

    class Meta:
        db_table = "screening_sender"
        constraints = [
            models.UniqueConstraint(fields=["name"], name="screening_sender_has_its_own_name"),
            models.UniqueConstraint(
                fields=["drop_folder"], condition=~Q(drop_folder=""), name="screening_sender_has_its_own_folder"
            ),
            models.CheckConstraint(
                condition=Q(drop_folder="") | Q(drop_folder__regex="^[a-z0-9][a-z0-9-]{0,39}$"),
                name="screening_sender_folder_is_a_plain_name",
            ),
        ]
        verbose_name = "送付元"
        verbose_name_plural = "送付元"

    def __str__(self) -> str:
        return str(self.sender_id)


class SenderMapping(models.Model):
    """How one sender's files of a programme are read (取込み定義); `version` is the one that counts now."""

    mapping_id = models.UUIDField(primary_key=True)
    sender_id = models.UUIDField()
    programme = models.TextField()
    name = models.TextField()
    version = models.IntegerField()
    retired_at = models.DateTimeField(null=True)
    retired_by = models.TextField(null=True)

    class Meta:
        db_table = "screening_mapping"
        constraints = [
            models.UniqueConstraint(fields=["sender_id", "name"], name="screening_mapping_named_once"),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True, retired_by__isnull=True)
                | Q(retired_at__isnull=False, retired_by__isnull=False),
                name="screening_mapping_retirement_is_paired",
            ),
        ]
        verbose_name = "取込み定義"
        verbose_name_plural = "取込み定義"

    def __str__(self) -> str:
        return str(self.mapping_id)


class MappingVersion(models.Model):
    """What a mapping said from one saving to the next (取込み定義の版), as TOML; append-only."""

    mapping_id = models.UUIDField()
    version = models.IntegerField()
    content = models.TextField()
    reason = models.TextField()
    saved_at = models.DateTimeField()
    saved_by = models.TextField()

    class Meta:
        db_table = "screening_mapping_version"
        constraints = [
            models.UniqueConstraint(fields=["mapping_id", "version"], name="screening_mapping_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="screening_mapping_versions_count_from_one"),
        ]
        verbose_name = "取込み定義の版"
        verbose_name_plural = "取込み定義の版"

    def __str__(self) -> str:
        return f"{self.mapping_id} {self.version}"


class MappingDraft(models.Model):
    """A mapping being made over a sample file (取込み定義の下書き); gone once it is saved or thrown away."""

    draft_id = models.UUIDField(primary_key=True)
    sender_id = models.UUIDField()
    mapping_id = models.UUIDField(null=True)
    content = models.JSONField()
    sample_name = models.TextField()
    started_at = models.DateTimeField()
    started_by = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "screening_mapping_draft"
        verbose_name = "取込み定義の下書き"
        verbose_name_plural = "取込み定義の下書き"

    def __str__(self) -> str:
        return str(self.draft_id)


class ImportProblem(models.Model):
    """What was wrong with a file, a line or a cell (取込エラー). `value` is personal: for staff screens only."""

    batch_id = models.UUIDField()
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
        db_table = "screening_import_problem"
        indexes = [models.Index(fields=["batch_id", "line"], name="screening_import_problem_of")]
        verbose_name = "取込エラー"
        verbose_name_plural = "取込エラー"

    def __str__(self) -> str:
        return f"{self.batch_id} {self.line} {self.rule}"


class ImportProblemRow(models.Model):
    """A row of a file somebody has to look at (要確認行): as it was sent, as it reads now, and what was decided.

    `matched_person` is the resident a clerk decided it is about; `accepted` names the rules whose warnings stand.
    """

    pk = models.CompositePrimaryKey("batch_id", "line")
    batch_id = models.UUIDField()
    line = models.IntegerField()
    sent = models.JSONField()
    cells = models.JSONField()
    state = models.TextField()
    has_errors = models.BooleanField()
    matched_person = models.TextField(null=True)
    accepted = models.JSONField(default=list)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(null=True)

    class Meta:
        db_table = "screening_import_problem_row"
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="screening_import_decision_is_paired",
            ),
        ]
        indexes = [models.Index(fields=["batch_id", "state"], name="screening_import_row_state")]
        verbose_name = "要確認行"
        verbose_name_plural = "要確認行"

    def __str__(self) -> str:
        return str(self.pk)


class Attachment(models.Model):
    """A file that came with a result (添付書類), such as a CDA report, byte for byte; withdrawn with its result.

    It has no result until the import of its row is committed. The database itself checks the digest.
    """

    attachment_id = models.UUIDField(primary_key=True)
    batch_id = models.UUIDField()
    line = models.IntegerField()
    number = models.SmallIntegerField()
    result_id = models.UUIDField(null=True)
    media_type = models.TextField()
    title = models.TextField()
    format_code = models.TextField()
    size = models.IntegerField()
    sha256 = models.TextField()
    content = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "screening_attachment"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    sha256=models.Func(
                        models.Func(models.F("content"), function="sha256"),
                        models.Value("hex"),
                        function="encode",
                        output_field=models.TextField(),
                    )
                ),
                name="screening_attachment_is_what_came",
            ),
            models.CheckConstraint(
                condition=Q(
                    size=models.Func(models.F("content"), function="octet_length", output_field=models.IntegerField()),
                    size__lte=10 * 1024 * 1024,
                ),
                name="screening_attachment_is_not_huge",
            ),
        ]
        indexes = [
            models.Index(fields=["result_id"], name="screening_attachment_of"),
            models.Index(fields=["batch_id", "line"], name="screening_attachment_row"),
        ]
        verbose_name = "添付書類"
        verbose_name_plural = "添付書類"

    def __str__(self) -> str:
        return str(self.attachment_id)


class ImportRowChange(models.Model):
    """What was done with a row of an import (要確認行の履歴): who, when, why and what it said before; append-only."""

    batch_id = models.UUIDField()
    line = models.IntegerField()
    act = models.TextField()
    changed_at = models.DateTimeField()
    changed_by = models.TextField()
    reason = models.TextField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        db_table = "screening_import_row_change"
        indexes = [models.Index(fields=["batch_id", "line"], name="screening_import_row_change_of")]
        verbose_name = "要確認行の履歴"
        verbose_name_plural = "要確認行の履歴"

    def __str__(self) -> str:
        return f"{self.batch_id} {self.line} {self.act}"


class DropHours(models.Model):
    """In which hours senders' folders are looked into (自動取込みの時間帯); each change is a new version."""

    version = models.IntegerField(unique=True)
    begins = models.SmallIntegerField()
    ends = models.SmallIntegerField()
    reason = models.TextField()
    written_at = models.DateTimeField()
    written_by = models.TextField()

    class Meta:
        db_table = "screening_drop_hours"
        constraints = [
            models.CheckConstraint(
                condition=Q(begins__range=(0, 23), ends__range=(0, 23)), name="screening_drop_hours_are_hours"
            )
        ]
        verbose_name = "自動取込みの時間帯"
        verbose_name_plural = "自動取込みの時間帯"

    def __str__(self) -> str:
        return str(self.version)
