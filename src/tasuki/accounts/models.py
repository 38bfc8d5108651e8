"""Staff who may use a node's screens."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from tasuki.accounts.types import ROLE_LABELS, Member, Role


class StaffManager(BaseUserManager["Staff"]):
    """Finds accounts for Django's log-in; accounts are made by `operations.create_staff` only."""


class Staff(AbstractBaseUser):
    """A member of staff (職員) with an account.

    Permissions come from the role alone, so the account has no groups, no single permissions and no superuser.
    """

    username = models.CharField("ID", max_length=150, unique=True)
    display_name = models.CharField("氏名", max_length=100)
    department = models.CharField("所属", max_length=100)
    role = models.CharField("役割", max_length=30, choices=[(role.value, label) for role, label in ROLE_LABELS.items()])
    is_active = models.BooleanField("有効", default=True)
    is_persona = models.BooleanField("体験用の利用者", default=False)
    created_at = models.DateTimeField("作成日時")
    created_by = models.CharField("作成者", max_length=200)
    password_changed_at = models.DateTimeField("パスワード変更日時", null=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["display_name", "department", "role"]

    objects = StaffManager()

    class Meta:
        db_table = "accounts_staff"
        verbose_name = "職員"
        verbose_name_plural = "職員"
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=[role.value for role in Role]), name="staff_role_known"),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def member(self) -> Member:
        """This account as the rest of the software knows it."""
        return Member(str(self.pk), self.username, self.display_name, self.department, Role(self.role))
