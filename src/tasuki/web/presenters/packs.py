"""Evidence packs in words: the form that asks for one, and the register of those there were."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.accounts.queries import names_of_staff
from tasuki.audits.packs.catalogue import contents
from tasuki.audits.packs.types import Content, Holds, Pack
from tasuki.layouts.render import Language
from tasuki.shared.dates import fiscal_year_bounds, fiscal_year_of
from tasuki.web.fields import DayField, offer
from tasuki.web.templatetags.tasuki import current_language
from tasuki.work.types import Work, WorkState

#: What a file tells of people, in words.
HOLDS_WORDS: Final[Mapping[Holds, Promise]] = {
    Holds.NONE: gettext_lazy("個人の情報なし"),
    Holds.STAFF: gettext_lazy("職員・委託先の氏名あり"),
    Holds.TEXT: gettext_lazy("職員の書いた文あり(住民の氏名・番号は書かない定め)"),
    Holds.KEYS: gettext_lazy("宛名番号あり、氏名なし"),
}
_STATES: Final[Mapping[WorkState, tuple[Promise, str]]] = {
    WorkState.WAITING: (gettext_lazy("順番待ち"), ""),
    WorkState.RUNNING: (gettext_lazy("作っています"), "tag--care"),
    WorkState.DONE: (gettext_lazy("できました"), "tag--good"),
    WorkState.CANCELLED: (gettext_lazy("中止しました"), ""),
    WorkState.FAILED: (gettext_lazy("作れませんでした"), "tag--bad"),
}
#: Numbers of residents go into a pack only when somebody chooses so.
_NOT_AT_FIRST: Final = frozenset({Holds.KEYS})


class PackForm(forms.Form):
    """Which period, and what of it."""

    since = DayField(label=gettext_lazy("期間の始まり"), help_text=gettext_lazy("例: 2026/4/1、R8.4.1"))
    until = DayField(label=gettext_lazy("期間の終わり"), help_text=gettext_lazy("この日まで入ります。"))
    contents = forms.MultipleChoiceField(
        label=gettext_lazy("入れるもの"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("入れるものを一つ以上選んでください。")},
    )

    def __init__(self, data: Any = None, *, today: dt.date) -> None:
        first, _last = fiscal_year_bounds(fiscal_year_of(today))
        chosen = [one.key for one in contents().values() if one.holds not in _NOT_AT_FIRST]
        super().__init__(data, initial={"since": f"{first:%Y/%m/%d}", "until": f"{today:%Y/%m/%d}", "contents": chosen})
        self.today = today
        offer(self, {"contents": [(one.key, _offered(one)) for one in contents().values()]})

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins, or has not come yet."""
        values: dict[str, Any] = self.cleaned_data
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", _("期間の始まりより後の日を入れてください。"))
        if until and until > self.today:
            self.add_error("until", _("まだ来ていない日です。今日までの日を入れてください。"))
        return values


@dataclass(frozen=True, slots=True)
class PackRow:
    """One pack as a row."""

    one: Pack
    asker: str
    state: str
    tone: str
    holds: tuple[str, ...]
    is_own: bool


def pack_rows(found: Sequence[Pack], works: Mapping[Any, Work], reader: str) -> list[PackRow]:
    """Return packs in words; whoever asked for one gets on to its file."""
    names = names_of_staff([one.asked_by for one in found])
    return [_row(one, names, works, reader) for one in found]


def pack_summary(work: Work) -> str:
    """Say how many files a pack became."""
    return _("%(files)s個のファイルを、署名した一つの書庫にしました。") % {"files": work.outcome["files"]}


def _row(one: Pack, names: Mapping[str, str], works: Mapping[Any, Work], reader: str) -> PackRow:
    state, tone = _STATES[works[one.work_id].state]
    chosen = tuple(_spoken(contents()[key]) for key in one.contents if key in contents())
    return PackRow(one, names.get(one.asked_by, one.asked_by), str(state), tone, chosen, one.asked_by == reader)


def _offered(one: Content) -> str:
    return _("%(name)s — %(holds)s") % {"name": _spoken(one), "holds": HOLDS_WORDS[one.holds]}


def _spoken(one: Content) -> str:
    return one.name[int(current_language() is Language.EN)]
