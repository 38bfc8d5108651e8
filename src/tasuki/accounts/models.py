"""Staff who may use a node's screens."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Concat

from tasuki.accounts import emergency_models  # noqa: F401 — this app finds its models here
from tasuki.accounts.rules import area_roles, session_end, state_on
from tasuki.accounts.types import ROLE_LABELS, AccountAct, AccountState, ApplicationKind, Decision, Member, Role
from tasuki.shared.dates import civil_date


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
    # Tells two accounts of one person: a person has one at a time.
    employee_number = models.CharField("職員番号", max_length=40, null=True)
    valid_from = models.DateField("使い始める日", null=True)
    # The first day without it. An account without one lets nobody in: no account lasts by being forgotten.
    valid_to = models.DateField("使えなくなる日", null=True)
    # Until then the password is one that others have seen: its owner chooses another before anything else.
    first_password_until = models.DateTimeField("初回パスワードの期限", null=True)
    # Whoever works under a colleague's eyes is let in until then, while that colleague's own session stands.
    attended_until = models.DateTimeField("立会いの期限", null=True)
    attended_in = models.ForeignKey("SignIn", models.PROTECT, null=True, related_name="+", verbose_name="立会い")

    # The districts a role that is limited to an area of work sees (担当区域); without one it sees nobody.
    areas = ArrayField(models.UUIDField(), default=list, db_default=[])

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["display_name", "department", "role"]

    objects = StaffManager()

    class Meta:
        db_table = "accounts_staff"
        verbose_name = "職員"
        verbose_name_plural = "職員"
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=[role.value for role in Role]), name="staff_role_known"),
            models.UniqueConstraint(
                fields=["employee_number"],
                condition=Q(is_active=True, employee_number__isnull=False),
                name="staff_person_has_one_account",
            ),
            models.CheckConstraint(
                condition=Q(attended_until=None, attended_in=None)
                | Q(attended_until__isnull=False, attended_in__isnull=False, role=Role.CONTRACTOR.value),
                name="staff_attended_in_a_session",
            ),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def member(self) -> Member:
        """This account as the rest of the software knows it."""
        role = Role(self.role)
        areas = tuple(self.areas) if role in area_roles() else None
        return Member(str(self.pk), self.username, self.display_name, self.department, role, areas=areas)

    def state_on(self, on: dt.date) -> AccountState:
        """Say whether the account lets its owner in on a day."""
        return state_on(
            is_active=self.is_active,
            is_persona=self.is_persona,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            on=on,
        )

    def lets_in(self, at: dt.datetime) -> bool:
        """Say whether the account lets its owner in now: it is open, and no first password was left too long."""
        is_fresh = self.first_password_until is None or at < self.first_password_until
        return is_fresh and self.state_on(civil_date(at)) is AccountState.OPEN

    def is_attended(self, at: dt.datetime) -> bool:
        """Say whether a colleague is present at the work of a contractor's account now; no other account needs one."""
        if self.role != Role.CONTRACTOR:
            return True
        presence, until = self.attended_in, self.attended_until
        return presence is not None and until is not None and at < until and presence.stands(at)


def _actor_of(staff: str) -> Concat:
    """How an account's owner is written where actors are kept."""
    return Concat(Value("STAFF:"), Cast(F(staff), models.TextField()))


