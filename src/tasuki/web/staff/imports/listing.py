"""Which imports the list shows: chosen in the address, so that a list can be kept and sent on."""

from collections.abc import Mapping
from dataclasses import dataclass

from django import forms
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.layouts.render import Language
from tasuki.screening.batch_list import BatchFilter, BatchOrder, mapping_names, page_of_batches, who_imported
from tasuki.screening.types import BatchState
from tasuki.web.fields import DayField, offer
from tasuki.web.paging import PAGE_SIZE, Paging, page_number, paging
from tasuki.web.presenters.imports import BatchView, batch_view, state_label
from tasuki.web.staff.results.common import names_of

_ORDERS: Mapping[BatchOrder, Promise] = {
    BatchOrder.NEWEST: gettext_lazy("新しい順"),
    BatchOrder.OLDEST: gettext_lazy("古い順"),
    BatchOrder.FILE: gettext_lazy("ファイル名順"),
    BatchOrder.TO_FIX: gettext_lazy("直す行が多い順"),
}


class ListForm(forms.Form):
    """Which imports. Nothing here tells of a resident, so it stands in the address."""

    sender = forms.ChoiceField(label=gettext_lazy("送付元・取込み定義"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("状態"), required=False)
    who = forms.ChoiceField(label=gettext_lazy("確かめた人"), required=False)
    first_day = DayField(label=gettext_lazy("確かめた日（から）"), max_length=30, required=False)
    last_day = DayField(label=gettext_lazy("確かめた日（まで）"), max_length=30, required=False)
    order = forms.ChoiceField(label=gettext_lazy("並べ方"), choices=list(_ORDERS.items()), required=False)

    def __init__(self, sent: Mapping[str, str]) -> None:
        given = {name: value for name, value in sent.items() if value}
        super().__init__({"order": BatchOrder.NEWEST.value} | given, auto_id="list-%s")
        senders, people = mapping_names(), who_imported()
        names = names_of(people)
        every = ("", _("すべて"))
        offered: dict[str, list[tuple[str, object]]] = {
            "sender": [every, *((one, one) for one in senders)],
            "state": [every, *((one.value, state_label(one)) for one in BatchState)],
            "who": [every, *sorted(((one, names[one]) for one in people), key=lambda pair: pair[1])],
        }
        offer(self, offered)

    def clean(self) -> dict[str, object]:
        """Refuse days the wrong way round."""
        cleaned: dict[str, object] = self.cleaned_data
        start, end = self.cleaned_data.get("first_day"), self.cleaned_data.get("last_day")
        if start is not None and end is not None and start > end:
            self.add_error("last_day", _("「から」より前の日です。入れ替えて入力してください。"))
        return cleaned


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list. `query` writes the choice as an address does; empty where everything is shown."""

    form: ListForm
    rows: list[BatchView]
    paging: Paging
    query: str

    @property
    def is_restricted(self) -> bool:
        """Say whether something is left out by choice."""
        return any(self.form.data.get(name) for name in ("sender", "state", "who", "first_day", "last_day"))


def listing(sent: Mapping[str, str], language: Language) -> Listing:
    """Return the page of the list an address asks for; what it cannot mean is told beside its field."""
    form = ListForm(sent)
    is_valid = form.is_valid()
    values = form.cleaned_data if is_valid else {}
    wanted = BatchFilter(
        mapping_name=values.get("sender", ""),
        state=BatchState(values["state"]) if values.get("state") else None,
        first_day=values.get("first_day"),
        last_day=values.get("last_day"),
        by=values.get("who", ""),
    )
    order = BatchOrder(values.get("order") or BatchOrder.NEWEST)
    page = page_number(sent.get("page", "1"))
    found = page_of_batches(wanted, order=order, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    asked = [(name, form.data[name]) for name in form.fields if sent.get(name)]
    return Listing(form, [batch_view(one, language) for one in found.rows], paging(page, found.total), urlencode(asked))
