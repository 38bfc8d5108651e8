"""What a record must say, and what its items must not say against each other: 検診情報ファイル仕様 1.1, as tables.

Warnings are shown and acknowledged; only a wrong stage, a wrong form, a missing mandatory item or a future date is an
error.
"""

from datetime import date

import pytest
from tests.unit.layouts.layout_records import LEAST, ON, coded, record_of

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.rules import cross_checks, rules
from tasuki.layouts.types import AbsentReason, Mandatory, Programme, Severity, Stage
from tasuki.layouts.validate import problems_in

LUNG, BREAST, CERVIX, COLORECTAL = Programme.LUNG, Programme.BREAST, Programme.CERVIX, Programme.COLORECTAL
NEED = "detailed_examination_need"

# Programme, values beside the least, what is objected to (nothing: None).
CROSS_CHECKS = [
    (LUNG, {"chest_xray_judgement": "4", NEED: "2"}, None),
    (LUNG, {"chest_xray_judgement": "4", NEED: "1"}, "chest_xray_e_needs_detail"),
    (LUNG, {"chest_xray_judgement": "4", NEED: "9"}, "chest_xray_e_needs_detail"),
    (LUNG, {"chest_xray_judgement": "1", NEED: "1"}, None),
    (LUNG, {"chest_xray_judgement": "1", NEED: "2"}, "chest_xray_clear_without_detail"),
    (LUNG, {"chest_xray_judgement": "2", NEED: "2"}, "chest_xray_clear_without_detail"),
    (LUNG, {"chest_xray_judgement": "3", NEED: "2"}, "chest_xray_clear_without_detail"),
    (LUNG, {"chest_xray_judgement": "1", NEED: "2", "sputum_judgement": "4"}, None),
    (LUNG, {"chest_xray_judgement": "1", NEED: "2", "sputum_judgement": "2"}, "chest_xray_clear_without_detail"),
    (LUNG, {"chest_xray_judgement": "9", NEED: "9"}, None),
    (LUNG, {"chest_xray_judgement": "9", NEED: "1"}, "chest_xray_unreadable_undetermined"),
    (LUNG, {"chest_xray_judgement": "9", NEED: "2", "sputum_judgement": "3"}, None),
    *[(BREAST, {"mammography_judgement": code, NEED: "2"}, None) for code in "345"],
    *[(BREAST, {"mammography_judgement": code, NEED: "1"}, "mammography_needs_detail") for code in "345"],
    *[(BREAST, {"mammography_judgement": code, NEED: "1"}, None) for code in "12"],
    *[(BREAST, {"mammography_judgement": code, NEED: "2"}, "mammography_clear_without_detail") for code in "12"],
    *[(BREAST, {"mammography_judgement": code, NEED: "9"}, None) for code in ("9", "99")],
    *[(BREAST, {"mammography_judgement": code, NEED: "1"}, "mammography_n_undetermined") for code in ("9", "99")],
    (COLORECTAL, {"occult_blood_judgement": "2", NEED: "2"}, None),
    (COLORECTAL, {"occult_blood_judgement": "2", NEED: "1"}, "occult_blood_needs_detail"),
    (COLORECTAL, {"occult_blood_judgement": "1", NEED: "1"}, None),
    (CERVIX, {"cytology_judgement": "1", NEED: "1"}, None),
    *[(CERVIX, {"cytology_judgement": str(code), NEED: "2"}, None) for code in (*range(2, 11), 99)],
    *[(CERVIX, {"cytology_judgement": str(code), NEED: "1"}, "cytology_needs_detail") for code in (*range(2, 11), 99)],
    (CERVIX, {"hpv_test_judgement": "1", NEED: "1"}, None),
    (CERVIX, {"hpv_test_judgement": "2", NEED: "1"}, "hpv_positive_needs_triage"),
    (CERVIX, {"hpv_test_judgement": "2", "cytology_judgement": "1", NEED: "1"}, None),
    (Programme.PERIODONTAL, {}, None),
    (Programme.PERIODONTAL, {"bleeding_11": "1", "bleeding_maximum": "1"}, None),
    (Programme.PERIODONTAL, {"bleeding_11": "1"}, "bleeding_maximum_of_six"),
    (Programme.PERIODONTAL, {"pocket_31": "2", "pocket_maximum": "1"}, "pocket_maximum_of_six"),
    (Programme.PERIODONTAL, {"pocket_31": "X", "pocket_11": "9"}, None),
    (Programme.PERIODONTAL, {"pocket_31": "X", "pocket_maximum": "X"}, "pocket_maximum_of_six"),
    (Programme.PERIODONTAL, {"present_teeth": "27"}, "present_teeth_sum"),
    (Programme.PERIODONTAL, {"lost_teeth": "33"}, "tooth_count_limit"),
    (Programme.PERIODONTAL, {"lost_teeth": "32"}, None),
]


