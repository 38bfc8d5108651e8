"""The mapping editor: a sample is uploaded, its columns are chosen for, and what it reads as is seen at once."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4
from zlib import crc32

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.layouts.render import code_choices
from tasuki.layouts.types import Programme
from tasuki.screening import mapping_queries
from tasuki.screening.editing import (
    Draft,
    begin,
    codes_of,
    go_on_from,
    lacking,
    repeated,
    text_of,
    with_suggestions,
)
from tasuki.screening.errors import MappingError
from tasuki.screening.import_types import MappingDraft, NameTaken
from tasuki.screening.mapping import DATE_FORMATS, DELIMITERS, read_mapping
from tasuki.screening.operations.mappings import change_draft, end_draft, save_mapping, start_draft
from tasuki.screening.reading import SourceFile, UnreadableSource, inspect, is_archive
from tasuki.screening.sampling import Sample, guess_shape, raw_lines, take_sample
from tasuki.screening.uploads import Upload, keep_upload, open_upload, remove_upload
from tasuki.screening.wording import import_problem
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.imports import problem_view
from tasuki.web.presenters.mappings import checked_rows, column_views, field_labels, target_groups
from tasuki.web.presenters.programmes import programme_view
from tasuki.web.staff.imports.places import received, uploads
from tasuki.web.templatetags.tasuki import current_language
from tasuki.web.uploads import ReceivedFile

_MOST_COLUMNS = 500
_SHOWN_LINES = 5


class NewMappingForm(forms.Form):
    """Whose files, of which screening, and a sample of them."""

    name = forms.CharField(label=gettext_lazy("取込み定義の名前"), max_length=100)
    programme = forms.ChoiceField(label=gettext_lazy("検診"))
    file = ReceivedFile(
        archives=True,
        label=gettext_lazy("見本のファイル"),
        help_text=gettext_lazy("送付元から届いたファイルを選びます。見本は保存か破棄のあと、遅くとも翌日に消えます。"),
        allow_empty_file=True,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["programme"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 — declared above
        language = current_language()
        choice.choices = [("", _("選んでください"))] + [
            (one.value, programme_view(one, language).label) for one in Programme
        ]


class SampleForm(forms.Form):
    """A sample for another version of a mapping."""

    file = NewMappingForm.base_fields["file"]


@requires(Permission.EDIT_MAPPINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def new_mapping(request: StaffRequest, sender_id: UUID) -> HttpResponse:
    """Begin a mapping over a sample."""
    sender = mapping_queries.sender(sender_id)
    if sender is None:
        raise Http404
    form = NewMappingForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        name, programme = form.cleaned_data["name"], Programme(form.cleaned_data["programme"])
        started = _start(request, form, sender_id, None, lambda source, shape: begin(name, programme, shape, source))
        if started is not None:
            return redirect("import-draft", started)
    return render(
        request,
        "imports/new_mapping.html",
        {"sender": sender, "form": form, "mapping": None},
        status=422 if form.errors else 200,
    )


@requires(Permission.EDIT_MAPPINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def new_version(request: StaffRequest, mapping_id: UUID) -> HttpResponse:
    """Begin another version of a mapping over a sample."""
    found = mapping_queries.mapping(mapping_id)
    if found is None:
        raise Http404
    form = SampleForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        former = go_on_from(read_mapping(found.content, found.name))
        started = _start(request, form, found.sender_id, mapping_id, lambda _source, _shape: former)
        if started is not None:
            return redirect("import-draft", started)
    sender = mapping_queries.sender(found.sender_id)
    context = {"sender": sender, "form": form, "mapping": found}
    return render(request, "imports/new_mapping.html", context, status=422 if form.errors else 200)


def _start(request: StaffRequest, form: forms.Form, sender_id: UUID, mapping_id: UUID | None, make: Any) -> UUID | None:
    """Keep the sample and begin the draft; None, with the reason beside the field, when the sample cannot be read."""
    file = form.cleaned_data["file"]
    try:
        if is_archive(received(file)):
            raise UnreadableSource(import_problem("archive_nested", name=file.name))
        source, shape, _lines = guess_shape(received(file))
        draft: Draft = make(source.encoding, shape)
        draft = with_suggestions(draft, take_sample(source, draft.shape))
    except UnreadableSource as unreadable:
        view = problem_view(unreadable.problem, current_language())
        form.add_error("file", f"{view.message} {view.remedy}")
        return None
    draft_id = uuid4()
    keep_upload(uploads(), draft_id, received(file), {"name": file.name or ""})
    start_draft(
        draft_id=draft_id,
        sender_id=sender_id,
        mapping_id=mapping_id,
        content=draft.dump(),
        sample_name=file.name or "",
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    return draft_id


@requires(Permission.EDIT_MAPPINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: StaffRequest, draft_id: UUID) -> HttpResponse:
    """Show the editor; a post keeps what was chosen, and saves it or throws it away when asked to."""
    kept, sample_file = _opened(draft_id)
    made = Draft.load(kept.content)
    if request.method != "POST":
        return _editor_page(request, kept, made, sample_file, "")
    act = request.POST.get("act", "")
    if act == "discard":
        _end(request, draft_id)
        messages.success(request, _("作りかけの取込み定義を破棄しました。"))
        return redirect("import-sender", kept.sender_id)
    source = inspect(sample_file.path, "cp932")
    made = _posted(made, request.POST, take_sample(source, made.shape), source)
    change_draft(draft_id=draft_id, content=made.dump(), by=request.member.as_actor(), at=runtime.now())
    if act == "save":
        return _save(request, kept, made, sample_file)
    if request.headers.get("HX-Request"):
        sample = take_sample(source, made.shape)
        context = {"checked": checked_rows(made, sample, current_language()), **_state_of(made)}
        return render(request, "imports/checked.html", context)
    return redirect("import-draft", draft_id)


def _save(request: StaffRequest, kept: MappingDraft, made: Draft, sample_file: Upload) -> HttpResponse:
    """Save a draft as a version, or show it again with what is still missing."""
    if lacking(made) or repeated(made):
        return _editor_page(
            request, kept, made, sample_file, _("まだ保存できません。下の「足りないもの」を直してください。")
        )
    try:
        text = text_of(made)
    except MappingError as error:
        return _editor_page(
            request, kept, made, sample_file, _("まだ保存できません。(%(reason)s)") % {"reason": error.reason}
        )
    done = save_mapping(
        sender_id=kept.sender_id,
        mapping_id=kept.mapping_id,
        text=text,
        reason=request.POST.get("reason", "")[:200],
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    if isinstance(done, NameTaken):
        return _editor_page(
            request, kept, made, sample_file, _("同じ名前の取込み定義があります。名前を変えてください。")
        )
    _end(request, kept.draft_id)
    messages.success(request, _("第%(version)s版として保存しました。") % {"version": done.version})
    return redirect("import-mapping", done.mapping_id)


def _end(request: StaffRequest, draft_id: UUID) -> None:
    end_draft(draft_id=draft_id, by=request.member.as_actor(), at=runtime.now())
    remove_upload(uploads(), draft_id)


def _opened(draft_id: UUID) -> tuple[MappingDraft, Upload]:
    kept = mapping_queries.draft(draft_id)
    sample_file = open_upload(uploads(), draft_id)
    if kept is None or sample_file is None:
        raise Http404
    return kept, sample_file


def _posted(made: Draft, posted: QueryDict, sample: Sample, source: SourceFile) -> Draft:
    """Return a draft as a form says it; a form that cuts the file anew says nothing of columns yet."""
    named = posted.get("name", "").strip()[:100] or made.name
    cut = replace(made, name=named, **(_cut(made, posted, source) if "cut" in posted else {}))
    if cut.shape != made.shape:
        fresh = take_sample(source, cut.shape)
        known = {column.name for column in fresh.columns}
        return with_suggestions(replace(cut, fields={k: v for k, v in made.fields.items() if k in known and v}), fresh)
    if posted.get("of") != _mark_of(sample):
        # Of a page whose columns were others: another window has cut the file anew since.
        return cut
    programme = Programme(made.programme)
    offered = {name for _label, group in target_groups(programme, current_language()) for name, _word in group}
    fields = dict(made.fields)
    terms: dict[str, dict[str, str]] = {}
    for place, column in enumerate(sample.columns[:_MOST_COLUMNS]):
        chosen = posted.get(f"field-{place}", fields.get(column.name, ""))
        is_kept = chosen == fields.get(column.name, "")
        fields[column.name] = chosen if chosen in offered else ""
        if is_kept:
            terms[column.name] = _posted_terms(made, posted, place, column.name)
    constants = {name: posted.get(f"constant-{name}", "") for name in ("stage", "encounter_type")}
    date_format = posted.get("date_format", made.date_format)
    changed = replace(
        cut,
        fields=fields,
        terms=terms,
        constants={name: value for name, value in constants.items() if value in _constant_codes(name)},
        date_format=date_format if date_format in DATE_FORMATS else made.date_format,
    )
    return with_suggestions(changed, sample)


def _mark_of(sample: Sample) -> str:
    """Return a mark of a sample's columns, by which a form says which ones it is about."""
    return str(crc32("\x1f".join(sample.header).encode()))


