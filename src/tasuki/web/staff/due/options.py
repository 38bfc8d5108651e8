"""What the town decides about who is due: shown with its history, changed after seeing the effect."""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import orjson
from django import forms
from django.contrib import messages
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.eligibility import queries
from tasuki.eligibility.catalogue import day_that_counts, reference_day, rule_book, year_rules
from tasuki.eligibility.operations.options import set_options
from tasuki.eligibility.options import OLDEST, default_options, stored_options
from tasuki.eligibility.types import Options, Reason, Rule, RuleKind, RuleStatus, Status
from tasuki.eligibility.wording import method_label, rule_label
from tasuki.layouts.render import Language
from tasuki.layouts.types import Programme
from tasuki.shared.dates import civil_date, fiscal_year_of
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.programmes import programme_view
from tasuki.web.templatetags.tasuki import current_language
from tasuki.work.operations import ask

Counted = Counter[tuple[Status, Reason]]


class OptionsForm(forms.Form):
    """Everything a town may decide, by programme."""

    from_fiscal_year = forms.TypedChoiceField(label=gettext_lazy("どの年度から"), coerce=int)
    reason = forms.CharField(
        label=gettext_lazy("変える理由"),
        help_text=gettext_lazy("例: 令和9年度実施要綱の改正による"),
        max_length=200,
    )

    def __init__(self, data: object, on: dt.date, options: Options) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # what was posted, or nothing
        self.language = current_language()
        year = fiscal_year_of(on)
        first = self.fields["from_fiscal_year"]
        if isinstance(first, forms.ChoiceField):
            first.choices = [(one, _("%(year)s年度") % {"year": one}) for one in (year, year + 1)]
        self.rules = {programme: rule_book().in_force(programme, day_that_counts(year, on)) for programme in Programme}
        for programme in Programme:
            self._add_fields(programme, options)

    def _add_fields(self, programme: Programme, options: Options) -> None:
        code, ja = programme.value, self.language is Language.JA
        self.fields[f"offered_{code}"] = forms.BooleanField(
            label=_("この検診を実施する"), initial=programme not in options.not_offered, required=False
        )
        month, day = options.reference_days[programme].split("-")
        self.fields[f"reference_{code}"] = forms.RegexField(
            regex=r"^\s*\d{1,2}\s*(月|/|-)\s*\d{1,2}\s*日?\s*$",
            label=_("年齢を数える基準日"),
            help_text=_("例: 3月31日（年度末）、4月1日（年度初め）"),
            initial=f"{int(month)}月{int(day)}日" if ja else f"{int(month)}/{int(day)}",
            error_messages={"invalid": _("月と日を、3月31日 または 3/31 のように入力してください。")},
        )
        for name, option in rule_book().options.items():
            if option.programme is programme:
                self.fields[f"option_{name}"] = forms.BooleanField(
                    label=option.ja if ja else option.en,
                    help_text=option.help_ja if ja else option.help_en,
                    initial=name in options.chosen,
                    required=False,
                )
        for rule in self.rules[programme]:
            self._add_ages(rule, options)

    def _add_ages(self, rule: Rule, options: Options) -> None:
        facts = {"method": method_label(rule, self.language), "rule": rule_label(rule, self.language)}
        if rule.milestone_ages:
            self.fields[f"more_{rule.id}"] = forms.RegexField(
                regex=r"^[0-9、,\s]*$",
                label=_("%(method)s（%(rule)s）: 加える年齢") % facts,
                help_text=_("国の定めに加える年齢を、45、55 のように並べてください。"),
                initial="、".join(str(age) for age in options.more_ages.get(rule.id, ())),
                required=False,
                error_messages={"invalid": _("年齢を数字で、45、55 のように並べてください。")},
            )
        elif rule.kind in (RuleKind.INTERVAL, RuleKind.ONCE) and rule.age_to is None:
            self.fields[f"from_{rule.id}"] = forms.IntegerField(
                label=_("%(method)s（%(rule)s）: 何歳から") % facts,
                help_text=_("国の定めより早くすることだけができます。"),
                initial=options.ages_from.get(rule.id, rule.age_from),
                min_value=0,
                max_value=rule.age_from,
            )

    def clean(self) -> dict[str, object]:
        """Refuse days and ages that are none, and choices that need another."""
        cleaned: dict[str, object] = self.cleaned_data
        for programme in Programme:
            name = f"reference_{programme}"
            if name in cleaned and self._day(programme) is None:
                self.add_error(name, _("その日は暦にありません。"))
        for name in [name for name in cleaned if name.startswith("more_")]:
            if any(age > OLDEST for age in _ages(str(cleaned[name]))):
                self.add_error(name, _("%(oldest)s歳までの年齢を入力してください。") % {"oldest": OLDEST})
        if cleaned.get("option_hpv_five_years") and not cleaned.get("option_hpv_alone"):
            self.add_error("option_hpv_five_years", _("HPV検査単独法を行うときだけ選べます。"))
        return cleaned

    def _day(self, programme: Programme) -> str | None:
        text = str(self.cleaned_data[f"reference_{programme}"])
        month, day = (int(part) for part in text.replace("月", "-").replace("/", "-").replace("日", "").split("-"))
        written = f"{month:02}-{day:02}"
        try:
            reference_day(written, 2023)
        except ValueError:
            return None
        return written

    def options(self) -> Options:
        """Return the options of valid input; a rule left at the national age is no option."""
        values = self.cleaned_data
        rules = [rule for found in self.rules.values() for rule in found]
        return Options(
            not_offered=frozenset(one for one in Programme if not values[f"offered_{one}"]),
            chosen=frozenset(name for name in rule_book().options if values.get(f"option_{name}")),
            reference_days=MappingProxyType({one: self._day(one) or "" for one in Programme}),
            ages_from=MappingProxyType(
                {
                    rule.id: values[f"from_{rule.id}"]
                    for rule in rules
                    if values.get(f"from_{rule.id}", rule.age_from) != rule.age_from
                }
            ),
            more_ages=MappingProxyType(
                {rule.id: ages for rule in rules if (ages := _ages(values.get(f"more_{rule.id}", "")))}
            ),
        )

    def parts(self) -> Iterator[dict[str, object]]:
        """Yield each programme with its fields, in the order in which they are filled in."""
        for programme in Programme:
            named = [f"offered_{programme}", f"reference_{programme}"]
            named += [f"option_{name}" for name, one in rule_book().options.items() if one.programme is programme]
            named += [f"{kind}_{rule.id}" for rule in self.rules[programme] for kind in ("from", "more")]
            fields: list[BoundField] = [self[name] for name in named if name in self.fields]
            yield {"programme": programme_view(programme, self.language), "fields": fields}


