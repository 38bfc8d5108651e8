"""Tables of check sheets."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Sheet(models.Model):
    """What one edition of the layouts changes (チェックシート)."""

    sheet_id = models.UUIDField(primary_key=True)
    title = models.TextField()
    edition_sha256 = models.TextField()
    drawn_at = models.DateTimeField()
    drawn_by = models.TextField()

    class Meta:
        db_table = "changes_sheet"
        verbose_name = "チェックシート"
        verbose_name_plural = "チェックシート"

    def __str__(self) -> str:
        return str(self.sheet_id)


class SheetLine(models.Model):
    """One line of a check sheet (チェックシートの行)."""

    pk = models.CompositePrimaryKey("sheet_id", "number")
    sheet_id = models.UUIDField()
    number = models.IntegerField()
    kind = models.TextField()
    subject = models.TextField()
    key = models.TextField()
    name_ja = models.TextField()
    name_en = models.TextField()
    what = models.TextField()
    before = models.TextField()
    after = models.TextField()
    places = ArrayField(models.TextField())
    mappings = ArrayField(models.TextField())
    results = models.BigIntegerField()

    class Meta:
        db_table = "changes_line"
        verbose_name = "チェックシートの行"
        verbose_name_plural = "チェックシートの行"

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.number}"


class LineSignature(models.Model):
    """A side's word for a line (確認の署名); the last one counts, the others stay."""

    sheet_id = models.UUIDField()
    number = models.IntegerField()
    side = models.TextField()
    verdict = models.TextField()
    remark = models.TextField()
    signed_at = models.DateTimeField()
    signed_by = models.TextField()

    class Meta:
        db_table = "changes_signature"
        verbose_name = "確認の署名"
        verbose_name_plural = "確認の署名"
        indexes = [models.Index(fields=["sheet_id", "number", "side", "-id"], name="changes_signature_last")]

    def __str__(self) -> str:
        return str(self.pk)
