"""Accounts, applications and what became of them in words."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.accounts.models import AccountEvent, Application, Staff
from tasuki.accounts.queries import names_of_staff
from tasuki.accounts.rules import account_rules
from tasuki.accounts.types import (
    OPERATOR_ROLES,
    AccountAct,
    AccountState,
    ApplicationKind,
    Decision,
    Problem,
    Role,
)

ROLE_NAMES: Final[Mapping[Role, Promise]] = {
    Role.HEALTH_CLERK: gettext_lazy("健康づくり課 担当"),
    Role.CENTRE_CLERK: gettext_lazy("保健センター 担当"),
    Role.INDEX_CLERK: gettext_lazy("統合宛名 担当"),
    Role.APPROVER: gettext_lazy("承認者"),
    Role.AUDITOR: gettext_lazy("監査担当"),
    Role.SYSTEM_ADMINISTRATOR: gettext_lazy("システム管理者"),
    Role.SECURITY_ADVISER: gettext_lazy("セキュリティ担当"),
    Role.CONTRACTOR: gettext_lazy("委託先"),
    Role.OPERATOR: gettext_lazy("運用管理 担当"),
    Role.OPERATION_WATCHER: gettext_lazy("運用監視 担当"),
}
TOWN_ROLES: Final = tuple(role for role in ROLE_NAMES if role not in OPERATOR_ROLES)
STATE_NAMES: Final[Mapping[AccountState, Promise]] = {
    AccountState.OPEN: gettext_lazy("有効"),
    AccountState.COMING: gettext_lazy("これから"),
    AccountState.LAPSED: gettext_lazy("期限切れ"),
    AccountState.ENDED: gettext_lazy("終了"),
}
_TONES: Final[Mapping[AccountState, str]] = {
    AccountState.OPEN: "good",
    AccountState.COMING: "",
    AccountState.LAPSED: "bad",
    AccountState.ENDED: "",
}
KIND_NAMES: Final[Mapping[ApplicationKind, Promise]] = {
    ApplicationKind.NEW: gettext_lazy("新しい利用者"),
    ApplicationKind.CHANGE: gettext_lazy("いまの利用者の役割や期間を変える"),
}
_DECISIONS: Final[Mapping[Decision, Promise]] = {
    Decision.APPROVED: gettext_lazy("承認"),
    Decision.REFUSED: gettext_lazy("却下"),
    Decision.WITHDRAWN: gettext_lazy("取下げ"),
}
_ACTS: Final[Mapping[AccountAct, Promise]] = {
    AccountAct.MADE: gettext_lazy("利用者をつくった"),
    AccountAct.CHANGED: gettext_lazy("役割・期間を変えた"),
    AccountAct.CONFIRMED: gettext_lazy("年次確認で続けた"),
    AccountAct.ENDED: gettext_lazy("終了した"),
    AccountAct.PASSWORD_RESET: gettext_lazy("パスワードを作り直した"),
    AccountAct.PASSWORD_CHANGED: gettext_lazy("本人がパスワードを変えた"),
    AccountAct.FACTOR_ENROLLED: gettext_lazy("本人が二要素認証を設定した"),
    AccountAct.FACTOR_RESET: gettext_lazy("二要素認証の設定を消した"),
    AccountAct.SESSIONS_ENDED: gettext_lazy("ログインを終了させた"),
}
_PROBLEMS: Final[Mapping[Problem, tuple[str, Promise]]] = {
    Problem.TERM_BACKWARDS: ("valid_to", gettext_lazy("使い始める日より後の日を入力してください。")),
    Problem.TERM_PAST: ("valid_to", gettext_lazy("過ぎた日です。これからの日を入力してください。")),
    Problem.TERM_TOO_LONG: (
        "valid_to",
        gettext_lazy("長すぎます。使い始める日から%(days)s日までです。続けるかどうかは年次確認で決めます。"),
    ),
    Problem.ROLE_ELSEWHERE: ("role", gettext_lazy("この役割の利用者は、この画面からは申請できません。")),
    Problem.USERNAME_TAKEN: (
        "username",
        gettext_lazy(
            "このIDは既に使われています。別のIDにするか、「いまの利用者の役割や期間を変える」を選んでください。"
        ),
    ),
    Problem.PERSON_HAS_ONE: (
        "employee_number",
        gettext_lazy(
            "この職員番号の人には、有効な利用者があります。一人が持てるのは一つです。役割を変える申請にしてください。"
        ),
    ),
    Problem.NO_SUCH_ACCOUNT: ("username", gettext_lazy("このIDの有効な利用者はありません。IDを確かめてください。")),
    Problem.WAITS_ALREADY: ("username", gettext_lazy("このIDについての申請が、先に承認を待っています。")),
    Problem.NOT_WAITING: (
        "",
        gettext_lazy("ほかの人が先に決めたか、取り下げられています。"),
    ),
    Problem.SAME_PERSON: ("", gettext_lazy("申請した人は決められません。別のシステム管理者が決めます。")),
    Problem.OWN_ACCOUNT: (
        "",
        gettext_lazy("自分の利用者のことは決められません。別のシステム管理者が決めます。"),
    ),
    Problem.NOT_THEIRS: ("", gettext_lazy("取り下げられるのは、申請した人だけです。")),
}


def problem_words(problem: Problem) -> tuple[str, str]:
    """Return the field a problem belongs to, empty when to none, and what to tell."""
    field, text = _PROBLEMS[problem]
    return field, str(text) % {"days": account_rules().longest_days} if "%(days)s" in str(text) else str(text)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account as lists and its page show it."""

    staff: Staff
    role: str
    state: str
    tone: str
    has_first_password: bool
    ends_soon: bool


