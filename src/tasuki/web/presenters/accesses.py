"""Accesses in words: which page, what was done, whom it showed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.urls import URLPattern, get_resolver
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.queries import names_of_staff
from tasuki.accounts.types import Member, Role
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.watching.types import Act, RecordedAccess
from tasuki.web.presenters.accounts import ROLE_NAMES
from tasuki.web.reasons import OPEN_CAUSES
from tasuki.web.sealed import seal_person
from tasuki.web.templatetags.tasuki import moment

ACT_LABELS: Final[dict[Act, Promise]] = {
    Act.VIEW: gettext_lazy("閲覧"),
    Act.SEARCH: gettext_lazy("検索"),
    Act.PRINT: gettext_lazy("印刷"),
    Act.EXPORT: gettext_lazy("取出し"),
    Act.CHANGE: gettext_lazy("変更"),
    Act.REFUSED: gettext_lazy("権限がなく断られた"),
}
#: Areas of the screens, by the first part of an address.
_AREAS: Final[dict[str, Promise]] = {
    "accesses": gettext_lazy("アクセス記録"),
    "accounts": gettext_lazy("利用者"),
    "answers": gettext_lazy("届いた回答"),
    "changes": gettext_lazy("様式改定と切替"),
    "checks": gettext_lazy("確認記録票"),
    "contractors": gettext_lazy("委託作業"),
    "districts": gettext_lazy("担当区域"),
    "due": gettext_lazy("検診対象"),
    "emergencies": gettext_lazy("緊急時の権限"),
    "evidence": gettext_lazy("証跡"),
    "erasures": gettext_lazy("消去"),
    "exports": gettext_lazy("持出し"),
    "facilities": gettext_lazy("実施機関の台帳"),
    "follow-up": gettext_lazy("精検追跡"),
    "held": gettext_lazy("手動回答"),
    "imports": gettext_lazy("取込み"),
    "incidents": gettext_lazy("漏えい等の事案"),
    "index": gettext_lazy("統合宛名"),
    "inquiries": gettext_lazy("自治体間の照会"),
    "invitations": gettext_lazy("案内"),
    "letters": gettext_lazy("通知の文面"),
    "password": gettext_lazy("パスワードの変更"),
    "people": gettext_lazy("住民"),
    "protected": gettext_lazy("支援措置の対象者"),
    "records": gettext_lazy("情報提供等の記録"),
    "register": gettext_lazy("住民情報の取込み"),
    "reports": gettext_lazy("事業報告"),
    "results": gettext_lazy("検診結果の入力"),
    "second-factor": gettext_lazy("二要素認証"),
    "sessions": gettext_lazy("ログイン中の端末"),
    "settings": gettext_lazy("台帳と設定"),
    "work": gettext_lazy("作成したファイル"),
    "_dev": gettext_lazy("画面の部品"),
    "": gettext_lazy("ホーム"),
}
#: Pages about one resident, by the part of the address behind their token.
_OF_A_PERSON: Final[dict[str, Promise]] = {
    "accesses": gettext_lazy("閲覧の記録"),
    "contact": gettext_lazy("連絡先"),
    "details": gettext_lazy("連絡先・世帯・異動の履歴"),
    "enter": gettext_lazy("検診結果の入力"),
    "exclusions": gettext_lazy("対象からの除外"),
    "follow-up": gettext_lazy("精検追跡"),
    "inquire": gettext_lazy("照会"),
    "invitations": gettext_lazy("案内"),
    "letters": gettext_lazy("通知"),
    "open": gettext_lazy("支援措置の確認"),
    "portal": gettext_lazy("本人が見る画面"),
    "records": gettext_lazy("情報提供等の記録"),
    "results": gettext_lazy("検診結果"),
    "seek": gettext_lazy("照会先を探す"),
    "": gettext_lazy("検診歴"),
}
_FIELD_WORDS: Final[dict[str, Promise]] = {
    "text": gettext_lazy("氏名・フリガナ・住所・番号"),
    "birth_date": gettext_lazy("生年月日"),
    "since": gettext_lazy("いつから"),
    "until": gettext_lazy("いつまで"),
    "staff": gettext_lazy("職員"),
    "role": gettext_lazy("役割"),
    "act": gettext_lazy("操作"),
    "person": gettext_lazy("宛名番号"),
    "in_emergency": gettext_lazy("緊急時の権限"),
}


@lru_cache(maxsize=1)
def _routes() -> dict[str, str]:
    return {
        entry.name: str(entry.pattern)
        for entry in get_resolver().url_patterns
        if isinstance(entry, URLPattern) and entry.name is not None
    }


def page_label(page: str) -> str:
    """Return what a page is called, by the area it belongs to."""
    if page.startswith("command "):
        return f"{_('サーバのコマンド')} · {page.removeprefix('command ')}"
    parts = _routes().get(page, page).split("/")
    if parts[:2] == ["people", "<str:token>"]:
        return f"{_AREAS['people']} · {_OF_A_PERSON.get(parts[2], page)}"
    if parts[:2] == ["people", "found"]:
        return f"{_AREAS['people']} · {ACT_LABELS[Act.SEARCH]}"
    return str(_AREAS.get(parts[0], page))


@dataclass(frozen=True, slots=True)
class Named:
    """A person named in a row; without a token their page does not open for the reader."""

    number: str
    token: str


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One access as a row of a page or of a file."""

    recorded: RecordedAccess
    staff: str
    role: str
    act: str
    page: str
    people: tuple[Named, ...]
    fields: str
    reason: str

    @property
    def cells(self) -> list[str]:
        """The row as text for a file."""
        one = self.recorded
        shown = "" if one.shown is None else str(one.shown)
        people = " ".join(person.number for person in self.people)
        texts = [moment(one.at), self.staff, self.role, self.act, self.page, shown, people, self.fields, self.reason]
        marked = _("緊急時") if one.emergency is not None else ""
        return [*map(str, texts), one.address, marked, str(one.entry_id)]


def access_head() -> list[str]:
    """Return the head of the file."""
    return [
        _("日時"), _("職員"), _("役割"), _("操作"), _("画面"), _("人数"), _("宛名番号"), _("使った検索項目"), _("理由"),
        _("端末のアドレス"), _("緊急時の権限"), _("証跡の番号"),
    ]  # fmt: skip


def access_rows(found: Sequence[RecordedAccess], reader: Member) -> list[AccessRow]:
    """Return accesses for a reader: whom they showed is for some roles only, and to open them for fewer."""
    staff = names_of_staff([one.staff for one in found])
    names_people = may(reader, Permission.VIEW_WHOM_ACCESSED)
    opens_people = names_people and may(reader, Permission.VIEW_PERSON)
    return [
        AccessRow(
            recorded=one,
            staff=staff.get(one.staff, one.staff),
            role=str(ROLE_NAMES[Role(one.role)]),
            act=str(ACT_LABELS[one.act]),
            page=page_label(one.page),
            people=_people(one, opens_people) if names_people else (),
            fields="、".join(str(_FIELD_WORDS.get(name, name)) for name in one.fields),
            reason=_reason(one),
        )
        for one in found
    ]


def _people(one: RecordedAccess, opens: bool) -> tuple[Named, ...]:
    own = [Named(number, seal_person(SystemPersonNumber(number)) if opens else "") for number in one.people]
    return (*own, *(Named(number, "") for number in one.unified if not one.people))


def _reason(one: RecordedAccess) -> str:
    return _("担当区域の外") if one.reason == "AREA" else str(OPEN_CAUSES.get(one.reason, one.reason))
