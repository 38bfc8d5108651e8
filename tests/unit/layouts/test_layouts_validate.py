"""The form of values: each wrong one is reported by item and rule, in both languages, without repeating the value."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.layouts.layout_records import LEAST, ON, coded, record_of

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.dates import days_meant, fiscal_year_days
from tasuki.layouts.types import AbsentReason, Programme, ScreeningRecord, Severity, Stage
from tasuki.layouts.validate import problems_in
from tasuki.layouts.values import bytes_used, is_number

LUNG = Programme.LUNG
WRONG_VALUES = [
    ("smoking_index", "400", None),
    ("smoking_index", "４００", "not_a_number"),
    ("smoking_index", "1E+3", "not_a_number"),
    ("smoking_index", "-1", "not_a_number"),
    ("smoking_index", "40000", "too_long"),
    ("smoking_index", "", "empty_value"),
    ("past_screening", "01", "unknown_code"),
    ("past_screening", "5", "unknown_code"),
    ("past_screening", "", "empty_value"),
    ("chest_xray_findings", "影" * 50, None),
    ("chest_xray_findings", "影" * 50 + "a", "too_long"),
    ("sputum_examined_date", "2025-06-12", None),
    ("sputum_examined_date", "2025/06/12", "not_a_date"),
    ("sputum_examined_date", "2026-03-02", "date_in_future"),
]


@pytest.mark.parametrize(("name", "value", "rule"), WRONG_VALUES)
def test_values_are_held_against_their_item(name: str, value: str, rule: str | None) -> None:
    item = catalogue().item_named(LUNG, name)
    found = problems_in(record_of(LUNG, items=coded(LUNG, {**LEAST[LUNG, Stage.PRIMARY], name: value})), ON)
    assert [(problem.rule, problem.item) for problem in found] == ([] if rule is None else [(rule, item.code)])
    for problem in found:
        assert problem.severity is Severity.ERROR
        assert item.label_ja in problem.message_ja
        assert item.label_en in problem.message_en
        assert problem.remedy_ja
        assert problem.remedy_en


def test_a_value_that_is_too_long_says_by_how_much() -> None:
    items = coded(LUNG, {**LEAST[LUNG, Stage.PRIMARY], "chest_xray_findings": "影" * 60})
    (problem,) = problems_in(record_of(LUNG, items=items), ON)
    assert "100バイトまで、現在120バイト" in problem.message_ja
    assert "at most 100 bytes, now 120" in problem.message_en


WRONG_HEADERS: list[tuple[ScreeningRecord, str, str]] = [
    (record_of(LUNG, sequence=0), "impossible_sequence", "X_SEQUENCE"),
    (record_of(LUNG, sequence=100), "impossible_sequence", "X_SEQUENCE"),
    (record_of(LUNG, age=131), "impossible_age", "X_AGE"),
    (record_of(LUNG, age=-1), "impossible_age", "X_AGE"),
    (record_of(LUNG, encounter_type="3"), "unknown_code", "X_ENCOUNTER_TYPE"),
    (record_of(LUNG, facility_number="131019999"), "bad_facility_number", "X_FACILITY_NUMBER"),
    (record_of(LUNG, facility_number="１３１０１９９９９９"), "bad_facility_number", "X_FACILITY_NUMBER"),
    (record_of(LUNG, facility_name="架" * 51), "too_long", "X_FACILITY_NAME"),
    (record_of(LUNG, fiscal_year=25), "impossible_fiscal_year", "X_FISCAL_YEAR"),
    (record_of(LUNG, fiscal_year=20255), "impossible_fiscal_year", "X_FISCAL_YEAR"),
]


@pytest.mark.parametrize(("record", "rule", "item"), WRONG_HEADERS)
def test_wrong_headers_are_reported(record: ScreeningRecord, rule: str, item: str) -> None:
    assert [(problem.rule, problem.item) for problem in problems_in(record, ON)] == [(rule, item)]


def test_an_empty_header_is_no_problem() -> None:
    record = record_of(
        LUNG, examined_date=None, age=None, encounter_type=None, facility_number=None, facility_name=None
    )
    assert problems_in(record, ON) == []


def test_items_of_another_programme_or_of_none_are_unknown() -> None:
    of_breast = catalogue().item_named(Programme.BREAST, "mammography_judgement").code
    items = {**record_of(LUNG).items, of_breast: "1"}
    found = problems_in(record_of(LUNG, items=items, absent={"9X": AbsentReason.UNKNOWN}), ON)
    assert [(problem.rule, problem.item) for problem in found] == [("unknown_item", of_breast), ("unknown_item", "9X")]


def test_a_value_and_a_reason_for_having_none_exclude_each_other() -> None:
    least = record_of(LUNG).items
    found = problems_in(record_of(LUNG, absent=dict.fromkeys(least, AbsentReason.UNKNOWN)), ON)
    assert [problem.rule for problem in found] == ["value_and_reason"]


def test_a_reason_for_an_item_of_the_other_stage_is_reported_too() -> None:
    code = catalogue().item_named(LUNG, "detailed_result").code
    found = problems_in(record_of(LUNG, absent={code: AbsentReason.NOT_PERFORMED}), ON)
    assert [(problem.rule, problem.item) for problem in found] == [("detailed_item_in_primary", code)]


@given(
    st.sampled_from(Programme),
    st.sampled_from(Stage),
    st.dictionaries(st.sampled_from(sorted(catalogue().items)), st.text(max_size=12), max_size=12),
)
@settings(max_examples=150, deadline=None)
def test_any_record_is_reported_on_without_repeating_its_values(
    programme: Programme, stage: Stage, items: dict[str, str]
) -> None:
    marked = {code: f"秘{value}密" for code, value in items.items()}
    found = problems_in(record_of(programme, stage, items=marked), ON)
    assert {code for code in marked if catalogue().items[code].programme != programme} <= {p.item for p in found}
    for problem in found:
        assert "秘" not in problem.message_ja + problem.message_en + problem.remedy_ja
        assert "{" not in problem.message_ja + problem.message_en


BYTES = [("", 0), ("abc", 3), ("影", 2), ("ｱﾞ", 2), ("①髙", 4), ("𠮷", 2), ("〜", 2), ("a𠮷影", 5)]


@pytest.mark.parametrize(("value", "used"), BYTES)
def test_length_is_counted_in_cp932_and_gaiji_as_two(value: str, used: int) -> None:
    assert bytes_used(value) == used


@pytest.mark.parametrize(
    ("value", "expected"), [("0", True), ("0.81", True), (".8", False), ("8.", False), ("1,000", False), ("٣", False)]
)
def test_numbers_are_half_width_digits(value: str, expected: bool) -> None:
    assert is_number(value) is expected


@given(st.dates())
def test_a_full_date_means_its_day_and_a_month_all_its_days(day: date) -> None:
    text = str(day)
    assert days_meant(text) == (day, day)
    whole_month = days_meant(text[:7])
    assert whole_month is not None
    assert whole_month[0].day == 1
    assert whole_month[0] <= day <= whole_month[1]
    assert days_meant(f"{text[:7]}-{whole_month[1].day + 1:02d}") is None


@pytest.mark.parametrize("text", ["", "0000", "2025-6", "2025-00", "2025-06-00", "20250612", " 2025", "2025-06-12T00"])
def test_what_is_no_partial_date(text: str) -> None:
    assert days_meant(text) is None


def test_a_fiscal_year_runs_from_april_to_march() -> None:
    assert [day.isoformat() for day in fiscal_year_days(2025)] == ["2025-04-01", "2026-03-31"]
