"""What one result comes to, in the one word a clerk needs: may the person rest, or must somebody follow up."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import ScreeningRecord, Stage


class Verdict(StrEnum):
    """What a result asks for."""

    FINE = "FINE"
    ADVICE = "ADVICE"
    DETAIL_NEEDED = "DETAIL_NEEDED"
    DETAIL_DONE = "DETAIL_DONE"
    UNJUDGED = "UNJUDGED"
    TAKEN = "TAKEN"


_NEED: Final[Mapping[str, Verdict]] = {"1": Verdict.FINE, "2": Verdict.DETAIL_NEEDED, "9": Verdict.UNJUDGED}
# A hepatitis test that was not taken says nothing, so 9 is left out.
_VIRUS: Final[Mapping[str, Verdict]] = {"1": Verdict.FINE, "2": Verdict.DETAIL_NEEDED}
_JUDGEMENT: Final[Mapping[str, Verdict]] = {
    "1": Verdict.FINE,
    "2": Verdict.ADVICE,
    "3": Verdict.DETAIL_NEEDED,
    "9": Verdict.UNJUDGED,
}
#: Which items judge, by their identifier in the layouts, and what their codes come to.
_JUDGES: Final[Mapping[str, Mapping[str, Verdict]]] = {
    "detailed_examination_need": _NEED,
    "hepatitis_b_judgement": _VIRUS,
    "hepatitis_c_judgement": _VIRUS,
    "overall_judgement": _JUDGEMENT,
    "judgement": _JUDGEMENT,
}
# The gravest word of several wins: a positive virus test is not hidden by a negative one.
_GRAVITY: Final = (Verdict.DETAIL_NEEDED, Verdict.UNJUDGED, Verdict.ADVICE, Verdict.FINE)


def verdict_of(record: ScreeningRecord) -> Verdict:
    """Return what a record comes to; one that judges nothing only says that the examination was taken."""
    if record.stage is Stage.DETAILED:
        return Verdict.DETAIL_DONE
    found = {
        verdict
        for item in catalogue().items_of(record.programme)
        if item.identifier in _JUDGES
        and (verdict := _JUDGES[item.identifier].get(record.items.get(item.code, ""))) is not None
    }
    return next((verdict for verdict in _GRAVITY if verdict in found), Verdict.TAKEN)
