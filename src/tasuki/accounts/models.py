"""Staff who may use a town's screens."""

from django.contrib.auth.models import AbstractUser


class Staff(AbstractUser):
    """A member of staff (職員) with an account."""

    class Meta:
        db_table = "accounts_staff"
        verbose_name = "職員"
        verbose_name_plural = "職員"
