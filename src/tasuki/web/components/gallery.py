"""The component gallery: every component with long, short, empty and rare-character text, in a demonstration only."""

import datetime as dt

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.layouts.outcomes import Verdict
from tasuki.layouts.types import Programme
from tasuki.web.access import StaffRequest, requires
from tasuki.web.paging import paging
from tasuki.web.presenters.programmes import programme_view
from tasuki.web.presenters.sash import Leg, Sash, sash
from tasuki.web.presenters.tiles import Mood, Tile
from tasuki.web.templatetags.tasuki import current_language

# 𠮷 is outside the first plane of Unicode, 﨑 and 髙 are compatibility characters, 葛󠄀 carries a variation selector.
RARE = "髙﨑 𠮷濵 葛\U000e0100飾 龍之介㈱①"
LONG = "模擬県架空郡仮想町大字見本字長々と続く住所一丁目二番地三号 見本マンション壱番館 1024号室(管理人室気付)"


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="氏名", help_text="戸籍のとおりに", initial=RARE)
    birth_date = forms.CharField(label="生年月日")
    stage = forms.ChoiceField(
        label="検診区分", choices=[("1", "一次検診"), ("2", "精密検査")], widget=forms.RadioSelect, initial="1"
    )


@requires(Permission.VIEW_COMPONENTS)
@require_GET
def gallery(request: StaffRequest) -> HttpResponse:
    """Show every component."""
    if not runtime.node().is_dummy:
        raise Http404
    language = current_language()
    context = {
        "rare": RARE,
        "long": LONG,
        "form": SampleForm(),
        "wrong_form": SampleForm({"name": RARE, "birth_date": "", "stage": "1"}),
        "programmes": [programme_view(programme, language) for programme in Programme],
        "tiles": [
            Tile("取込で直す行", 124, "医師会 胃がん 11月分 ほか2件", Mood.DO, "#tiles"),
            Tile("届くのを待つ回答", 1_234_567, LONG, Mood.WAIT, "#tiles"),
            Tile("手動回答を待つ照会", 0, "ありません", Mood.CALM),
        ],
        "sash": _full_sash(),
        "empty_sash": sash([], moved_in=None, on=dt.date(2026, 11, 23), language=language),
        "pages": [paging(1, 120), paging(7, 700), paging(1, 3)],
        "kinds": ["", "success", "warning", "error", "guard"],
    }
    return render(request, "components/gallery.html", context)


def _full_sash() -> Sash:
    here = "#sash"
    legs = [
        Leg(Programme.COLORECTAL, 2024, Verdict.FINE, here, "模擬市"),
        Leg(Programme.COLORECTAL, 2025, Verdict.DETAIL_NEEDED, here, "模擬市"),
        Leg(Programme.COLORECTAL, 2025, Verdict.DETAIL_DONE, here, "模擬市"),
        Leg(Programme.BREAST, 2024, Verdict.FINE, here, "模擬市"),
        Leg(Programme.CERVIX, 2021, Verdict.FINE, here, "模擬市"),
        Leg(Programme.CERVIX, 2023, Verdict.UNJUDGED, here, "模擬市"),
        Leg(Programme.LUNG, 2026, Verdict.FINE, here),
        Leg(Programme.STOMACH, 2025, Verdict.TAKEN, here, is_workplace=True),
        Leg(Programme.PERIODONTAL, 2026, Verdict.ADVICE, here),
        Leg(Programme.HEPATITIS, 2012, Verdict.FINE, here, "模擬市"),
    ]
    return sash(legs, moved_in=dt.date(2026, 10, 3), on=dt.date(2026, 11, 23), language=current_language())
