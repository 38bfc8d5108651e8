"""A stored result as the sash, the list and the page of details show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from tasuki.layouts.outcomes import verdict_of
from tasuki.layouts.render import Language, group_label, rendered_items
from tasuki.layouts.types import Stage
from tasuki.screening.types import Source, StoredResult
from tasuki.web.presenters.dates import understood
from tasuki.web.presenters.programmes import ProgrammeView, programme_view
from tasuki.web.presenters.sash import Leg, Mark, mark
from tasuki.web.protection import place_label


@dataclass(frozen=True, slots=True)
class Said:
    """One item of a result, with where in the form it stands."""

    group: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ResultView:
    """One result in words."""

    programme: ProgrammeView
    stage: str
    fiscal_year: int
    examined: str
    age: int | None
    facility: str
    giver: str
    mark: Mark
    address: str
    recorded_at: datetime
    revision: int
    transaction_number: str
    warnings: tuple[str, ...]
    said: tuple[Said, ...]
    result_id: UUID
    withdrawn_at: datetime | None
    declared_outcome: str
    fee_class: str
    may_be_corrected: bool
    detailed_address: str


def stage_label(stage: Stage) -> str:
    """Return the word for the stage of an examination."""
    labels = {Stage.PRIMARY: _("一次検診"), Stage.DETAILED: _("精密検査"), Stage.BOTH: _("一次検診と精密検査")}
    return labels[stage]


def leg(result: StoredResult, token: str, names: Mapping[str, str]) -> Leg:
    """Return a result as the sash needs it."""
    return Leg(
        programme=result.record.programme,
        fiscal_year=result.record.fiscal_year,
        verdict=verdict_of(result.record),
        address=reverse("result", args=[token, result.result_id]),
        giver=giver_name(result, names) if result.source is Source.OTHER_MUNICIPALITY else "",
        is_workplace=result.source is Source.WORKPLACE,
    )


def giver_name(result: StoredResult, names: Mapping[str, str]) -> str:
    """Name who gave a result; an institution this town no longer knows keeps its code."""
    if result.source is Source.OTHER_MUNICIPALITY:
        return names.get(result.source_institution, result.source_institution)
    return _("職域") if result.source is Source.WORKPLACE else _("この自治体")


def result_view(result: StoredResult, token: str, names: Mapping[str, str], language: Language) -> ResultView:
    """Return a result in words, every item with its label."""
    record = result.record
    return ResultView(
        programme=programme_view(record.programme, language),
        stage=stage_label(record.stage),
        fiscal_year=record.fiscal_year,
        examined=understood(record.examined_date, language) if record.examined_date else _("不明"),
        age=record.age,
        facility=place_label(record.facility_name or record.facility_number or ""),
        giver=giver_name(result, names),
        mark=mark(leg(result, token, names)),
        address=reverse("result", args=[token, result.result_id]),
        recorded_at=result.recorded_at,
        revision=result.revision,
        transaction_number=result.transaction_number or "",
        warnings=tuple(
            warning.message_ja if language is Language.JA else warning.message_en for warning in result.warnings
        ),
        said=tuple(
            Said(group_label(item.group, language), label, value)
            for item, label, value in rendered_items(record, language)
        ),
        result_id=result.result_id,
        withdrawn_at=result.withdrawn_at,
        declared_outcome=result.declared_outcome or "",
        fee_class=result.fee_class,
        may_be_corrected=result.source is Source.OWN and result.withdrawn_at is None,
        detailed_address=_detailed_address(result, token),
    )


def _detailed_address(result: StoredResult, token: str) -> str:
    """Return where the detailed examination of a primary screening is entered; empty for any other result."""
    if result.record.stage is not Stage.PRIMARY or result.withdrawn_at is not None:
        return ""
    address = reverse("result-enter", args=[token, result.record.programme, Stage.DETAILED])
    return f"{address}?primary={result.result_id}"


def result_views(
    results: Sequence[StoredResult], token: str, names: Mapping[str, str], language: Language
) -> list[ResultView]:
    """Return results in words, in the order given."""
    return [result_view(result, token, names, language) for result in results]


def result_of_person(results: Sequence[StoredResult], result_id: UUID) -> StoredResult | None:
    """Find a result among a person's own, so that nobody's result is shown under another's address."""
    return next((result for result in results if result.result_id == result_id), None)
