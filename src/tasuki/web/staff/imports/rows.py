"""Rows of an import somebody has to look at: mended in place, accepted, matched, left out, sent back."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.queries import staff_names
from tasuki.jobs.imports import rules_of_today
from tasuki.screening import import_queries, queries
from tasuki.screening.errors import WrongBatchState
from tasuki.screening.import_types import Candidate, ProblemRow, RowAct, RowChanged, RowOutcome, RowState
from tasuki.screening.mapping import read_mapping
from tasuki.screening.matching import candidates, certain_matches, searched_items
from tasuki.screening.operations.import_rows import (
    accept_rows,
    match_row,
    match_rows,
    mend_row,
    record_sent_back,
    set_rows_aside,
)
from tasuki.screening.sending_back import ENCODINGS, send_back_csv
from tasuki.screening.types import Batch, BatchState
from tasuki.shared.dates import civil_date
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.imports import (
    ProblemView,
    batch_view,
    change_view,
    item_words,
    row_view,
)
from tasuki.web.presenters.people import sex_label
from tasuki.web.sealed import SealBrokenError, open_person, seal_person
from tasuki.web.staff.imports.files import wrong_state
from tasuki.web.templatetags.tasuki import current_language
from tasuki.web.watching import look_at

#: So many rows are confirmed at once; the rest are asked about again.
MOST_AT_ONCE = 1000
_ASIDE = {"ignore": RowAct.IGNORED, "send-back": RowAct.SENT_BACK, "reopen": RowAct.REOPENED}


class SetAsideForm(forms.Form):
    """Which rows, and why."""

    act = forms.ChoiceField(choices=[(name, name) for name in ("accept", *_ASIDE)])
    rule = forms.CharField(required=False)
    line = forms.IntegerField(required=False, min_value=1)
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=200, required=False)

    def clean(self) -> dict[str, object]:
        """Ask for a reason where rows are left out."""
        values = dict(super().clean() or {})
        if values.get("act") == "ignore" and not values.get("reason"):
            self.add_error("reason", _("理由を入力してください。取り込まなかった理由として残ります。"))
        if not values.get("rule") and not values.get("line") and values.get("act") != "reopen":
            self.add_error(None, _("行か、直すところの種類を選んでください。"))
        return values


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell of the form: its column, what it says now and said when it was sent, and what is wrong with it."""

    name: str
    label: str
    value: str
    sent: str
    problems: tuple[ProblemView, ...]


@dataclass(frozen=True, slots=True)
class CandidateView:
    """One resident a row may be about."""

    token: str
    one: Candidate
    sex: str
    agreeing: tuple[str, ...]
    gone: str


@requires(Permission.VIEW_IMPORTS)
@require_http_methods(["GET", "HEAD"])
def row(request: StaffRequest, batch_id: UUID, line: int) -> HttpResponse:
    """Show a row with every cell, what is wrong with it, and whom it may be about."""
    return _row_page(request, *_found(batch_id, line))


@requires(Permission.IMPORT_RESULTS)
@require_POST
def mend(request: StaffRequest, batch_id: UUID, line: int) -> HttpResponse:
    """Put what was typed in the place of a row's cells, and check it at once."""
    batch, _row = _found(batch_id, line)
    cells = _typed(request.POST, batch)
    try:
        outcome = mend_row(
            batch_id=batch_id,
            line=line,
            cells=cells,
            accepted=request.POST.getlist("accepted"),
            reason=request.POST.get("reason", "")[:200],
            by=request.member.as_actor(),
            at=runtime.now(),
            objecting=rules_of_today(),
        )
    except WrongBatchState:
        messages.error(request, wrong_state())
        return redirect("import-row", batch_id, line)
    return _after(request, batch_id, line, outcome)


def _typed(posted: QueryDict, batch: Batch) -> list[str]:
    """Return the cells of a form: one by one, or a whole line of text where their number was wrong."""
    if "line" in posted:
        text = posted.get("line", "").replace("\r\n", "\n").rstrip("\n")
        delimiter = read_mapping(batch.mapping, batch.mapping_name).shape.delimiter
        return next(csv.reader([text], delimiter=delimiter), [])
    return [posted.get(f"cell-{place}", "") for place in range(len(batch.header))]


