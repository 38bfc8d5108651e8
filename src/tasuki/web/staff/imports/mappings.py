"""Senders and the versions of their mappings."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.accounts.queries import staff_names
from tasuki.layouts.render import Language
from tasuki.layouts.types import Programme
from tasuki.screening import mapping_queries
from tasuki.screening.errors import MappingError, NoSuchMapping
from tasuki.screening.import_types import NameTaken, Sender, SenderKind
from tasuki.screening.mapping import read_mapping
from tasuki.screening.operations.mappings import (
    add_sender,
    change_sender,
    restore_mapping,
    retire_mapping,
    save_mapping,
)
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.mappings import field_label, kind_choices, kind_label, mapping_view
from tasuki.web.presenters.programmes import programme_view
from tasuki.web.templatetags.tasuki import current_language
from tasuki.web.uploads import ReceivedFile

_LARGEST_TEXT = 256 * 1024


class SenderForm(forms.Form):
    """Who sends files, and whether theirs are imported unattended."""

    name = forms.CharField(label=gettext_lazy("送付元の名前"), max_length=100)
    kind = forms.ChoiceField(label=gettext_lazy("種類"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["kind"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 — declared above
        choice.choices = kind_choices()


class SenderSettingsForm(SenderForm):
    """A sender's settings for unattended imports besides."""

    drop_folder = forms.CharField(
        label=gettext_lazy("受け取りフォルダーの名前"),
        help_text=gettext_lazy(
            "英小文字・数字・ハイフン。この名前のフォルダーに置かれたファイルを夜間に確かめます。空なら使いません。"
        ),
        max_length=40,
        required=False,
        validators=[
            RegexValidator("^[a-z0-9][a-z0-9-]*$", gettext_lazy("英小文字・数字・ハイフンで入力してください。"))
        ],
    )
    commits_unattended = forms.BooleanField(
        label=gettext_lazy("直すところも注意もないファイルは、確認を待たずに取り込む"), required=False
    )


class TextForm(forms.Form):
    """A mapping as a file."""

    file = ReceivedFile(label=gettext_lazy("取込み定義のファイル(TOML)"))


@requires(Permission.EDIT_MAPPINGS)
@require_GET
def mappings(request: StaffRequest) -> HttpResponse:
    """List the senders with their mappings."""
    return _list_page(request, SenderForm())


@requires(Permission.EDIT_MAPPINGS)
@require_POST
def new_sender(request: StaffRequest) -> HttpResponse:
    """Enter a sender."""
    form = SenderForm(request.POST)
    if form.is_valid():
        done = add_sender(
            name=form.cleaned_data["name"],
            kind=SenderKind(form.cleaned_data["kind"]),
            by=request.member.as_actor(),
            at=runtime.now(),
        )
        if not isinstance(done, NameTaken):
            messages.success(request, _("送付元を登録しました。続けて取込み定義を作れます。"))
            return redirect("import-sender", done.sender_id)
        form.add_error("name", _("同じ名前の送付元があります。"))
    return _list_page(request, form)


def _list_page(request: StaffRequest, form: SenderForm) -> HttpResponse:
    language = current_language()
    every = mapping_queries.mappings()
    names = staff_names()
    context = {
        "form": form,
        "senders": [
            {
                "sender": one,
                "kind": kind_label(one.kind),
                "mappings": [mapping_view(own, language, names) for own in every if own.sender_id == one.sender_id],
            }
            for one in mapping_queries.senders()
        ],
    }
    return render(request, "imports/mappings.html", context, status=422 if form.errors else 200)


@requires(Permission.EDIT_MAPPINGS)
@require_GET
def sender(request: StaffRequest, sender_id: UUID) -> HttpResponse:
    """Show a sender: their mappings, and how files of theirs are received."""
    found = _sender(sender_id)
    form = SenderSettingsForm(
        initial={
            "name": found.name,
            "kind": found.kind.value,
            "drop_folder": found.drop_folder,
            "commits_unattended": found.commits_unattended,
        }
    )
    return _sender_page(request, found, form, TextForm())


@requires(Permission.EDIT_MAPPINGS)
@require_POST
def sender_settings(request: StaffRequest, sender_id: UUID) -> HttpResponse:
    """Change a sender."""
    found = _sender(sender_id)
    form = SenderSettingsForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        done = change_sender(
            sender_id=sender_id,
            name=values["name"],
            kind=SenderKind(values["kind"]),
            drop_folder=values["drop_folder"],
            commits_unattended=values["commits_unattended"],
            by=request.member.as_actor(),
            at=runtime.now(),
        )
        if not isinstance(done, NameTaken):
            messages.success(request, _("保存しました。"))
            return redirect("import-sender", sender_id)
        taken = "drop_folder" if done.name == values["drop_folder"] else "name"
        form.add_error(taken, _("ほかの送付元が使っています。"))
    return _sender_page(request, found, form, TextForm())