def _posted_terms(made: Draft, posted: QueryDict, place: int, name: str) -> dict[str, str]:
    """Return the codes chosen for the terms of a column, and for one that was typed in besides."""
    known = dict(made.terms.get(name, {}))
    codes = codes_of(made.fields.get(name, ""))
    allowed = {"", *(codes.codes if codes is not None else ())}
    number = 0
    while (term := posted.get(f"term-{place}-{number}")) is not None:
        code = posted.get(f"code-{place}-{number}", "")
        if term and code in allowed:
            known[term] = code
        number += 1
    return known


def _constant_codes(name: str) -> Mapping[str, object]:
    codes = codes_of(name)
    return codes.codes if codes is not None else {}


def _cut(made: Draft, posted: QueryDict, source: SourceFile) -> dict[str, Any]:
    """Return how a form cuts the file; what makes no sense leaves it as it is."""
    kind = posted.get("cut", "fixed" if made.widths else made.delimiter)
    has_header = posted.get("header", "yes" if made.has_header else "no") == "yes"
    if kind == "fixed":
        parts = posted.get("widths", "").replace("、", ",").replace(" ", ",").split(",")
        numbers = [int(part) for part in parts if part.isascii() and part.isdigit() and 0 < int(part) < 10_000]
        if not numbers:
            lines = raw_lines(source)
            numbers = [max(len(lines[0].encode("cp932", errors="replace")) if lines else 1, 1)]
        names = _column_names(posted.get("names", ""), len(numbers))
        return {
            "delimiter": "comma",
            "has_header": has_header,
            "widths": tuple(numbers[:_MOST_COLUMNS]),
            "names": names,
        }
    delimiter = kind if kind in DELIMITERS else made.delimiter
    if has_header:
        return {"delimiter": delimiter, "has_header": True, "widths": (), "names": ()}
    lines = raw_lines(source)
    count = len(lines[0].split(DELIMITERS[delimiter])) if lines else 1
    names = _column_names(posted.get("names", "") or ",".join(made.names), count)
    return {"delimiter": delimiter, "has_header": False, "widths": (), "names": names}


