"""The target list on paper (対象者名簿): in files that a printer takes, protected people without their address."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from tasuki.eligibility.wording import reason_label
from tasuki.invitations import queries
from tasuki.invitations.numbers import shown
from tasuki.invitations.types import Deliver, Standing, Target, TargetFilter, TargetOrder
from tasuki.invitations.wording import programme_name, year_name
from tasuki.layouts.render import Language
from tasuki.letters.rendering import make_list
from tasuki.letters.types import ListDocument
from tasuki.screening import queries as screening
from tasuki.screening.types import Person
from tasuki.shared.dates import in_era
from tasuki.work.types import Progress

#: How many lines a file holds: some sixty pages.
FILE: Final = 2_000
_HEAD: Final = ("氏名", "フリガナ", "生年月日", "年齢", "検診", "対象のわけ", "状態", "受診券", "勧奨", "住所")
_STANDINGS: Final = {
    Standing.OPEN: "未受診",
    Standing.EXAMINED: "受診済み",
    Standing.REFUSED: "勧奨拒否",
    Standing.NOT_DUE: "対象外になった",
    Standing.GONE: "転出・死亡",
}
_PROTECTED: Final = "支援措置（住所は出しません）"


def print_targets(
    fiscal_year: int,
    on: dt.date,
    *,
    wanted: TargetFilter,
    order: TargetOrder,
    town: str,
    footer: str,
    deliver: Deliver,
    progress: Progress,
) -> int:
    """Make a year's list as PDF files and hand them over; give how many targets they hold."""
    found = queries.targets(fiscal_year, on, wanted=wanted, order=order, limit=None).rows
    progress.report(0, len(found))
    for place, start in enumerate(range(0, len(found), FILE), 1):
        some = found[start : start + FILE]
        people = screening.people(list({one.system_person_number for one in some}))
        document = ListDocument(
            title=f"{year_name(fiscal_year, Language.JA)} 対象者名簿",
            subtitle=f"{in_era(on)}現在　{start + 1}件目から{start + len(some)}件目（全{len(found)}件）",
            head=_HEAD,
            rows=[_line(one, people.get(one.system_person_number), on) for one in some],
            notes=("支援措置の対象者の住所は印刷しません。取扱いに注意し、使い終わったら溶解処分してください。",),
            is_wide=True,
            numeric=(3, 8),
        )
        deliver(f"対象者名簿_{fiscal_year}年度_{place:03}.pdf", make_list(document, town=town, footer=footer))
        progress.report(start + len(some), len(found))
    return len(found)


def _line(target: Target, person: Person | None, on: dt.date) -> Sequence[str]:
    return (
        person.name if person else "",
        person.kana_name if person else "",
        in_era(person.birth_date) if person else "",
        "" if target.age is None else str(target.age),
        programme_name(target.programme, Language.JA),
        reason_label(target.reason, Language.JA) if target.reason else "個別に追加",
        _STANDINGS[target.standing],
        shown(target.coupon) if target.coupon else "",
        str(target.reminded) if target.reminded else "",
        _address(person, on),
    )


def _address(person: Person | None, on: dt.date) -> str:
    if person is None:
        return ""
    return _PROTECTED if person.is_protected(on) else person.address
