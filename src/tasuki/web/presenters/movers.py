"""Those who moved in, in words: how asking about each stands, and how far a whole period is covered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.layouts.render import Language
from tasuki.layouts.types import Programme
from tasuki.linkage.types.movers import (
    ANSWERED,
    CANNOT_ASK,
    Coverage,
    Mover,
    ProgrammeCoverage,
    ProviderCoverage,
    Standing,
)
from tasuki.screening.types import Person
from tasuki.web.presenters.inquiries import ENDINGS
from tasuki.web.presenters.people import PersonRow, person_row
from tasuki.web.presenters.programmes import ProgrammeView, programme_view
from tasuki.work.types import Work

#: What each standing is called, its tone, and what to do about it.
STANDINGS: Final[Mapping[Standing, tuple[Promise, str, Promise]]] = {
    Standing.NOT_ASKED: (
        gettext_lazy("まだ照会していない"),
        "care",
        gettext_lazy("下のボタンで、まとめて照会できます。"),
    ),
    Standing.OPEN: (gettext_lazy("回答を待っている"), "", gettext_lazy("自動で受け取ります。")),
    Standing.TO_ADOPT: (
        gettext_lazy("回答が届いた"),
        "care",
        gettext_lazy("内容を確かめて、履歴に取り込んでください。"),
    ),
    Standing.ADOPTED: (gettext_lazy("履歴に取り込んだ"), "good", gettext_lazy("することはありません。")),
    Standing.NOTHING: (
        gettext_lazy("前の自治体に記録がない"),
        "good",
        gettext_lazy("相手方がそう回答しました。"),
    ),
    Standing.ENDED: (
        gettext_lazy("回答なしで終わった"),
        "bad",
        gettext_lazy("わけは照会の画面にあります。もう一度照会すると届くことがあります。"),
    ),
    Standing.ABROAD: (
        gettext_lazy("国外から転入した"),
        "",
        gettext_lazy("照会できる自治体がありません。本人に海外での受診を尋ねてください。"),
    ),
    Standing.NOT_LISTED: (
        gettext_lazy("転入元が照会先にない"),
        "",
        gettext_lazy("転入元の自治体がネットワークに加わると照会できます。システム管理者に知らせてください。"),
    ),
    Standing.NO_ORIGIN: (
        gettext_lazy("転入元が分からない"),
        "",
        gettext_lazy("住民記録に転入元がありません。住民記録の担当課に確かめてください。"),
    ),
}


@dataclass(frozen=True, slots=True)
class StandingCount:
    """How many people stand so."""

    value: str
    label: str
    tone: str
    help: str
    count: int


@dataclass(frozen=True, slots=True)
class MoverRow:
    """One person of the list."""

    person: PersonRow
    moved_in: date
    origin: str
    label: str
    tone: str
    detail: str
    number: str


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """How asking one municipality stands. `numbers` are people, not asked, open, answered, with results, ended."""

    name: str
    note: str
    numbers: tuple[int, ...]
    share: str
    median: str
    slow: str


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """For how many movers one screening was asked for and answered."""

    programme: ProgrammeView
    counted: ProgrammeCoverage
    share: str


def standing_counts(whole: ProviderCoverage) -> list[StandingCount]:
    """Return every standing, the empty ones too: together they are everybody who moved in."""
    return [
        StandingCount(one.value, str(label), tone, str(help_text), whole.counts[one])
        for one, (label, tone, help_text) in STANDINGS.items()
    ]


def mover_rows(
    found: Sequence[Mover], people: Mapping[str, Person], names: Mapping[str, str], on: date
) -> list[MoverRow]:
    """Return people of the list in words.

    :param names: what institutions are called.
    """
    return [
        MoverRow(
            person=person_row(people[one.system_person_number], on),
            moved_in=one.moved_in_date,
            origin=names.get(one.provider, one.origin),
            label=str(STANDINGS[one.standing][0]),
            tone=STANDINGS[one.standing][1],
            detail="" if one.state is None else str(ENDINGS[one.state].title),
            number=one.transaction_number,
        )
        for one in found
        if one.system_person_number in people
    ]


def provider_rows(found: Iterable[ProviderCoverage], names: Mapping[str, str]) -> list[ProviderRow]:
    """Return municipalities by how many came from there."""
    return [_provider_row(one, names) for one in found]


def whole_row(coverage: Coverage) -> ProviderRow:
    """Return everyone who moved in, as the last line of the table."""
    return _row(_("合計"), "", coverage.whole)


def _provider_row(one: ProviderCoverage, names: Mapping[str, str]) -> ProviderRow:
    reason = next((standing for standing in CANNOT_ASK if one.counts[standing]), None)
    if reason is None:
        return _row(names.get(one.provider, one.provider), "", one)
    return _row(one.origin or _("不明"), str(STANDINGS[reason][0]), one)


def _row(name: str, note: str, one: ProviderCoverage) -> ProviderRow:
    answered = sum(one.counts[standing] for standing in ANSWERED)
    can_be_asked = one.people - sum(one.counts[standing] for standing in CANNOT_ASK)
    return ProviderRow(
        name=name,
        note=note,
        numbers=(
            one.people,
            one.counts[Standing.NOT_ASKED],
            one.counts[Standing.OPEN],
            answered,
            one.counts[Standing.TO_ADOPT] + one.counts[Standing.ADOPTED],
            one.counts[Standing.ENDED],
        ),
        share=share(answered, can_be_asked),
        median=duration(one.median_seconds),
        slow=duration(one.slow_seconds),
    )


def programme_rows(coverage: Coverage, language: Language) -> list[ProgrammeRow]:
    """Return the screenings."""
    return [
        ProgrammeRow(
            programme_view(Programme(one.programme), language), one, share(one.answered, coverage.can_be_asked)
        )
        for one in coverage.programmes
    ]


def share(part: int, whole: int) -> str:
    """Return a share in per cent; a dash of nobody. What is not all is never rounded up to it."""
    if not whole:
        return "—"
    return f"{part * 1000 // whole / 10:.1f}%"


def duration(seconds: float | None) -> str:
    """Return how long something took, in the unit a person would use."""
    if seconds is None:
        return "—"
    if seconds < 60:
        return _("%(number)s秒") % {"number": f"{seconds:.1f}"}
    if seconds < 2 * 3600:
        return _("%(number)s分") % {"number": round(seconds / 60)}
    if seconds < 48 * 3600:
        return _("%(number)s時間") % {"number": round(seconds / 3600)}
    return _("%(number)s日") % {"number": round(seconds / 86400)}


def movers_summary(work: Work) -> str:
    """Word what asking about everyone came to."""
    counted = {"asked": f"{work.outcome['asked']:,}", "left": f"{work.outcome['not_numbered']:,}"}
    if work.outcome["is_stopped"]:
        return _("途中で止めました。%(asked)s人については照会済みです。") % counted
    if not work.outcome["not_numbered"]:
        return _("%(asked)s人について照会しました。") % counted
    return (
        _("%(asked)s人について照会しました。%(left)s人は統合宛名にまだ登録されていないため、翌日に照会してください。")
        % counted
    )
