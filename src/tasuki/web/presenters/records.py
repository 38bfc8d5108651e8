"""Exchange records in words: as a table and a file for staff, and as sentences for whom they concern."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.render import Language
from tasuki.linkage.queries import institution_names
from tasuki.linkage.types.records import RecordLine
from tasuki.protocol.messages import OPEN_STATES, Direction, Exchange, State
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.presenters.amendments import AmendmentRow, amendment_rows
from tasuki.web.presenters.exchange_words import state_label
from tasuki.web.sealed import seal_person
from tasuki.web.templatetags.tasuki import current_language, moment

DIRECTION_LABELS: Final[Mapping[Direction, Promise]] = {
    Direction.INQUIRED: gettext_lazy("照会した"),
    Direction.PROVIDED: gettext_lazy("照会された"),
}

#: What came of it, for whom it concerns; whatever is not named here gave nothing to anybody.
_GIVEN: Final[Mapping[State, Promise]] = {
    State.RECEIVED: gettext_lazy("情報が提供されました。"),
    State.PURGED: gettext_lazy("情報が提供されました。受け取った側の写しは、保存期間が過ぎたため消えています。"),
    State.NOT_SCREENED: gettext_lazy("検診を受けた記録はない、と回答がありました。"),
    State.NO_REPLICA: gettext_lazy("提供できる記録がなかったため、情報は提供されませんでした。"),
    State.LAPSED: gettext_lazy("期限までに回答がなかったため、情報は提供されませんでした。"),
    State.CANCELLED: gettext_lazy("照会が取り消されたため、情報は提供されませんでした。"),
    State.REFUSED_NO_LEGAL_BASIS: gettext_lazy("法令の根拠がないため照会が許可されず、情報は提供されませんでした。"),
}
_NOT_GIVEN: Final = gettext_lazy("情報は提供されませんでした。")
_WAITING: Final = gettext_lazy("まだ回答がありません。情報は提供されていません。")


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One exchange record for staff; `token` addresses the person's own disclosure page."""

    at: dt.datetime
    direction: str
    other: str
    what: str
    refused: str
    procedure: str
    department: str
    basis: str
    state: str
    provided_at: dt.datetime | None
    received_at: dt.datetime | None
    corrected_at: dt.datetime | None
    is_not_disclosed: bool
    reference: str
    person: str
    token: str
    is_amended: bool

    @property
    def cells(self) -> list[str]:
        """The row as text for a file."""
        times = [moment(self.at), moment(self.provided_at), moment(self.received_at)]
        texts = [self.direction, self.other, self.what, self.refused, self.procedure, self.department, self.basis]
        hidden = _("不開示") if self.is_not_disclosed else ""
        rest = [self.state, moment(self.corrected_at), hidden, self.person]
        return [self.reference, *times, *texts, *rest]


def records_head() -> list[str]:
    """Return the head of the file."""
    return [
        _("処理通番"), _("照会の日時"), _("提供の日時"), _("受領の日時"), _("向き"), _("相手方"), _("情報の種類"),
        _("許可されなかった種類"), _("事務手続"), _("部署"), _("根拠"), _("状態"), _("訂正の通知"), _("不開示"),
        _("宛名番号"),
    ]  # fmt: skip


def record_rows(lines: Sequence[RecordLine], *, shows_people: bool) -> list[RecordRow]:
    """Return records as staff see them; who they concern only for those who may know."""
    names = institution_names()
    return [_row(line, names, line.person if shows_people else None) for line in lines]


def _row(line: RecordLine, names: Mapping[str, tuple[str, str]], person: str | None) -> RecordRow:
    one = line.exchange
    return RecordRow(
        at=one.requested_at,
        direction=str(DIRECTION_LABELS[one.direction]),
        other=_name(one.other, names),
        what=data_set_names(one.data_sets),
        refused=data_set_names(one.refused_data_sets),
        procedure=one.procedure,
        department=one.department,
        basis=one.basis,
        state=state_label(one.state),
        provided_at=one.provided_at,
        received_at=one.received_at,
        corrected_at=one.corrected_at,
        is_not_disclosed=one.non_disclosure,
        reference=one.transaction_number,
        person=person or "",
        token=seal_person(SystemPersonNumber(person)) if person else "",
        is_amended=bool(one.amendments),
    )


def data_set_names(codes: Sequence[str]) -> str:
    """Return what data sets are called."""
    found = [catalogue().data_set(code) for code in codes]
    if current_language() is Language.EN:
        return ", ".join(one.name_en for one in found)
    return "、".join(one.name_ja for one in found)


def _name(institution: str, names: Mapping[str, tuple[str, str]]) -> str:
    return names.get(institution, (institution, institution))[int(current_language() is Language.EN)]


@dataclass(frozen=True, slots=True)
class DisclosedRow:
    """One exchange for whom it concerns: what happened, what about, under which article, what came of it."""

    at: dt.datetime
    happened: str
    what: str
    department: str
    basis: str
    outcome: str
    provided_at: dt.datetime | None
    corrected_at: dt.datetime | None
    reference: str
    amendments: list[AmendmentRow]


def disclosed_rows(exchanges: Sequence[Exchange], town: str) -> list[DisclosedRow]:
    """Return exchanges in words for whom they concern."""
    names = institution_names()
    called = {code: _name(code, names) for code in names}
    return [
        DisclosedRow(
            at=one.requested_at,
            happened=_happened(one, town, _name(one.other, names)),
            what=data_set_names(one.data_sets),
            department=one.department,
            basis=one.basis,
            outcome=_outcome(one),
            provided_at=one.provided_at if one.state in (State.RECEIVED, State.PURGED) else None,
            corrected_at=one.corrected_at,
            reference=one.transaction_number,
            amendments=amendment_rows(one.amendments, town, called),
        )
        for one in exchanges
    ]


def _happened(one: Exchange, town: str, other: str) -> str:
    if one.direction is Direction.INQUIRED:
        return _("%(town)sが、%(other)sに照会しました。") % {"town": town, "other": other}
    return _("%(other)sが、%(town)sに照会しました。") % {"town": town, "other": other}


def _outcome(one: Exchange) -> str:
    if one.state in OPEN_STATES:
        return str(_WAITING)
    return str(_GIVEN.get(one.state, _NOT_GIVEN))