@dataclass(frozen=True, slots=True)
class EventRow:
    """One thing done to an account."""

    at: dt.datetime
    act: str
    role: str
    valid_to: dt.date | None
    note: str
    by: str


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """One application: what it asks, by whom, and what became of it."""

    one: Application
    kind: str
    role: str
    former_role: str
    by: str
    decision: str
    decided_by: str


def account_row(staff: Staff, on: dt.date) -> AccountRow:
    """Return an account in words."""
    state = staff.state_on(on)
    soon = on + dt.timedelta(days=account_rules().confirm_within_days)
    return AccountRow(
        staff=staff,
        role=str(ROLE_NAMES[Role(staff.role)]),
        state=str(STATE_NAMES[state]),
        tone=_TONES[state],
        has_first_password=staff.is_active and staff.first_password_until is not None,
        ends_soon=state is AccountState.OPEN and staff.valid_to is not None and staff.valid_to <= soon,
    )


def actor_names(actors: Iterable[str | None]) -> dict[str, str]:
    """Return what those who acted are called; whoever was no member of staff gave a command on the machine."""
    known = {one for one in actors if one}
    return dict.fromkeys(known, _("サーバーでの命令")) | names_of_staff(known)


def event_rows(events: list[AccountEvent]) -> list[EventRow]:
    """Return an account's history in words."""
    names = actor_names(one.by for one in events)
    return [
        EventRow(
            at=one.at,
            act=str(_ACTS[AccountAct(one.act)]),
            role=str(ROLE_NAMES[Role(one.role)]),
            valid_to=one.valid_to,
            note=one.note,
            by=names[one.by],
        )
        for one in events
    ]


def application_rows(found: list[Application]) -> list[ApplicationRow]:
    """Return applications in words."""
    names = actor_names(actor for one in found for actor in (one.applied_by, one.decided_by))
    return [
        ApplicationRow(
            one=one,
            kind=str(KIND_NAMES[ApplicationKind(one.kind)]),
            role=str(ROLE_NAMES[Role(one.role)]),
            former_role=_former(one),
            by=names[one.applied_by],
            decision=str(_DECISIONS[Decision(one.decision)]) if one.decision else "",
            decided_by=names[one.decided_by] if one.decided_by else "",
        )
        for one in found
    ]


def _former(one: Application) -> str:
    is_change = one.kind == ApplicationKind.CHANGE and one.decision is None and one.staff is not None
    return str(ROLE_NAMES[Role(one.staff.role)]) if is_change and one.staff is not None else ""
