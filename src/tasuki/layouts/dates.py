"""Dates as precise as they are known: "2025-06-12", "2025-06" or "2025"."""

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import Final

_PARTIAL: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_APRIL: Final = 4


# A year's records share some hundred dates; 4096 of them hold more than ten years and no person.
@lru_cache(maxsize=4096)
def days_meant(text: str) -> tuple[date, date] | None:
    """Return the first and the last day a partial date can mean, or None when it is not one."""
    match = _PARTIAL.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part or 0) for part in match.groups())
    try:
        if not match[2]:
            return date(year, 1, 1), date(year, 12, 31)
        if not match[3]:
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        return date(year, month, day), date(year, month, day)
    except ValueError:
        # Month 13, 30 February and year 0 look like dates and are none (monthrange raises a ValueError too).
        return None


def fiscal_year_days(fiscal_year: int) -> tuple[date, date]:
    """Return the first and the last day of a fiscal year (1 April to 31 March)."""
    return date(fiscal_year, _APRIL, 1), date(fiscal_year + 1, _APRIL - 1, 31)
