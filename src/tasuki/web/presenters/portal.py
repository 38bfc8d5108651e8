"""A person's own results in words, as the portal shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tasuki.layouts.render import group_label, rendered_items
from tasuki.layouts.types import ScreeningRecord
from tasuki.web.presenters.dates import understood
from tasuki.web.presenters.programmes import ProgrammeView, programme_view
from tasuki.web.presenters.results import Said, stage_label
from tasuki.web.templatetags.tasuki import current_language


@dataclass(frozen=True, slots=True)
class PortalResult:
    """One result as its person reads it."""

    programme: ProgrammeView
    stage: str
    fiscal_year: int
    examined: str
    age: int | None
    facility: str
    said: tuple[Said, ...]


def portal_results(records: Sequence[ScreeningRecord]) -> list[PortalResult]:
    """Return results in words, every item that may travel with its label."""
    language = current_language()
    return [
        PortalResult(
            programme=programme_view(one.programme, language),
            stage=stage_label(one.stage),
            fiscal_year=one.fiscal_year,
            examined=understood(one.examined_date, language) if one.examined_date else _("不明"),
            age=one.age,
            facility=one.facility_name or "",
            said=tuple(
                Said(group_label(item.group, language), label, value)
                for item, label, value in rendered_items(one, language)
            ),
        )
        for one in records
    ]