@requires(Permission.IMPORT_RESULTS)
@require_POST
def match(request: StaffRequest, batch_id: UUID, line: int) -> HttpResponse:
    """Take down whom a clerk decided a row is about, with what agreed when they did."""
    batch, found = _found(batch_id, line)
    try:
        person = open_person(request.POST.get("person", ""))
    except SealBrokenError as error:
        raise Http404 from error
    chosen = next((one for one in _candidates(batch, found) if one.system_person_number == person), None)
    if chosen is None:
        messages.error(request, _("候補が変わりました。もう一度選んでください。"))
        return redirect("import-row", batch_id, line)
    try:
        outcome = match_row(
            batch_id=batch_id,
            line=line,
            person=person,
            agreeing=chosen.agreeing,
            by=request.member.as_actor(),
            at=runtime.now(),
            objecting=rules_of_today(),
        )
    except WrongBatchState:
        messages.error(request, wrong_state())
        return redirect("import-row", batch_id, line)
    return _after(request, batch_id, line, outcome)


def _after(request: StaffRequest, batch_id: UUID, line: int, outcome: RowOutcome) -> HttpResponse:
    """Say what came of it, and go on to the next row that waits, or stay where something is left."""
    if not isinstance(outcome, RowChanged):
        messages.warning(request, _("この行は取込み済みです。結果の画面で訂正してください。"))
        return redirect("import-row", batch_id, line)
    if outcome.state is RowState.OPEN:
        messages.warning(request, _("保存しました。まだ直すところか、認めていない注意があります。"))
        return redirect("import-row", batch_id, line)
    following = import_queries.next_open_line(batch_id, line)
    messages.success(request, _("%(line)d行目は取り込めるようになりました。") % {"line": line})
    if following is None:
        return redirect("import", batch_id)
    return redirect("import-row", batch_id, following)