def _column_names(typed: str, count: int) -> tuple[str, ...]:
    """Return a name for every column: those that were typed, and numbers for the others."""
    given = [part.strip() for part in typed.replace("、", ",").split(",")]
    names: list[str] = []
    for number in range(count):
        name = given[number] if number < len(given) and given[number] else f"列{number + 1}"
        names.append(name if name not in names else f"{name}({number + 1})")
    return tuple(names)


def _state_of(made: Draft) -> dict[str, object]:
    language = current_language()
    return {
        "lacking": field_labels(lacking(made), language),
        "repeated": field_labels(repeated(made), language),
    }


def _editor_page(
    request: StaffRequest, kept: MappingDraft, made: Draft, sample_file: Upload, refused: str
) -> HttpResponse:
    language = current_language()
    source = inspect(sample_file.path, "cp932")
    sample = take_sample(source, made.shape)
    programme = Programme(made.programme)
    columns = column_views(made, sample, language)
    groups = target_groups(programme, language)
    chosen = set(made.fields.values())
    context = {
        "kept": kept,
        "draft": made,
        "programme": programme_view(programme, language),
        "encoding": source.encoding_name,
        "row_count": len(sample.rows),
        "of": _mark_of(sample),
        "raw_lines": raw_lines(source)[:_SHOWN_LINES],
        "widths_text": ",".join(str(width) for width in made.widths),
        "names_text": ",".join(made.names),
        "is_fixed": made.shape.is_fixed,
        "columns": columns,
        "coded": [column for column in columns if column.codes],
        "groups": groups,
        "unused": [(name, word) for _label, group in groups for name, word in group if name not in chosen],
        "date_formats": DATE_FORMATS,
        "date_examples": [pair for column in columns for pair in column.date_examples],
        "constants": [
            (name, made.constants.get(name, ""), code_choices(codes, language))
            for name in ("stage", "encounter_type")
            if name not in chosen and (codes := codes_of(name)) is not None
        ],
        "checked": checked_rows(made, sample, language),
        "refused": refused,
        **_state_of(made),
    }
    return render(request, "imports/draft.html", context, status=422 if refused else 200)