@requires(Permission.VIEW_DUE)
@require_GET
def options(request: StaffRequest) -> HttpResponse:
    """Show the rules as they are for this town this year, and every version of its options."""
    on = civil_date(runtime.now())
    year = fiscal_year_of(on)
    language = current_language()
    version = queries.options_for(year)
    years = year_rules(rule_book(), version.options, year, on)
    context = {
        "year": year,
        "programmes": [
            {
                "programme": programme_view(programme, language),
                "reference_day": rules.reference_day,
                "rules": [_rule_view(rule, language) for rule in rules.rules],
            }
            for programme, rules in years.items()
        ],
        "history": [{"version": one, "says": _differences(one.options)} for one in queries.options_history()],
        "version": version.version,
        "may_manage": may(request.member, Permission.MANAGE_ELIGIBILITY),
    }
    return render(request, "due/options.html", context)


@requires(Permission.MANAGE_ELIGIBILITY)
@require_http_methods(["GET", "POST"])
def change(request: StaffRequest) -> HttpResponse:
    """Fill in new options, see whom they would make due, then save exactly what was seen."""
    on = civil_date(runtime.now())
    stored = queries.options_for(fiscal_year_of(on) + 1).options
    form = OptionsForm(request.POST if request.method == "POST" else None, on, stored)
    if request.method != "POST":
        return render(request, "due/options_change.html", {"form": form, "parts": list(form.parts())})
    if not form.is_valid():
        return render(request, "due/options_change.html", {"form": form, "parts": list(form.parts())}, status=422)
    proposed, year = form.options(), form.cleaned_data["from_fiscal_year"]
    seen = _seal(proposed, year)
    if request.POST.get("act") == "save" and request.POST.get("seen") == seen:
        return _save(request, proposed, year, form.cleaned_data["reason"])
    effect = queries.effect_of(proposed, year, on)
    context = {
        "form": form,
        "parts": list(form.parts()),
        "seen": seen,
        "effect_year": year,
        "effect": [_effect_view(programme, pair) for programme, pair in effect.items()],
        "is_other": request.POST.get("act") == "save",
    }
    return render(request, "due/options_change.html", context)