@requires(Permission.EDIT_MAPPINGS)
@require_POST
def take_in(request: StaffRequest, sender_id: UUID) -> HttpResponse:
    """Take in a mapping from a file: a new one, or the next version of the one of the same name."""
    found = _sender(sender_id)
    form = TextForm(request.POST, request.FILES)
    if form.is_valid():
        file: UploadedFile[bytes] = form.cleaned_data["file"]
        try:
            text = file.read(_LARGEST_TEXT + 1)[:_LARGEST_TEXT].decode("utf-8-sig")
            content = read_mapping(text, file.name or "")
        except (UnicodeDecodeError, MappingError) as error:
            form.add_error("file", _("取込み定義として読み取れません。(%(reason)s)") % {"reason": error})
            return _sender_page(request, found, None, form)
        same = next(
            (one for one in mapping_queries.mappings(sender_id, retired=True) if one.name == content.name), None
        )
        done = save_mapping(
            sender_id=sender_id,
            mapping_id=None if same is None else same.mapping_id,
            text=text,
            reason=_("ファイルから読み込んだ"),
            by=request.member.as_actor(),
            at=runtime.now(),
        )
        if not isinstance(done, NameTaken):
            messages.success(request, _("取込み定義を読み込みました。"))
            return redirect("import-mapping", done.mapping_id)
        form.add_error("file", _("同じ名前の取込み定義があります。"))
    return _sender_page(request, found, None, form)


def _sender_page(
    request: StaffRequest, found: Sender, form: SenderSettingsForm | None, text_form: TextForm
) -> HttpResponse:
    language, names = current_language(), staff_names()
    settings = form or SenderSettingsForm(
        initial={
            "name": found.name,
            "kind": found.kind.value,
            "drop_folder": found.drop_folder,
            "commits_unattended": found.commits_unattended,
        }
    )
    context = {
        "sender": found,
        "kind": kind_label(found.kind),
        "mappings": [
            mapping_view(one, language, names) for one in mapping_queries.mappings(found.sender_id, retired=True)
        ],
        "form": settings,
        "text_form": text_form,
    }
    refused = bool(settings.errors or text_form.errors)
    return render(request, "imports/sender.html", context, status=422 if refused else 200)


@requires(Permission.EDIT_MAPPINGS)
@require_GET
def mapping(request: StaffRequest, mapping_id: UUID) -> HttpResponse:
    """Show a mapping at the version that counts, or at an older one, with all its versions."""
    found = mapping_queries.mapping(mapping_id)
    if found is None:
        raise Http404
    asked = request.GET.get("version", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else found.version
    shown = mapping_queries.version(mapping_id, number)
    if shown is None:
        raise Http404
    language, names = current_language(), staff_names()
    content = read_mapping(shown.content, found.name)
    context = {
        "mapping": mapping_view(found, language, names),
        "programme": programme_view(Programme(content.programme), language),
        "shown": shown,
        "is_newest": shown.version == found.version,
        "content": content,
        "columns": [
            {
                "header": column.header,
                "label": field_label(column.field, column.item, language),
                "terms": list((column.terms or {}).items()),
            }
            for column in content.columns
        ],
        "versions": [
            (one, names.get(one.saved_by.partition(":")[2], one.saved_by))
            for one in mapping_queries.versions(mapping_id)
        ],
        "is_japanese": language is Language.JA,
    }
    return render(request, "imports/mapping.html", context)


@requires(Permission.EDIT_MAPPINGS, leaves="import-mapping-text")
@require_GET
def text(request: StaffRequest, mapping_id: UUID) -> HttpResponse:
    """Give a mapping as a file, to be kept or taken in elsewhere; it says nothing of anybody."""
    found = mapping_queries.mapping(mapping_id)
    if found is None:
        raise Http404
    name = content_disposition_header(as_attachment=True, filename=f"{found.name}-v{found.version}.toml")
    return HttpResponse(
        found.content, content_type="application/toml; charset=utf-8", headers={"Content-Disposition": name or ""}
    )


@requires(Permission.EDIT_MAPPINGS)
@require_POST
def restore(request: StaffRequest, mapping_id: UUID) -> HttpResponse:
    """Let an older version count again."""
    asked = request.POST.get("version", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 7):
        raise Http404
    try:
        done = restore_mapping(
            mapping_id=mapping_id,
            version=int(asked),
            reason=_("第%(version)s版に戻した") % {"version": asked},
            by=request.member.as_actor(),
            at=runtime.now(),
        )
    except NoSuchMapping as error:
        raise Http404 from error
    messages.success(request, _("第%(old)s版の内容を第%(new)s版にしました。") % {"old": asked, "new": done.version})
    return redirect("import-mapping", mapping_id)


@requires(Permission.EDIT_MAPPINGS)
@require_POST
def retire(request: StaffRequest, mapping_id: UUID) -> HttpResponse:
    """Offer a mapping no longer."""
    try:
        done = retire_mapping(mapping_id=mapping_id, by=request.member.as_actor(), at=runtime.now())
    except NoSuchMapping as error:
        raise Http404 from error
    messages.success(request, _("この取込み定義は、取込みで選べなくなりました。保存し直すか、版を戻すと使えます。"))
    return redirect("import-sender", done.sender_id)


def _sender(sender_id: UUID) -> Sender:
    found = mapping_queries.sender(sender_id)
    if found is None:
        raise Http404
    return found
