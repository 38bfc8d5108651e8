"""Tags and filters every template may use."""

import datetime as dt
import hashlib
from functools import lru_cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from tasuki.layouts.render import Language
from tasuki.shared.dates import display_date, to_jst

register = template.Library()

_ICONS = Path(__file__).resolve().parents[1] / "static" / "icons"


def current_language() -> Language:
    """Return the language of this request."""
    return Language(get_language() or "ja")


@lru_cache(maxsize=64)
def _hash_of(name: str) -> str:
    found = finders.find(name)
    if not isinstance(found, str):
        raise template.TemplateSyntaxError(f"no static file {name}")
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:12]


@register.simple_tag
def asset(name: str) -> str:
    """Give the address of a static file, with its content's hash, so that browsers never keep an old one."""
    return f"{static(name)}?v={_hash_of(name)}"


@lru_cache(maxsize=64)
def _drawing(name: str) -> SafeString:
    # Drawn into the page, so that it takes the colour of the text beside it.
    return mark_safe((_ICONS / f"{name}.svg").read_text(encoding="utf-8").strip())  # noqa: S308 — our own file


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw one of our icons; it says nothing by itself, so a word always stands beside it."""
    if not name.replace("-", "").isalnum():
        raise template.TemplateSyntaxError("not the name of an icon")
    return _drawing(name)


@register.filter
def civil(day: dt.date | None) -> str:
    """Write a day: 2026年11月23日(令和8年), in English 23 November 2026."""
    if day is None:
        return ""
    if current_language() is Language.EN:
        return f"{day.day} {day:%B %Y}"
    return display_date(day)


@register.filter
def moment(at: dt.datetime | None) -> str:
    """Write an instant as the clock on the office's wall showed it."""
    if at is None:
        return ""
    local = to_jst(at)
    return f"{civil(local.date())} {local:%H:%M}"


@register.filter
def clock(at: dt.datetime | None) -> str:
    """Write only the time of day, to the second."""
    return "" if at is None else f"{to_jst(at):%H:%M:%S}"


@register.filter
def hour_minute(at: dt.datetime | None) -> str:
    """Write only the time of day, to the minute."""
    return "" if at is None else f"{to_jst(at):%H:%M}"


@register.filter
def grouped(number: int) -> str:
    """Write a count with its thousands apart."""
    return f"{number:,}"


@register.filter
def month_day(day: dt.date) -> str:
    """Write a day within a year that stands beside it."""
    return f"{day.day} {day:%b}" if current_language() is Language.EN else f"{day.month}月{day.day}日"