def _save(request: StaffRequest, proposed: Options, year: int, reason: str) -> HttpResponse:
    by, at = request.member.as_actor(), runtime.now()
    set_options(options=proposed, from_fiscal_year=year, reason=reason, by=by, at=at)
    works = [
        ask(kind="eligibility", parameters={"fiscal_year": one}, by=by, at=at)
        for one in queries.computed_years()
        if one >= year
    ]
    if not works:
        messages.success(request, _("設定を保存しました。"))
        return redirect("due-options")
    messages.success(request, _("設定を保存しました。対象者を計算し直しています。"))
    return redirect("work", works[0].work_id)


def _seal(options: Options, year: int) -> str:
    """Name what was shown, so that nothing else is saved in its place."""
    return hashlib.sha256(orjson.dumps([stored_options(options), year])).hexdigest()


def _effect_view(programme: Programme, pair: tuple[Counted, Counted]) -> Mapping[str, object]:
    before, after = (sum(n for (status, _reason), n in one.items() if status is Status.DUE) for one in pair)
    return {
        "programme": programme_view(programme, current_language()),
        "before": before,
        "after": after,
        "change": f"{after - before:+,}",
    }


def _rule_view(rule: Rule, language: Language) -> Mapping[str, object]:
    return {
        "method": method_label(rule, language),
        "whom": rule_label(rule, language),
        "is_for_women": rule.sex == "female",
        "source": rule.source.ja if language is Language.JA else rule.source.en,
        "is_provisional": rule.status is RuleStatus.PROVISIONAL,
    }


def _differences(options: Options) -> list[str]:
    """Say where options differ from the national rules, a line for each programme that does."""
    language, book, default = current_language(), rule_book(), default_options()
    said = []
    for programme in Programme:
        parts = [_("実施していません")] if programme in options.not_offered else []
        if (day := options.reference_days[programme]) != default.reference_days[programme]:
            parts.append(_("基準日") + " " + day.replace("-", "/"))
        chosen = [book.options[name] for name in sorted(options.chosen) if book.options[name].programme is programme]
        parts += [one.ja if language is Language.JA else one.en for one in chosen]
        widened = {**options.ages_from, **{name: ", ".join(map(str, ages)) for name, ages in options.more_ages.items()}}
        parts += [
            _("%(method)s: %(ages)s歳") % {"method": method_label(rule, language), "ages": widened[rule.id]}
            for rule in book.rules
            if rule.programme is programme and rule.id in widened
        ]
        if parts:
            said.append(f"{programme_view(programme, language).label}: {' / '.join(parts)}")
    return said


def _ages(text: str) -> tuple[int, ...]:
    return tuple(sorted({int(part) for part in text.replace("、", " ").replace(",", " ").split()}))
