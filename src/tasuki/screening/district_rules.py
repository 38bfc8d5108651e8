"""Whether a district can be kept as it is stated: pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from tasuki.screening.types.districts import DistrictProblem, DistrictWrong
from tasuki.shared.names import fold_address

#: A shorter beginning would take in half the town by a slip of the hand.
SHORTEST_PLACE: Final = 3


def fold_place(written: str) -> str:
    """Fold the beginning of an address as addresses are folded; a number at its end stays open to what follows it."""
    return fold_address(written.strip()).rstrip("-")


def places_problem(places: Sequence[str], taken: Mapping[str, str]) -> DistrictProblem | None:
    """Say what is wrong with the places of a district, with the line.

    :param taken: to which other district a folded place belongs.
    """
    if not places:
        return DistrictProblem(DistrictWrong.NO_PLACE)
    seen: dict[str, str] = {}
    for line, written in enumerate(places, start=1):
        folded = fold_place(written)
        if len(folded) < SHORTEST_PLACE:
            return DistrictProblem(DistrictWrong.TOO_SHORT, line, written)
        if folded in taken or folded in seen:
            return DistrictProblem(DistrictWrong.TAKEN, line, written, taken.get(folded, ""))
        seen[folded] = written
    return None
