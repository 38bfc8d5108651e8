"""Tables of letters; each of them only grows."""

from django.db import models
from django.db.models import Q

from tasuki.letters.types import LetterKind, WordingLanguage


class Wording(models.Model):
    """The words of a kind of letter in one language, as staff wrote them (通知の文面); each change is a new version."""

    kind = models.TextField()
    language = models.TextField()
    version = models.IntegerField()
    title = models.TextField()
    opening = models.TextField()
    body = models.TextField()
    notes = models.TextField()
    reason = models.TextField()
    written_at = models.DateTimeField()
    written_by = models.TextField()

    class Meta:
        db_table = "letters_wording"
        constraints = [
            models.UniqueConstraint(fields=["kind", "language", "version"], name="letters_wording_once"),
            models.CheckConstraint(
                condition=Q(kind__in=[one.value for one in LetterKind])
                & Q(language__in=[one.value for one in WordingLanguage]),
                name="letters_wording_is_of_a_letter",
            ),
        ]
        verbose_name = "通知の文面"
        verbose_name_plural = "通知の文面"

    def __str__(self) -> str:
        return f"{self.kind} {self.language} {self.version}"


class Sender(models.Model):
    """Who sends the letters and where the envelope's window is (差出人と封筒); each change is a new version."""

    version = models.IntegerField(unique=True)
    department = models.TextField()
    postal_code = models.TextField()
    address = models.TextField()
    phone = models.TextField()
    hours = models.TextField()
    window_left = models.FloatField()
    window_top = models.FloatField()
    window_width = models.FloatField()
    window_height = models.FloatField()
    reason = models.TextField()
    written_at = models.DateTimeField()
    written_by = models.TextField()

    class Meta:
        db_table = "letters_sender"
        verbose_name = "差出人と封筒"
        verbose_name_plural = "差出人と封筒"

    def __str__(self) -> str:
        return str(self.version)


class Letter(models.Model):
    """A letter that was made for a resident (通知): which, about what, by whom; its text can be made again."""

    letter_id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    language = models.TextField()
    wording_version = models.IntegerField()
    system_person_number = models.TextField()
    number = models.TextField()
    subject = models.TextField()
    issued_at = models.DateTimeField()
    issued_by = models.TextField()

    class Meta:
        db_table = "letters_letter"
        indexes = [
            models.Index(fields=["system_person_number"], name="letters_letter_of"),
            models.Index(fields=["kind", "subject"], name="letters_letter_about"),
        ]
        verbose_name = "通知"
        verbose_name_plural = "通知"

    def __str__(self) -> str:
        return str(self.letter_id)