@pytest.mark.parametrize(("programme", "values", "rule"), CROSS_CHECKS)
def test_cross_checks(programme: Programme, values: dict[str, str], rule: str | None) -> None:
    items = coded(programme, {**LEAST[programme, Stage.PRIMARY], **values})
    found = problems_in(record_of(programme, items=items), ON)
    assert [problem.rule for problem in found] == ([] if rule is None else [rule])
    assert all(problem.severity is Severity.WARNING for problem in found)


def test_the_maximum_where_no_site_could_be_measured() -> None:
    sites = {f"bleeding_{site}": "X" for site in ("17_16", "11", "26_27", "47_46", "31", "36_37")}
    least = LEAST[Programme.PERIODONTAL, Stage.PRIMARY]
    for maximum, wrong in (("X", []), ("0", ["bleeding_maximum_of_six"])):
        items = coded(Programme.PERIODONTAL, {**least, **sites, "bleeding_maximum": maximum})
        assert [p.rule for p in problems_in(record_of(Programme.PERIODONTAL, items=items), ON)] == wrong


def test_every_cross_check_has_its_row() -> None:
    rows = {rule for _, _, rule in CROSS_CHECKS if rule is not None}
    assert rows == {check.rule.id for programme in Programme for check in cross_checks(programme)}


MANDATORY = {
    (Programme.HEPATITIS, Stage.PRIMARY): {"hepatitis_b_judgement", "hepatitis_c_judgement"},
    (Programme.OSTEOPOROSIS, Stage.PRIMARY): {"overall_judgement"},
    (Programme.PERIODONTAL, Stage.PRIMARY): set(LEAST[Programme.PERIODONTAL, Stage.PRIMARY]),
    **{(cancer, Stage.PRIMARY): {NEED} for cancer in (LUNG, BREAST, Programme.STOMACH, CERVIX, COLORECTAL)},
    **{(programme, Stage.DETAILED): {"detailed_result"} for programme in Programme},
}


@pytest.mark.parametrize(("programme", "stage"), MANDATORY)
def test_mandatory_items(programme: Programme, stage: Stage) -> None:
    items = catalogue().items_of(programme, stage)
    mandatory = {item.identifier: item for item in items if item.mandatory is Mandatory.ALWAYS}
    assert set(mandatory) == MANDATORY[programme, stage]
    assert problems_in(record_of(programme, stage), ON) == []
    full = record_of(programme, stage).items
    for item in mandatory.values():
        without = {code: value for code, value in full.items() if code != item.code}
        missing = problems_in(record_of(programme, stage, items=without), ON)
        assert ("mandatory_missing", item.code, Severity.ERROR) in [(p.rule, p.item, p.severity) for p in missing]
        reason = {item.code: AbsentReason.NOT_MEASURED}
        absent = problems_in(record_of(programme, stage, items=without, absent=reason), ON)
        assert ("mandatory_absent", item.code, Severity.WARNING) in [(p.rule, p.item, p.severity) for p in absent]


# Osteoporosis: bone mass and judgement for the device used; at least one device.
DEVICES = [
    ({}, ["no_device"]),
    ({"dxa_bone_mass": "82", "dxa_judgement": "1"}, []),
    ({"dxa_bone_mass": "82"}, ["mandatory_missing"]),
    ({"dxa_bone_density": "0.81"}, ["mandatory_missing", "mandatory_missing"]),
    ({"ct_bone_mass": "82", "ct_judgement": "1"}, []),
    ({"xray_bone_mass": "82", "xray_judgement": "1", "ultrasound_judgement": "1"}, ["mandatory_missing"]),
]


@pytest.mark.parametrize(("values", "expected"), DEVICES)
def test_osteoporosis_devices(values: dict[str, str], expected: list[str]) -> None:
    items = coded(Programme.OSTEOPOROSIS, {"overall_judgement": "1", **values})
    found = problems_in(record_of(Programme.OSTEOPOROSIS, items=items), ON)
    assert [problem.rule for problem in found] == expected


