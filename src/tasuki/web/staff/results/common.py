"""What every page of results shares: the person, the result of an address, the reasons, the names of staff."""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki import runtime
from tasuki.accounts.queries import names_of_staff
from tasuki.layouts.dates import days_meant
from tasuki.layouts.types import Programme, Stage
from tasuki.screening import queries
from tasuki.screening.facility_register import facilities_on
from tasuki.screening.types import FacilityRow, Person, StoredResult
from tasuki.shared.dates import PartialDate, civil_date, parse_partial_date
from tasuki.web.access import StaffRequest
from tasuki.web.presenters.results import result_of_person
from tasuki.web.staff.person import identity, opened

REASON_LENGTH = 200
_OTHER = "OTHER"
_REASONS = {
    "TRANSCRIPTION": gettext_lazy("転記・入力の誤り"),
    "REPORT_CORRECTED": gettext_lazy("実施機関から訂正の連絡"),
    "REPORT_COMPLETED": gettext_lazy("実施機関から追加の報告"),
    "WRONG_PERSON": gettext_lazy("別人の結果だった"),
    "ENTERED_TWICE": gettext_lazy("同じ受診を二重に登録した"),
    "DECLARED_WRONGLY": gettext_lazy("本人の申告の誤り"),
    "WITHDRAWN_BY_MISTAKE": gettext_lazy("取り消しの誤り"),
    _OTHER: gettext_lazy("その他"),
}
CORRECTION = ("TRANSCRIPTION", "REPORT_CORRECTED", "REPORT_COMPLETED", _OTHER)
WITHDRAWAL = ("WRONG_PERSON", "ENTERED_TWICE", "REPORT_CORRECTED", "DECLARED_WRONGLY", _OTHER)
RESTORATION = ("WITHDRAWN_BY_MISTAKE", _OTHER)


class ReasonForm(forms.Form):
    """Why something is changed: one of the usual reasons, and words of one's own, which 'other' needs."""

    reason = forms.ChoiceField(label=gettext_lazy("理由"), widget=forms.RadioSelect)
    reason_text = forms.CharField(
        label=gettext_lazy("くわしい理由"),
        help_text=gettext_lazy("「その他」のときは必ず入力してください。氏名や番号は書かないでください。"),
        max_length=REASON_LENGTH,
        required=False,
    )

    def __init__(self, data: object = None, *, offered: Iterable[str]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a form takes any mapping of what was typed
        choice = self.fields["reason"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 — declared above
        choice.choices = [(code, _REASONS[code]) for code in offered]

    def clean_reason_text(self) -> str:
        """Ask for words where the choice says nothing."""
        text: str = self.cleaned_data["reason_text"].strip()
        if self.cleaned_data.get("reason") == _OTHER and not text:
            raise forms.ValidationError(_("理由を入力してください。"))
        return text

    @property
    def stored(self) -> str:
        """The reason as the history keeps it: the code of the choice, and the words."""
        return f"{self.cleaned_data['reason']} {self.cleaned_data['reason_text']}".strip()


def reason_label(stored: str) -> str:
    """Put a reason of the history into words; one that was written otherwise is shown as it stands."""
    code, _space, text = stored.partition(" ")
    if code not in _REASONS:
        return stored
    label = str(_REASONS[code])
    if code == _OTHER and text:
        return text
    return _("%(reason)s（%(text)s）") % {"reason": label, "text": text} if text else label


def today() -> dt.date:
    """Give the day in Japan."""
    return civil_date(runtime.now())


def result_at(request: StaffRequest, token: str, result_id: UUID, part: str) -> tuple[Person, StoredResult]:
    """Return a resident and their result of an address, withdrawn or not, after recording who looks.

    :raises Http404: when the address is nobody's, or the result is not theirs.
    """
    person = opened(request, token, f"{part} {result_id}")
    found = result_of_person(queries.results_of(person.system_person_number, withdrawn=True), result_id)
    if found is None:
        raise Http404
    return person, found


def examination_at(programme: str, stage: str) -> tuple[Programme, Stage]:
    """Return the programme and stage of an address.

    :raises Http404: when there are none such.
    """
    if programme not in set(Programme) or stage not in set(Stage):
        raise Http404
    return Programme(programme), Stage(stage)


def show(
    request: StaffRequest, template: str, person: Person, token: str, context: dict[str, object], *, status: int = 200
) -> HttpResponse:
    """Answer with a page of a resident."""
    shared = identity(person, today()) | {"token": token}
    return render(request, template, shared | context, status=status)


def facilities_for(examined: str, on: dt.date) -> list[FacilityRow]:
    """Return the institutions that hold their number on the day that was typed, or today where none can be read."""
    found = parse_partial_date(examined)
    days = days_meant(found.iso) if isinstance(found, PartialDate) else None
    return facilities_on(days[0] if days is not None else on)


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Return what to call those who acted; a part of the software is called by what it is."""
    wanted = set(actors)
    names = names_of_staff(wanted)
    return {
        actor: names.get(actor) or _("システム（%(name)s）") % {"name": actor.partition(":")[2]} for actor in wanted
    }
