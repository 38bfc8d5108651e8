"""Files of inquiries in words: what became of each line, and that none is missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.errors import LayoutError
from tasuki.layouts.render import Language
from tasuki.layouts.replica import parse
from tasuki.linkage.inquiry_files import layout
from tasuki.linkage.queries import inquiry_files as queries
from tasuki.linkage.types.inquiry_files import Bucket, FileView, LineOutcome
from tasuki.protocol.messages import State
from tasuki.web.presenters.inquiries import ENDINGS
from tasuki.work.types import Work

BUCKETS: Final[Mapping[Bucket, tuple[Promise, str]]] = {
    Bucket.PROBLEM: (gettext_lazy("照会できない行"), "bad"),
    Bucket.NOT_ASKED: (gettext_lazy("まだ照会していない行"), "care"),
    Bucket.OPEN: (gettext_lazy("回答を待つ行"), ""),
    Bucket.ANSWERED: (gettext_lazy("回答があった行"), "good"),
    Bucket.ENDED: (gettext_lazy("回答なしで終わった行"), "care"),
}
UNUSABLE: Final[Mapping[str, Promise]] = {
    "empty": gettext_lazy("ファイルに行がありません。照会ファイルを選び直してください。"),
    "too_long": gettext_lazy("1万行を超えています。1万行までに分けてください。"),
    "too_large": gettext_lazy("4MBを超えています。照会ファイルを選び直してください。"),
    "taken_before": gettext_lazy("同じ内容のファイルを前に取り込んでいます。下の一覧から開いてください。"),
}


@dataclass(frozen=True, slots=True)
class BucketRow:
    """How many lines are in a bucket."""

    value: str
    label: str
    tone: str
    count: int


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line in words."""

    line: int
    person: str
    data_set: str
    label: str
    tone: str
    message: str
    number: str
    earlier: int


def bucket_rows(view: FileView) -> list[BucketRow]:
    """Return every bucket, the empty ones too: together they are the file."""
    return [BucketRow(bucket.value, str(label), tone, view.counts[bucket]) for bucket, (label, tone) in BUCKETS.items()]


def line_rows(outcomes: Iterable[LineOutcome], language: Language) -> list[LineRow]:
    """Return lines in words."""
    return [
        LineRow(
            line=one.line,
            person=one.person,
            data_set=data_set_label(one.data_set, language),
            label=str(BUCKETS[one.bucket][0]),
            tone=BUCKETS[one.bucket][1],
            message=message_of(one, language),
            number=one.transaction_number,
            earlier=one.earlier,
        )
        for one in outcomes
    ]


def data_set_label(code: str, language: Language) -> str:
    """Name a data set; an empty text for none."""
    found = catalogue().data_sets.get(code)
    if found is None:
        return code
    return found.name_ja if language is Language.JA else found.name_en


def message_of(one: LineOutcome, language: Language) -> str:
    """Say what became of a line, and why."""
    if one.problem:
        return layout().words(one.problem, one.field_name, english=language is Language.EN)
    return _("まだ照会していません。") if one.state is None else str(ENDINGS[one.state].title)


def inquiry_file_summary(work: Work) -> str:
    """Say how the lines of the file stand once its work is done."""
    view = queries.file(UUID(str(work.outcome["file_id"])))
    if view is None:
        return ""
    counted = {
        "lines": f"{view.line_count:,}",
        "asked": f"{view.asked:,}",
        "left": f"{view.counts[Bucket.NOT_ASKED]:,}",
    }
    if work.outcome["is_stopped"]:
        return _("途中で止めました。%(asked)s行は照会済みで、%(left)s行はまだ照会していません。") % counted
    return _("%(lines)s行のうち%(asked)s行を照会しました。") % counted


def inquiry_file_address(work: Work) -> str:
    """Return where the lines of the file stand."""
    return reverse("inquiry-file", args=[str(work.outcome["file_id"])])


def result_lines(outcomes: Sequence[LineOutcome], language: Language) -> list[list[str]]:
    """Return the lines of the results' file.

    One for each line and payload: its number, status, message, transaction number, person, data set, whether an answer
    was screened, then of each item its code, value and why there is none.
    """
    return [cells for one in outcomes for cells in _cells(one, language)]


def _cells(one: LineOutcome, language: Language) -> list[list[str]]:
    message = message_of(one, language)
    if one.bucket is Bucket.ANSWERED and one.state in (State.RECEIVED, State.NOT_SCREENED, State.NO_REPLICA):
        message = _("正常終了")
    state = str(one.state or "")
    head = [str(one.line), one.bucket.value, state, message, one.transaction_number, one.person, one.data_set]
    return [head + _items(payload) for payload in one.payloads] or [head]


def _items(payload: str) -> list[str]:
    try:
        content = parse(payload.encode())
    except LayoutError:
        return [_("読み取れない回答です。")]
    cells = [str(content.fiscal_year), content.examined_date or "", content.facility_name or ""]
    for code in sorted({*content.items, *content.absent}):
        reason = content.absent.get(code)
        cells += [code, content.items.get(code, ""), reason.value if reason is not None else ""]
    return cells