# 検診区分 1 holds no detailed items, 2 no primary items, 3 both; each an error.
STAGES = [
    (Stage.PRIMARY, {NEED: "2"}, []),
    (Stage.PRIMARY, {NEED: "2", "detailed_result": "1"}, ["detailed_item_in_primary"]),
    (Stage.PRIMARY, {}, ["mandatory_missing"]),
    (Stage.DETAILED, {"detailed_result": "1"}, []),
    (Stage.DETAILED, {"detailed_result": "1", NEED: "2"}, ["primary_item_in_detailed"]),
    (Stage.DETAILED, {}, ["mandatory_missing"]),
    (Stage.BOTH, {NEED: "2", "detailed_result": "1"}, []),
    (Stage.BOTH, {NEED: "2"}, ["mandatory_missing"]),
    (Stage.BOTH, {"detailed_result": "1"}, ["mandatory_missing"]),
]


@pytest.mark.parametrize("programme", [LUNG, BREAST, Programme.STOMACH, CERVIX, COLORECTAL])
@pytest.mark.parametrize(("stage", "values", "expected"), STAGES)
def test_stages(programme: Programme, stage: Stage, values: dict[str, str], expected: list[str]) -> None:
    found = problems_in(record_of(programme, stage, items=coded(programme, values)), ON)
    assert [problem.rule for problem in found] == expected
    assert all(problem.severity is Severity.ERROR for problem in found)


# Stage, examined, fiscal year 2025 as of 2026-03-01.
DATES = [
    (Stage.PRIMARY, "2025-04-01", []),
    (Stage.PRIMARY, "2026-03-01", []),
    (Stage.PRIMARY, "2026-03-02", ["date_in_future"]),
    (Stage.PRIMARY, "2025-03-31", ["date_outside_fiscal_year"]),
    (Stage.PRIMARY, "2025", []),
    (Stage.PRIMARY, "2025-03", ["date_outside_fiscal_year"]),
    (Stage.PRIMARY, "2024", ["date_outside_fiscal_year"]),
    (Stage.PRIMARY, "2025-02-29", ["not_a_date"]),
    (Stage.PRIMARY, "2025-13", ["not_a_date"]),
    (Stage.PRIMARY, "R7.6.12", ["not_a_date"]),
    (Stage.PRIMARY, "45820", ["not_a_date"]),
    (Stage.PRIMARY, None, []),
    (Stage.DETAILED, "2025-03-31", ["date_outside_fiscal_year"]),
]


@pytest.mark.parametrize(("stage", "examined_date", "expected"), DATES)
def test_dates_of_examination(stage: Stage, examined_date: str | None, expected: list[str]) -> None:
    found = problems_in(record_of(COLORECTAL, stage, examined_date=examined_date), ON)
    assert [problem.rule for problem in found] == expected


def test_a_detailed_examination_keeps_the_fiscal_year_of_its_primary() -> None:
    after_the_year, on = "2026-04-20", date(2026, 5, 1)
    detailed = record_of(LUNG, Stage.DETAILED, examined_date=after_the_year)
    primary = record_of(LUNG, Stage.PRIMARY, examined_date=after_the_year)
    assert problems_in(detailed, on) == []
    assert [problem.rule for problem in problems_in(primary, on)] == ["date_outside_fiscal_year"]


# Sputum cytology left the screening on 2025-12-24; the HPV test alone came in on 2024-02-14.
IN_FORCE = [
    (LUNG, {"sputum_judgement": "1", NEED: "1"}, 2025, "2025-12-23", []),
    (LUNG, {"sputum_judgement": "1", NEED: "1"}, 2025, "2025-12-24", ["not_in_force"]),
    (LUNG, {"sputum_judgement": "1", NEED: "1"}, 2025, "2025-12", []),
    (LUNG, {"sputum_judgement": "1", NEED: "1"}, 2025, None, ["not_in_force"]),
    (CERVIX, {"hpv_test_judgement": "1", NEED: "1"}, 2023, "2024-02-13", ["not_in_force"]),
    (CERVIX, {"hpv_test_judgement": "1", NEED: "1"}, 2023, "2024-02-14", []),
]


@pytest.mark.parametrize(("programme", "values", "year", "examined", "expected"), IN_FORCE)
def test_items_in_force_on_the_day_of_the_examination(
    programme: Programme, values: dict[str, str], year: int, examined: str | None, expected: list[str]
) -> None:
    record = record_of(programme, items=coded(programme, values), fiscal_year=year, examined_date=examined)
    assert [problem.rule for problem in problems_in(record, ON)] == expected


def test_every_rule_cites_its_source_and_speaks_both_languages() -> None:
    for rule in rules().values():
        assert rule.source
        assert rule.message_en.isascii()
        assert rule.remedy_en.isascii()
        assert not rule.message_ja.isascii()
        assert not rule.remedy_ja.isascii()
