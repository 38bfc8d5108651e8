"""保険医療機関番号: prefecture (2), points table (1) and seven more digits; each wrong part is named."""

from datetime import date

import pytest

from tasuki.screening.facility_files import HEADER, FileProblem, read_facility_file
from tasuki.screening.facility_rules import number_problem, problems_of_entry
from tasuki.screening.types import FacilityProblem, FacilityRow
from tasuki.shared.identifiers import is_facility_number


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("1319910030", None),
        ("0139910030", None),
        ("4719910030", None),
        ("131991003", FacilityProblem.NUMBER_LENGTH),
        ("13199100300", FacilityProblem.NUMBER_LENGTH),
        ("１３１９９１００３０", FacilityProblem.NUMBER_LENGTH),
        ("13-1991003", FacilityProblem.NUMBER_LENGTH),
        ("", FacilityProblem.NUMBER_LENGTH),
        ("0019910030", FacilityProblem.NUMBER_PREFECTURE),
        ("4819910030", FacilityProblem.NUMBER_PREFECTURE),
        ("1309910030", FacilityProblem.NUMBER_POINTS_TABLE),
        ("1349910030", FacilityProblem.NUMBER_POINTS_TABLE),
    ],
)
def test_the_wrong_part_of_a_number_is_named(number: str, problem: FacilityProblem | None) -> None:
    assert number_problem(number) is problem
    assert is_facility_number(number) == (problem is None)


FIRST = FacilityRow("1319910030", "模擬町診療所", date(2020, 4, 1), date(2024, 4, 1))


@pytest.mark.parametrize(
    ("since", "until", "problems"),
    [
        ((2024, 4, 1), None, ()),
        ((2019, 4, 1), (2020, 4, 1), ()),
        ((2024, 3, 31), None, (FacilityProblem.PERIODS_OVERLAP,)),
        ((2019, 4, 1), None, (FacilityProblem.PERIODS_OVERLAP,)),
        ((2021, 4, 1), (2022, 4, 1), (FacilityProblem.PERIODS_OVERLAP,)),
        ((2025, 4, 1), (2025, 4, 1), (FacilityProblem.PERIOD_ENDS_BEFORE_IT_BEGINS,)),
    ],
)
def test_periods_of_one_number_follow_each_other(
    since: tuple[int, int, int], until: tuple[int, int, int] | None, problems: tuple[FacilityProblem, ...]
) -> None:
    row = FacilityRow("1319910030", "次の医院", date(*since), None if until is None else date(*until))
    assert problems_of_entry(row, [FIRST]) == problems


def test_a_list_is_read_whole_or_every_wrong_line_is_named() -> None:
    header = ",".join(HEADER)
    good = "1319910030,模擬町診療所,139980,1,2015-04-01,"
    assert read_facility_file([header, good]) == [FacilityRow("1319910030", "模擬町診療所", date(2015, 4, 1))]
    assert read_facility_file(["番号,名称", good]) == [FileProblem(1, None)]
    assert read_facility_file([]) == [FileProblem(1, None)]
    wrong = [header, good, "13199,短い,139980,1,2015-04-01,", "1319910031,日付,139980,1,H27.4.1,", good]
    assert read_facility_file(wrong) == [
        FileProblem(3, FacilityProblem.NUMBER_LENGTH), FileProblem(4, None),
        FileProblem(5, FacilityProblem.PERIODS_OVERLAP),
    ]  # fmt: skip
