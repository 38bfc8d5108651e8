"""Which beginnings of addresses make a district, and what is wrong with the others."""

import pytest

from tasuki.screening.district_rules import fold_place, places_problem
from tasuki.screening.types.districts import DistrictWrong
from tasuki.shared.names import fold_address


@pytest.mark.parametrize(
    ("place", "address"),
    [
        ("架空区模擬町", "架空区模擬町二丁目1-2"),
        ("架空区模擬町二丁目", "架空区模擬町2丁目１番2号"),
        ("架空区模擬町２丁目", "架空区模擬町二丁目1-2"),
        ("架空区模擬町2-", "架空区模擬町2-1-2"),
        ("架空区髙台", "架空区高台1-1"),
    ],
)
def test_a_place_is_the_beginning_of_an_address_however_either_is_written(place: str, address: str) -> None:
    assert fold_address(address).startswith(fold_place(place))


@pytest.mark.parametrize(
    ("places", "taken", "wrong", "line"),
    [
        ([], {}, DistrictWrong.NO_PLACE, 0),
        (["架空区模擬町", "架"], {}, DistrictWrong.TOO_SHORT, 2),
        (["架空区模擬町二丁目", "架空区模擬町2丁目"], {}, DistrictWrong.TAKEN, 2),
        (["架空区模擬町"], {fold_place("架空区模擬町"): "南"}, DistrictWrong.TAKEN, 1),
    ],
)
def test_what_cannot_be_kept_is_said_with_its_line(
    places: list[str], taken: dict[str, str], wrong: DistrictWrong, line: int
) -> None:
    problem = places_problem(places, taken)
    assert problem is not None
    assert (problem.wrong, problem.line) == (wrong, line)


def test_what_is_right_is_kept() -> None:
    assert places_problem(["架空区模擬町", "架空区模擬町二丁目"], {fold_place("架空区架空台"): "南"}) is None
