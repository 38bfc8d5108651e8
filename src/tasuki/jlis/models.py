"""The stand-in's table: which resident-record code belongs to which individual number."""

from django.db import models


class RegisterEntry(models.Model):
    """One person of the national register (住民基本台帳). The number is found by keyed hash, the code is encrypted."""

    number_hash = models.BinaryField(primary_key=True)
    sealed_code = models.BinaryField()

    class Meta:
        db_table = "jlis_register"
        verbose_name = "住民基本台帳"
        verbose_name_plural = "住民基本台帳"

    def __str__(self) -> str:
        return "register entry"
