"""Who is due, as screens show it: a person's year in sentences, and the counts of a list."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.types import Member
from tasuki.eligibility import queries
from tasuki.eligibility.types import Assessment, Exclusion, ExclusionKind, Reason, ReasonCount, RuleStatus, Status
from tasuki.eligibility.wording import method_label, reason_label, rule_label, status_label, why
from tasuki.layouts.render import Language
from tasuki.layouts.types import Programme
from tasuki.screening.types import Person
from tasuki.web.presenters.programmes import ProgrammeView, programme_view
from tasuki.web.templatetags.tasuki import current_language

_TONES = {Status.DUE: "care", Status.TAKEN: "good", Status.NOT_DUE: ""}
_ORDER = (Status.DUE, Status.TAKEN, Status.NOT_DUE)


@dataclass(frozen=True, slots=True)
class DueView:
    """One programme of a person's year: where they stand, why, how, and by which rule."""

    programme: ProgrammeView
    status: str
    tone: str
    sentence: str
    methods: str
    rule: str
    source: str
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class ExclusionView:
    """One exclusion in words."""

    exclusion_id: int
    programme: ProgrammeView
    kind: str
    valid_from: dt.date
    valid_to: dt.date | None
    note: str
    recorded_at: dt.datetime
    ended_at: dt.datetime | None
    ended_reason: str
    may_end: bool


@dataclass(frozen=True, slots=True)
class ReasonView:
    """How many people, and why."""

    reason: Reason
    label: str
    people: int


@dataclass(frozen=True, slots=True)
class StatusView:
    """How many people stand where, by reason."""

    status: Status
    label: str
    people: int
    reasons: tuple[ReasonView, ...]


@dataclass(frozen=True, slots=True)
class ProgrammeCounts:
    """One programme of a year."""

    programme: ProgrammeView
    statuses: tuple[StatusView, ...]


def due_context(
    person: Person,
    assessed: Mapping[Programme, Assessment],
    member: Member,
    names: Mapping[str, str],
    on: dt.date,
) -> dict[str, object]:
    """Return what a person's page shows of who is due: programmes they are due for first."""
    language = current_language()
    ordered = sorted(assessed.values(), key=lambda one: (_ORDER.index(one.status), one.programme))
    views = [due_view(one, language, on, names) for one in ordered]
    return {
        "due_now": [view for view, one in zip(views, ordered, strict=True) if one.status is Status.DUE],
        "due_not": [view for view, one in zip(views, ordered, strict=True) if one.status is not Status.DUE],
        "exclusions_in_force": [
            exclusion_view(one, language)
            for one in queries.exclusions_of(person.system_person_number)
            if one.is_in_force(on)
        ],
        "may_exclude": may(member, Permission.RECORD_EXCLUSION),
    }


def due_view(assessment: Assessment, language: Language, on: dt.date, names: Mapping[str, str]) -> DueView:
    """Return an assessment in words."""
    rule = assessment.rule
    ja = language is Language.JA
    return DueView(
        programme=programme_view(assessment.programme, language),
        status=status_label(assessment.status, language),
        tone=_TONES[assessment.status],
        sentence=why(assessment, language, on=on, givers=names),
        methods=("、" if ja else ", ").join(method_label(method, language) for method in assessment.methods),
        rule="" if rule is None else rule_label(rule, language),
        source="" if rule is None else (rule.source.ja if ja else rule.source.en),
        is_provisional=rule is not None and rule.status is RuleStatus.PROVISIONAL,
    )


def exclusion_kind_label(kind: ExclusionKind) -> str:
    """Return the word for why somebody is left out."""
    labels = {
        ExclusionKind.UNDER_TREATMENT: _("治療中"),
        ExclusionKind.DIAGNOSED: _("診断済み"),
        ExclusionKind.OTHER: _("その他"),
    }
    return labels[kind]


def exclusion_view(exclusion: Exclusion, language: Language) -> ExclusionView:
    """Return an exclusion in words."""
    return ExclusionView(
        exclusion_id=exclusion.exclusion_id,
        programme=programme_view(exclusion.programme, language),
        kind=exclusion_kind_label(exclusion.kind),
        valid_from=exclusion.valid_from,
        valid_to=exclusion.valid_to,
        note=exclusion.note,
        recorded_at=exclusion.recorded_at,
        ended_at=exclusion.ended_at,
        ended_reason=exclusion.ended_reason,
        may_end=exclusion.ended_at is None,
    )


def counts_view(counts: Sequence[ReasonCount], language: Language) -> list[ProgrammeCounts]:
    """Return a year's counts, each programme with each status, empty ones too."""
    return [
        ProgrammeCounts(
            programme_view(programme, language),
            tuple(_status_view([one for one in counts if one.programme is programme], status, language)
                  for status in _ORDER),
        )
        for programme in Programme
    ]  # fmt: skip


def _status_view(counts: Sequence[ReasonCount], status: Status, language: Language) -> StatusView:
    reasons = tuple(
        ReasonView(one.reason, reason_label(one.reason, language), one.people) for one in counts if one.status is status
    )
    return StatusView(status, status_label(status, language), sum(one.people for one in reasons), reasons)
