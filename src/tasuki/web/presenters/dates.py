"""Dates as precise as they are known, for screens."""

from django.utils.translation import gettext as _

from tasuki.layouts.render import Language
from tasuki.shared.dates import PartialDate, display_partial_date, parse_partial_date


def understood(typed: str, language: Language) -> str:
    """Say how a date that was typed is understood, in both calendars; empty where it is not."""
    found = parse_partial_date(typed)
    if not isinstance(found, PartialDate):
        return ""
    if language is Language.EN:
        return _understood_in_english(found)
    unknown = _("月と日は不明") if found.month is None else _("日は不明") if found.day is None else ""
    return f"{display_partial_date(found)} {unknown}".strip()


def _understood_in_english(found: PartialDate) -> str:
    if found.month is None:
        return f"{found.year}, {_('月と日は不明')}"
    day = found.earliest()
    if found.day is None:
        return f"{day:%B %Y}, {_('日は不明')}"
    return f"{day.day} {day:%B %Y}"
