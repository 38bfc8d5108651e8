"""Areas of work in words: what an account's districts are called."""

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import get_language

from tasuki.screening.queries.districts import district_names, open_districts


def area_names(areas: Iterable[UUID]) -> list[str]:
    """Return what districts are called, in the language of the page."""
    wanted = set(areas)
    if not wanted:
        return []
    english = get_language() == "en"
    return [name_en if english else name for number, (name, name_en) in district_names().items() if number in wanted]


def area_choices() -> list[tuple[str, object]]:
    """Return the districts an account may be given."""
    english = get_language() == "en"
    names = district_names()
    return [(str(number), names[number][int(english)]) for number in open_districts()]