class Application(models.Model):
    """Somebody asks for an account, or for another role or term of one (利用者の申請); somebody else decides."""

    application = models.UUIDField(primary_key=True)
    kind = models.TextField()
    username = models.TextField()
    employee_number = models.TextField()
    display_name = models.TextField()
    department = models.TextField()
    role = models.TextField()
    areas = ArrayField(models.UUIDField(), default=list, db_default=[])
    valid_from = models.DateField()
    valid_to = models.DateField()
    reason = models.TextField()
    # The account it is about; for a new one, the account that came of it.
    staff = models.ForeignKey(Staff, models.PROTECT, null=True)
    applied_at = models.DateTimeField()
    applied_by = models.TextField()
    decision = models.TextField(null=True)
    decision_reason = models.TextField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(null=True)

    class Meta:
        db_table = "accounts_application"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[one.value for one in ApplicationKind])
                & Q(role__in=[role.value for role in Role])
                & Q(valid_from__lt=F("valid_to")),
                name="application_is_of_an_account",
            ),
            models.CheckConstraint(
                condition=Q(decision__isnull=True, decided_at__isnull=True, decided_by__isnull=True)
                | Q(decision__in=[one.value for one in Decision], decided_at__isnull=False, decided_by__isnull=False),
                name="application_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decision__isnull=True)
                | Q(decision=Decision.WITHDRAWN.value, decided_by=F("applied_by"))
                | (~Q(decision=Decision.WITHDRAWN.value) & ~Q(decided_by=F("applied_by"))),
                name="application_takes_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(decision=Decision.APPROVED.value)
                | (Q(staff__isnull=False) & ~Q(decided_by=_actor_of("staff_id"))),
                name="application_is_not_approved_by_its_owner",
            ),
            models.UniqueConstraint(
                fields=["username"], condition=Q(decision__isnull=True), name="application_waits_once_for_an_id"
            ),
        ]
        verbose_name = "利用者の申請"
        verbose_name_plural = "利用者の申請"

    def __str__(self) -> str:
        return str(self.application)


class AccountEvent(models.Model):
    """Something done to an account (利用者の履歴), as its page shows it; the evidence has the same."""

    staff = models.ForeignKey(Staff, models.PROTECT)
    act = models.TextField()
    role = models.TextField()
    valid_to = models.DateField(null=True)
    note = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()

    class Meta:
        db_table = "accounts_event"
        constraints = [
            models.CheckConstraint(
                condition=Q(act__in=[one.value for one in AccountAct]), name="account_event_is_known"
            ),
        ]
        indexes = [models.Index(fields=["staff", "at"], name="account_event_of_staff")]
        verbose_name = "利用者の履歴"
        verbose_name_plural = "利用者の履歴"

    def __str__(self) -> str:
        return f"{self.staff_id} {self.act}"


class SignIn(models.Model):
    """One session of a member of staff (ログイン): from where, since when, and how it ended.

    Its number is in the session; without a row that is open the session opens nothing.
    """

    sign_in = models.UUIDField(primary_key=True)
    staff = models.ForeignKey(Staff, models.PROTECT)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    # When the password or a code was given last.
    confirmed_at = models.DateTimeField()
    # When the second factor was passed in this session.
    factor_at = models.DateTimeField(null=True)
    address = models.TextField()
    device = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "accounts_sign_in"
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="sign_in_ended_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["staff", "-opened_at"], name="sign_in_of_staff")]
        verbose_name = "ログイン"
        verbose_name_plural = "ログイン"

    def __str__(self) -> str:
        return str(self.sign_in)

    def stands(self, at: dt.datetime) -> bool:
        """Say whether the session is open: nobody ended it, and it did not end by itself."""
        is_over = session_end(opened_at=self.opened_at, seen_at=self.seen_at, at=at) is not None
        return self.ended_at is None and not is_over and self.staff.lets_in(at)


class SecondFactor(models.Model):
    """The secret an account's codes are made from (二要素認証), encrypted under a key of the node."""

    staff = models.OneToOneField(Staff, models.PROTECT, primary_key=True)
    sealed = models.BinaryField()
    made_at = models.DateTimeField()
    # The time step of the last code that was taken: it and those before it are of no use again.
    last_step = models.BigIntegerField()

    class Meta:
        db_table = "accounts_second_factor"
        verbose_name = "二要素認証"
        verbose_name_plural = "二要素認証"

    def __str__(self) -> str:
        return str(self.staff_id)


class RecoveryCode(models.Model):
    """One code for whoever lost their factor (回復コード), as a digest; each is of use once."""

    staff = models.ForeignKey(Staff, models.PROTECT)
    digest = models.BinaryField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_recovery_code"
        constraints = [models.UniqueConstraint(fields=["staff", "digest"], name="recovery_code_once")]
        verbose_name = "回復コード"
        verbose_name_plural = "回復コード"

    def __str__(self) -> str:
        return str(self.pk)