@requires(Permission.IMPORT_RESULTS)
@require_POST
def decide(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    """Accept a warning, leave rows out, send them back, or look at them again: one row, or all that break a rule."""
    form = SetAsideForm(request.POST)
    if not form.is_valid():
        for errors in form.errors.values():
            for error in errors:
                messages.error(request, str(error))
        return redirect(_back(request, batch_id))
    values = form.cleaned_data
    lines = None if values["line"] is None else [values["line"]]
    try:
        if values["act"] == "accept":
            count = accept_rows(
                batch_id=batch_id, rule=values["rule"], lines=lines, by=request.member.as_actor(), at=runtime.now()
            )
        else:
            count = len(
                set_rows_aside(
                    batch_id=batch_id,
                    act=_ASIDE[values["act"]],
                    rule=values["rule"] or None,
                    lines=lines,
                    reason=values["reason"],
                    by=request.member.as_actor(),
                    at=runtime.now(),
                )
            )
    except WrongBatchState:
        messages.error(request, wrong_state())
        return redirect(_back(request, batch_id))
    messages.success(request, _said(values["act"], count))
    return redirect(_back(request, batch_id))


def _said(act: str, count: int) -> str:
    words = {
        "accept": _("%(count)d行の注意を認めました。"),
        "ignore": _("%(count)d行を取り込まないことにしました。"),
        "send-back": _("%(count)d行を差し戻すことにしました。送付元に渡すCSVを受け取れます。"),
        "reopen": _("%(count)d行を確認待ちに戻しました。"),
    }
    return words[act] % {"count": count}


def _back(request: StaffRequest, batch_id: UUID) -> str:
    line = request.POST.get("back", "")
    if line.isascii() and line.isdigit() and len(line) < 10:
        return reverse("import-row", args=[batch_id, int(line)])
    return reverse("import", args=[batch_id])


@requires(Permission.IMPORT_RESULTS)
@require_POST
def confirm(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    """Confirm every certain match of an import: four items agree, with one resident only."""
    batch = queries.batch(batch_id)
    if batch is None:
        raise Http404
    certain = _certain(batch)
    if not certain:
        messages.warning(request, _("四つの項目がすべて一人だけと一致する行はありません。一行ずつ見比べてください。"))
        return redirect("import", batch_id)
    try:
        match_rows(
            batch_id=batch_id,
            people=certain,
            by=request.member.as_actor(),
            at=runtime.now(),
            objecting=rules_of_today(),
        )
    except WrongBatchState:
        messages.error(request, wrong_state())
        return redirect("import", batch_id)
    count = len(certain)
    messages.success(
        request,
        ngettext("%(count)d行の住民を決めました。", "%(count)d行の住民を決めました。", count) % {"count": count},
    )
    return redirect("import", batch_id)


def _certain(batch: Batch) -> list[tuple[int, str]]:
    _total, waiting = import_queries.problem_rows(
        batch.batch_id, state=RowState.OPEN, has_errors=True, limit=MOST_AT_ONCE
    )
    unmatched = [one for one in waiting if one.matched_person is None]
    mapping = read_mapping(batch.mapping, batch.mapping_name)
    return certain_matches(mapping, batch.header, unmatched, civil_date(runtime.now()))


@requires(Permission.IMPORT_RESULTS, act=Act.EXPORT, leaves="import-sent-back")
@require_POST
def send_back_file(request: StaffRequest, batch_id: UUID) -> HttpResponse:
    """Give the rows that go back to their sender as a file, and record that they were taken out."""
    batch = queries.batch(batch_id)
    if batch is None:
        raise Http404
    encoding = request.POST.get("encoding", "")
    if encoding not in ENCODINGS:
        raise Http404
    _total, found = import_queries.problem_rows(batch_id, state=RowState.SENT_BACK, limit=100_000)
    if not found:
        messages.warning(request, _("差し戻す行がありません。"))
        return redirect("import", batch_id)
    content = send_back_csv(batch.header, found, encoding)
    if content is None:
        messages.error(request, _("CP932(Shift_JIS)にない文字があります。UTF-8で受け取ってください。"))
        return redirect("import", batch_id)
    record_sent_back(
        batch_id=batch_id, lines=[one.line for one in found], by=request.member.as_actor(), at=runtime.now()
    )
    name = content_disposition_header(as_attachment=True, filename=_("差戻し") + f"-{batch_id.hex[-8:]}.csv")
    charset = "Shift_JIS" if encoding == "cp932" else "utf-8"
    return HttpResponse(
        content, content_type=f"text/csv; charset={charset}", headers={"Content-Disposition": name or ""}
    )


def _found(batch_id: UUID, line: int) -> tuple[Batch, ProblemRow]:
    batch = queries.batch(batch_id)
    found = import_queries.problem_row(batch_id, line)
    if batch is None or found is None:
        raise Http404
    return batch, found


def _candidates(batch: Batch, found: ProblemRow) -> Sequence[Candidate]:
    mapping = read_mapping(batch.mapping, batch.mapping_name)
    searched = {found.line: searched_items(mapping, batch.header, found)}
    return candidates(searched, civil_date(runtime.now()))[found.line]


def _row_page(request: StaffRequest, batch: Batch, found: ProblemRow) -> HttpResponse:
    language = current_language()
    view = row_view(found, batch, language)
    is_open = batch.state in (BatchState.PREVIEWED, BatchState.COMMITTED) and found.state is not RowState.STORED
    needs_person = is_open and (view.needs_person or found.matched_person is not None)
    rivals = _candidates(batch, found) if needs_person else ()
    if rivals:
        look_at([one.system_person_number for one in rivals], part="import-candidate")
    names = staff_names()
    is_whole = len(found.cells) == len(batch.header)
    context = {
        "batch": batch_view(batch, language),
        "row": view,
        "cells": _cell_views(batch, found, view.problems) if is_whole else [],
        "line_text": "" if is_whole else _line_text(batch, found),
        "loose": [one for one in view.problems if one.field not in batch.header or not is_whole],
        "warnings": _warnings(view.problems),
        "accepted": found.accepted,
        "candidates": [_candidate_view(one) for one in rivals],
        "needs_person": needs_person,
        "matched": next((one for one in rivals if one.system_person_number == found.matched_person), None),
        "history": [
            change_view(one, batch.header, names.get(one.changed_by.partition(":")[2], one.changed_by))
            for one in import_queries.changes_of_row(batch.batch_id, found.line)
        ],
        "next_line": import_queries.next_open_line(batch.batch_id, found.line),
        "may_change": is_open and may(request.member, Permission.IMPORT_RESULTS),
    }
    return render(request, "imports/row.html", context)


def _warnings(problems: Sequence[ProblemView]) -> list[ProblemView]:
    """Return one problem for each warning rule: what is accepted is the rule."""
    return list({one.rule: one for one in problems if not one.is_error}.values())


def _cell_views(batch: Batch, found: ProblemRow, problems: Sequence[ProblemView]) -> list[CellView]:
    return [
        CellView(
            name=f"cell-{place}",
            label=name,
            value=found.cells[place],
            sent=found.sent[place] if len(found.sent) == len(batch.header) else "",
            problems=tuple(one for one in problems if one.field == name),
        )
        for place, name in enumerate(batch.header)
    ]


def _line_text(batch: Batch, found: ProblemRow) -> str:
    return read_mapping(batch.mapping, batch.mapping_name).shape.delimiter.join(found.cells)


def _candidate_view(one: Candidate) -> CandidateView:
    gone = _("転出") if one.moved_out_date is not None else _("死亡") if one.died_date is not None else ""
    return CandidateView(
        token=seal_person(SystemPersonNumber(one.system_person_number)),
        one=one,
        sex=sex_label(one.sex),
        agreeing=tuple(item_words(one.agreeing)),
        gone=gone,
    )
