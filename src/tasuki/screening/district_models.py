"""Tables of the districts of health centres: which places each works for, and whose address lies where."""

from django.db import models


class District(models.Model):
    """The area of work of a health centre (担当区域)."""

    district = models.UUIDField(primary_key=True)
    name = models.TextField(unique=True)
    name_en = models.TextField()
    changed_at = models.DateTimeField()
    changed_by = models.TextField()
    # No longer chosen for anybody; its places are free for another.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "screening_district"
        verbose_name = "担当区域"
        verbose_name_plural = "担当区域"

    def __str__(self) -> str:
        return str(self.district)


class DistrictPlace(models.Model):
    """A place of a district (担当区域の町・丁目): the beginning of addresses, as written and folded for comparison."""

    folded = models.TextField(primary_key=True)
    district = models.ForeignKey(District, models.PROTECT)
    written = models.TextField()

    class Meta:
        db_table = "screening_district_place"
        verbose_name = "担当区域の町・丁目"
        verbose_name_plural = "担当区域の町・丁目"

    def __str__(self) -> str:
        return self.folded


class DistrictChange(models.Model):
    """A former state of a district and what took its place (担当区域の変更履歴); append-only."""

    district = models.ForeignKey(District, models.PROTECT)
    changed_at = models.DateTimeField()
    changed_by = models.TextField()
    reason = models.TextField()
    before = models.JSONField(null=True)
    after = models.JSONField()

    class Meta:
        db_table = "screening_district_change"
        verbose_name = "担当区域の変更履歴"
        verbose_name_plural = "担当区域の変更履歴"

    def __str__(self) -> str:
        return f"{self.district_id} {self.changed_at:%Y-%m-%d}"


class ResidentDistrict(models.Model):
    """In which district a resident's address lies (住民の担当区域); whoever has no row lies in none.

    Kept by triggers on the residents, and anew when the places of districts change: nothing that writes a resident can
    forget it. Reads that are limited to an area join this instead of comparing addresses again and again.
    """

    system_person_number = models.TextField(primary_key=True)
    # Only the triggers write here, from places that have their district; checking each resident would slow every load.
    district = models.ForeignKey(District, models.PROTECT, db_constraint=False)

    class Meta:
        db_table = "screening_resident_district"
        verbose_name = "住民の担当区域"
        verbose_name_plural = "住民の担当区域"

    def __str__(self) -> str:
        return self.system_person_number
