"""The form of a record is made from the layout, and says exactly what the record says."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.render import Language
from tasuki.layouts.types import AbsentReason, Item, ItemType, Programme, ScreeningRecord, Stage
from tasuki.layouts.validate import problems_in
from tasuki.screening.types import FacilityRow
from tasuki.web.staff.results.fields import FormView, form_view
from tasuki.web.staff.results.reading import age_on, completed, items_for, read_form, typed_from

ON = date(2026, 11, 23)
EXAMINATIONS = [(programme, stage) for programme in Programme for stage in Stage]


def right_value(item: Item) -> st.SearchStrategy[str]:
    match item.type:
        case ItemType.CODE:
            return st.sampled_from(sorted(catalogue().table(item.table or "").codes))
        case ItemType.NUMBER:
            return st.integers(0, 10**item.max_bytes - 1).map(str)
        case ItemType.DATE:
            return st.sampled_from(["2025-06-12", "2025-06", "2025"])
        case ItemType.TEXT:
            return st.text("架空所見ABC<&>\"'髙﨑", min_size=1, max_size=max(1, item.max_bytes // 2))


@st.composite
def records(draw: st.DrawFn) -> ScreeningRecord:
    programme, stage = draw(st.sampled_from(EXAMINATIONS))
    items: dict[str, str] = {}
    absent: dict[str, AbsentReason] = {}
    for item in catalogue().items_of(programme, stage):
        what = draw(st.sampled_from(["value", "absent", "nothing"]))
        if what == "value":
            items[item.code] = draw(right_value(item))
        elif what == "absent":
            absent[item.code] = draw(st.sampled_from(AbsentReason))
    return ScreeningRecord(
        programme=programme,
        stage=stage,
        fiscal_year=draw(st.integers(2008, 2100)),
        sequence=draw(st.integers(1, 99)),
        examined_date=draw(st.sampled_from(["2025-06-12", "2025-06", "2025", None])),
        age=draw(st.none() | st.integers(0, 130)),
        encounter_type=draw(st.sampled_from(["1", "2", None])),
        facility_number=draw(st.sampled_from(["1319910030", "0119910030", None])),
        facility_name=draw(st.none() | st.text("架空医院髙﨑①<&>", min_size=1, max_size=50)),
        items=items,
        absent=absent,
    )


def sent(form: FormView) -> dict[str, str]:
    """Return what a browser sends of a form as it is shown."""
    typed = {}
    for field in form.fields:
        chosen = next((choice.value for choice in field.choices if choice.chosen), None)
        typed[field.name] = field.value if not field.choices else chosen or ""
        if field.absent_name:
            typed[field.absent_name] = next(choice.value for choice in field.absent_choices if choice.chosen)
    return typed


@given(record=records(), fee_class=st.sampled_from(["", "免除", "一部負担"]))
def test_a_record_comes_back_from_its_form_as_it_was(record: ScreeningRecord, fee_class: str) -> None:
    typed = typed_from(record, fee_class)
    shown = form_view(record.programme, record.stage, typed, on=ON, language=Language.JA)
    reading = read_form(record.programme, record.stage, sent(shown), age=record.age)
    assert (reading.record, reading.fee_class, reading.problems) == (record, fee_class, ())


@pytest.mark.parametrize(("programme", "stage"), EXAMINATIONS)
def test_a_form_has_each_item_that_applies_once_and_in_the_order_of_the_layout(
    programme: Programme, stage: Stage
) -> None:
    form = form_view(programme, stage, {"examined_date": "2025-06-12"}, on=ON, language=Language.JA)
    names = [field.name for group in form.groups for field in group.fields]
    expected = items_for(programme, stage, examined="2025-06-12", on=ON)
    assert sorted(names) == sorted(f"item-{item.code}" for item in expected)
    assert len({group.id for group in form.groups}) == len(form.groups)
    for group in form.groups:
        of_group = [f"item-{item.code}" for item in expected if item.group.id == group.id]
        assert [field.name for field in group.fields] == of_group
    assert len({field.id for field in form.fields}) == len(form.fields)


def shown_codes(examined: str, typed: dict[str, str] | None = None) -> set[str]:
    values = {"examined_date": examined} | (typed or {})
    form = form_view(Programme.LUNG, Stage.PRIMARY, values, on=ON, language=Language.JA)
    return {field.name for field in form.fields}


SPUTUM = f"item-{catalogue().item_named(Programme.LUNG, 'sputum_judgement').code}"


def test_an_item_is_shown_while_it_is_in_force_and_wherever_it_was_filled_in() -> None:
    assert SPUTUM in shown_codes("2025-12-23")
    assert SPUTUM in shown_codes("R7.12")
    assert SPUTUM not in shown_codes("2025-12-24")
    assert SPUTUM not in shown_codes("")
    assert SPUTUM in shown_codes("2025-12-24", {SPUTUM: "1"})


def test_kinds_units_limits_and_reasons_come_from_the_layout() -> None:
    bone = form_view(Programme.OSTEOPOROSIS, Stage.PRIMARY, {}, on=ON, language=Language.JA)
    height = next(field for field in bone.fields if field.unit == "cm")
    assert (height.kind, height.inputmode) == ("number", "decimal")
    lung = form_view(Programme.LUNG, Stage.PRIMARY, {}, on=ON, language=Language.JA)
    need = next(field for field in lung.fields if "精密検査対象有無" in field.label)
    assert (need.kind, need.is_required) == ("radio", True)
    assert [choice.label for choice in need.absent_choices] == ["値がある", "未実施", "測定不能", "不明"]
    findings = next(field for field in lung.fields if field.max_bytes == 100 and field.absent_name)
    assert findings.kind == "lines"
    assert all(not field.absent_name for field in lung.header)


def test_bytes_are_counted_as_the_national_limits_count_them() -> None:
    findings = next(item for item in catalogue().items_of(Programme.LUNG) if item.max_bytes == 100)
    name = f"item-{findings.code}"
    for text, used in (("架空", 4), ("abc", 3), ("ｶｸｳ", 3), ("𠮷", 2), ("a" * 101, 101)):
        form = form_view(Programme.LUNG, Stage.PRIMARY, {name: text}, on=ON, language=Language.JA)
        assert next(field for field in form.fields if field.name == name).used_bytes == used
    too_long = read_form(Programme.LUNG, Stage.PRIMARY, {name: "架" * 51}).record
    assert "too_long" in {problem.rule for problem in problems_in(too_long, ON)}


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("8/5/1", "year_of_two_digits"),
        ("昭和64年2月", "impossible_date"),
        ("2026/2/30", "impossible_date"),
        ("46349", "unreadable_date"),
        ("きのう", "unreadable_date"),
    ],
)
def test_a_date_that_cannot_be_read_is_named_and_kept(typed: str, rule: str) -> None:
    reading = read_form(Programme.LUNG, Stage.PRIMARY, {"examined_date": typed})
    assert [problem.rule for problem in reading.problems] == [rule]
    assert reading.record.examined_date is None
    form = form_view(
        Programme.LUNG, Stage.PRIMARY, {"examined_date": typed}, reading.problems, on=ON, language=Language.JA
    )
    field = next(field for field in form.header if field.name == "examined_date")
    assert field.value == typed
    assert field.errors
    assert [(one.target, one.label) for one in form.errors] == [("examined_date", "受診日")]


@pytest.mark.parametrize(
    ("typed", "echo"),
    [
        ("R8.5.1", "2026年5月1日(令和8年)"),
        ("令和8年5月", "2026年5月(令和8年) 日は不明"),
        ("2026-05", "2026年5月(令和8年) 日は不明"),
        ("令和8年", "2026年(令和8年) 月と日は不明"),
        ("?", ""),
    ],
)
def test_a_form_says_how_a_date_is_understood(typed: str, echo: str) -> None:
    form = form_view(Programme.LUNG, Stage.PRIMARY, {"examined_date": typed}, on=ON, language=Language.JA)
    assert next(field for field in form.header if field.name == "examined_date").echo == echo


@pytest.mark.parametrize("typed", ["", "令和8", "２０２６年", "-1", "99999", "2026.5"])
def test_a_year_that_is_no_number_is_refused_by_the_checks_of_the_record(typed: str) -> None:
    record = read_form(Programme.LUNG, Stage.PRIMARY, {"fiscal_year": typed, "sequence": "1"}).record
    assert "impossible_fiscal_year" in {problem.rule for problem in problems_in(record, ON)}


def test_a_fee_class_has_its_limit_in_bytes() -> None:
    [problem] = read_form(Programme.LUNG, Stage.PRIMARY, {"fee_class": "免" * 21}).problems
    assert (problem.item, problem.rule) == ("fee_class", "too_long")
    assert "負担区分" in problem.message_ja


CLINICS = [
    FacilityRow("1319910030", "模擬町診療所", date(2015, 4, 1)),
    FacilityRow("1319910031", "髙﨑医院", date(2015, 4, 1)),
    FacilityRow("1319910032", "見本医院", date(2015, 4, 1)),
    FacilityRow("1319910033", "見本医院", date(2015, 4, 1)),
]


@pytest.mark.parametrize(
    ("number", "name", "expected"),
    [
        ("1319910030", "", ("1319910030", "模擬町診療所")),
        ("１３１９９１００３０", "", ("１３１９９１００３０", "模擬町診療所")),
        ("", "高崎医院", ("1319910031", "高崎医院")),
        ("", "見本医院", ("", "見本医院")),
        ("1319910030", "旧名", ("1319910030", "旧名")),
        ("1319999999", "", ("1319999999", "")),
        ("", "", ("", "")),
    ],
)
def test_an_institution_is_completed_where_there_is_no_doubt(number: str, name: str, expected: tuple[str, str]) -> None:
    typed = completed({"facility_number": number, "facility_name": name}, CLINICS)
    assert (typed["facility_number"], typed["facility_name"]) == expected


@pytest.mark.parametrize(
    ("examined", "age"), [("2026-06-01", 41), ("2026-06-02", 42), ("2026-06", None), (None, None), ("1980-01-01", None)]
)
def test_the_age_is_known_only_where_the_day_is(examined: str | None, age: int | None) -> None:
    assert age_on(date(1984, 6, 2), examined) == age
