"""Tables of the list of protected persons (支援措置), beside what the resident register says of them."""

from django.db import models


class ProtectionLoad(models.Model):
    """One list of protected persons that was taken in (支援措置名簿の取込み).

    `fresh_until` is when it becomes too old to rely on. Only a complete list makes anything fresh: one with a line
    nobody could read may have left somebody out.
    """

    load_id = models.UUIDField(
        primary_key=True, db_default=models.Func(function="screening_new_uuid", output_field=models.UUIDField())
    )
    file_name = models.TextField()
    sha256 = models.TextField()
    listed_on = models.DateField()
    fresh_until = models.DateTimeField()
    is_complete = models.BooleanField()
    people = models.IntegerField()
    changed = models.IntegerField()
    missing = models.IntegerField()
    problems = models.IntegerField()
    loaded_at = models.DateTimeField()
    loaded_by = models.TextField()

    class Meta:
        db_table = "screening_protection_load"
        indexes = [models.Index(fields=["-loaded_at"], name="screening_protection_newest")]
        verbose_name = "支援措置名簿の取込み"
        verbose_name_plural = "支援措置名簿の取込み"

    def __str__(self) -> str:
        return self.file_name


class ListedPerson(models.Model):
    """A person as the list of protected persons names them (支援措置名簿); `load_id` is the last list that does.

    Whoever a list no longer names stays until the end it gave: a file that broke off names few.
    """

    system_person_number = models.TextField(primary_key=True)
    protected_from = models.DateField()
    protected_to = models.DateField(null=True)
    renewed_on = models.DateField(null=True)
    load_id = models.UUIDField()

    class Meta:
        db_table = "screening_listed_person"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(protected_to__isnull=True) | models.Q(protected_to__gte=models.F("protected_from")),
                name="screening_listed_protection_is_a_period",
            ),
        ]
        verbose_name = "支援措置名簿"
        verbose_name_plural = "支援措置名簿"

    def __str__(self) -> str:
        return self.system_person_number


class ProtectionTold(models.Model):
    """For which day, and with the list fresh or stale, the gateway was last told who is on hold (留保の伝達)."""

    told_on = models.DateField()
    is_stale = models.BooleanField()
    told_at = models.DateTimeField()

    class Meta:
        db_table = "screening_protection_told"
        verbose_name = "留保の伝達"
        verbose_name_plural = "留保の伝達"

    def __str__(self) -> str:
        return f"{self.told_on:%Y-%m-%d}"
