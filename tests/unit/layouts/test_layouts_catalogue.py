"""The layouts in this release are complete, and damaged layouts are refused by file and entry."""

import shutil
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from tasuki.layouts.catalogue import catalogue, load_catalogue
from tasuki.layouts.errors import LayoutDataError, LayoutError
from tasuki.layouts.types import ItemType, LayoutVersion, Programme, Section, Stage, Status

ITEMS_PER_PROGRAMME = {
    Programme.LUNG: (11, 3),
    Programme.BREAST: (7, 3),
    Programme.STOMACH: (9, 3),
    Programme.CERVIX: (11, 3),
    Programme.COLORECTAL: (7, 3),
    Programme.HEPATITIS: (17, 2),
    Programme.OSTEOPOROSIS: (42, 2),
    Programme.PERIODONTAL: (41, 2),
}


def test_the_national_set_has_166_items() -> None:
    national = [i for i in catalogue().items.values() if i.programme is not None and i.status is Status.CONFIRMED]
    assert len(national) == 166
    assert sum(sum(counts) for counts in ITEMS_PER_PROGRAMME.values()) == 166


@pytest.mark.parametrize(("programme", "counts"), ITEMS_PER_PROGRAMME.items())
def test_each_programme_has_its_items(programme: Programme, counts: tuple[int, int]) -> None:
    found = [
        sum(item.status is Status.CONFIRMED for item in catalogue().items_of(programme, stage))
        for stage in (Stage.PRIMARY, Stage.DETAILED)
    ]
    assert tuple(found) == counts
    assert len(catalogue().items_of(programme)) == len(catalogue().items_of(programme, Stage.BOTH))


def test_what_is_ours_is_marked_provisional() -> None:
    provisional = {item.identifier for item in catalogue().items.values() if item.status is Status.PROVISIONAL}
    assert provisional == {item.identifier for item in catalogue().items_of(None)} | {"hpv_test_judgement"}
    assert all(entry.status is Status.PROVISIONAL for v in _versions() for entry in catalogue().allowed(v))
    assert catalogue().data_set("TM00000000000104").status is Status.PROVISIONAL


def test_all_code_tables_are_there() -> None:
    national = [table for table in catalogue().tables.values() if table.status is Status.CONFIRMED]
    assert len(national) == 51
    assert sum(len(table.codes) for table in national) == 216
    assert sum(table.id.startswith("$") for table in national) == 7


def test_codes_stay_strings() -> None:
    assert "X" in catalogue().table("1.2.392.100495.100.2803").codes
    assert "01910" in catalogue().table("$section_code_cs").codes


def test_the_sixteen_data_sets_run_from_090_to_105() -> None:
    assert list(catalogue().data_sets) == [f"TM{number:014d}" for number in range(90, 106)]
    pairs = [(data_set.programme, data_set.stage) for data_set in catalogue().data_sets.values()]
    assert pairs == [(programme, stage) for programme in Programme for stage in (Stage.PRIMARY, Stage.DETAILED)]


def test_periodontal_findings_are_results_although_the_source_lists_them_as_questionnaire() -> None:
    results = [
        item
        for item in catalogue().items_of(Programme.PERIODONTAL, Stage.PRIMARY)
        if item.section is Section.RESULT and item.group.id != "outcome"
    ]
    assert len(results) == 27
    assert {item.group.id for item in results} == {"tooth_counts", "bleeding", "pocket", "oral_findings"}


def test_every_item_has_labels_and_an_element_of_our_own() -> None:
    for item in catalogue().items.values():
        assert item.label_ja
        assert item.label_en.isascii()
        assert item.element.startswith("X_")
        assert (item.table is not None) == (item.type is ItemType.CODE)


def test_items_are_found_by_code_and_by_name() -> None:
    item = catalogue().item_named(Programme.LUNG, "chest_xray_judgement")
    assert catalogue().item("9P502000000000011") is item
    assert item in catalogue().items_of_data_set("TM00000000000090")
    assert item not in catalogue().items_of_data_set("TM00000000000091")


def test_unknown_look_ups_say_what_is_unknown() -> None:
    layouts = catalogue()
    with pytest.raises(LayoutError, match="9X"):
        layouts.item("9X")
    with pytest.raises(LayoutError, match="nothing"):
        layouts.item_named(Programme.LUNG, "nothing")
    with pytest.raises(LayoutError, match="TM1"):
        layouts.data_set("TM1")
    with pytest.raises(LayoutError, match="no code table"):
        layouts.table("none")
    with pytest.raises(LayoutError, match="layout version '9'"):
        layouts.layout_version("TM00000000000090", "9")


def test_a_record_of_both_stages_belongs_to_two_data_sets() -> None:
    both = catalogue().data_sets_for(Programme.CERVIX, Stage.BOTH)
    assert [data_set.code for data_set in both] == ["TM00000000000096", "TM00000000000097"]
    assert [d.code for d in catalogue().data_sets_for(Programme.CERVIX, Stage.DETAILED)] == ["TM00000000000097"]


def test_several_layout_versions_are_in_force_at_once() -> None:
    cervix = "TM00000000000096"
    assert [v.number for v in catalogue().versions_in_force(cervix, date(2024, 6, 30))] == ["1"]
    assert [v.number for v in catalogue().versions_in_force(cervix, date(2024, 7, 1))] == ["1", "2"]
    assert catalogue().newest_version(cervix, date(2026, 3, 1)).number == "2"
    with pytest.raises(LayoutError, match="2022-05-31"):
        catalogue().newest_version(cervix, date(2022, 5, 31))


def test_the_hpv_test_travels_only_in_the_version_that_knows_it() -> None:
    def names(number: str) -> set[str]:
        version = catalogue().layout_version("TM00000000000096", number)
        return {entry.item.identifier for entry in catalogue().allowed(version)}

    assert names("2") - names("1") == {"hpv_test_judgement"}


DAMAGE = [
    ("items/lung.toml", 'type = "code"', 'type = "guess"', "items/lung.toml: item 9P500000000000011", "not one of"),
    ("items/lung.toml", 'code = "9P500000000000011"', 'code = "9P5"', "item 9P5", "17 characters"),
    ("items/lung.toml", "max_bytes = 4", 'max_bytes = "4"', "item 9N737000000000012", "whole number"),
    ("items/lung.toml", '"1.2.392.100495.100.2052"', '"1.2.3"', "item 9P501000000000011", "1.2.3 is unknown"),
    ("items/lung.toml", 'table = "1.2.392.100495.100.2052"\n', "", "item 9P501000000000011", "needs a table"),
    ("items/lung.toml", 'identifier = "symptoms"', 'identifier = "past_screening"', "9P501000000000011", "twice"),
    ("items/lung.toml", 'identifier = "symptoms"', 'identifier = "taken"', "9P501000000000011", "twice"),
    ("items/lung.toml", 'element = "X_9P501000000000011"', 'element = "9P5"', "9P501000000000011", "not a name"),
    ("items/lung.toml", 'group = "questionnaire"', 'group = "other"', "9P500000000000011", "group other"),
    (
        "items/lung.toml",
        "in_force_until = 2025-12-24",
        "in_force_until = 2005-12-24",
        "item 7A030161506144349",
        "not after",
    ),
    ("items/lung.toml", "in_force_from = 2008-04-01", 'in_force_from = "2008"', "item", "not a date"),
    ("items/lung.toml", 'programme = "51"', 'programme = "52"', "file", "programme is not 51"),
    ("items/lung.toml", 'section = "questionnaire"', 'section = "header"', "9P500000000000011", "only common items"),
    ("items/osteoporosis.toml", '"9Z541"]', '"9Z999"]', "file", "unknown group"),
    ("items/osteoporosis.toml", 'unit = "kg"', 'unit = "stone"', "item 9N006000000000001", "unit"),
    ("items/breast.toml", "max_bytes = 2", "max_bytes = 1", "item 9N281000000000011", "longer than max_bytes"),
    ("code_tables.toml", 'code = "52", ja', 'code = "51", ja', "$report_category_cs", "twice"),
    ("code_tables.toml", 'id = "$checkup_type_cs"', 'id = "$report_category_cs"', "$report_category_cs", "twice"),
    ("code_tables.toml", 'name_en = "Programme"', 'name_en = ""', "$report_category_cs", "name_en is missing"),
    ("data_sets.toml", 'code = "TM00000000000091"', 'code = "TM00000000000090"', "TM00000000000090", "twice"),
    ("data_sets.toml", 'number = "2"', 'number = "1"', "TM00000000000096", "stand twice"),
    ("data_sets.toml", 'stage = "1"', 'stage = "3"', "TM00000000000090", "not one of the two"),
    ("allow_list.toml", "[data_set.TM00000000000090]", "[data_set.TM00000000000089]", "TM00000000000089", "unknown"),
    ("allow_list.toml", 'taken = ["taken"]', 'wish = ["taken"]', "TM00000000000090", "ground wish"),
    ("allow_list.toml", 'age = ["age"]', 'age = ["age", "age"]', "TM00000000000090", "twice"),
    ("allow_list.toml", "[data_set.TM00000000000105]\n", "[other]\n", "file", "without a list: TM00000000000105"),
    ("items/lung.toml", "[defaults]", "[[defaults]]", "defaults", "not a table"),
    ("items/lung.toml", "in_force_from = 2008-04-01", "", "item 9P500000000000011", "in_force_from is missing"),
    ("items/osteoporosis.toml", 'one_of_groups = ["9Z507"', "one_of_groups = [507", "file", "not a list of text"),
    ("code_tables.toml", "codes = [", "codes = [3, ", "$report_category_cs", "not a list of tables"),
    ("units.toml", '[unit."kg"]', "[unit]\nstone = 3\n[unit.kg]", "file", "not a table of tables"),
    ("units.toml", 'ja = "cm"', "ja = 3", "unit cm", "not text"),
]


@pytest.mark.parametrize(("file", "old", "new", "entry", "reason"), DAMAGE)
def test_damaged_layouts_are_refused_by_file_and_entry(
    tmp_path: Path, file: str, old: str, new: str, entry: str, reason: str
) -> None:
    with pytest.raises(LayoutDataError) as raised:
        load_catalogue(_damaged(tmp_path, file, old, new))
    assert raised.value.file == file
    assert entry in str(raised.value)
    assert reason in str(raised.value)


def test_a_file_that_is_no_toml_or_is_missing_is_refused(tmp_path: Path) -> None:
    folder = _damaged(tmp_path, "units.toml", "[unit", "[[[unit")
    with pytest.raises(LayoutDataError, match=r"units\.toml: file: cannot be read"):
        load_catalogue(folder)
    (folder / "units.toml").unlink()
    with pytest.raises(LayoutDataError, match=r"units\.toml: file: cannot be read"):
        load_catalogue(folder)


def test_a_municipality_can_replace_our_provisional_elements(tmp_path: Path) -> None:
    folder = _damaged(tmp_path, "items/lung.toml", "X_9P502000000000011", "OFFICIAL001")
    assert load_catalogue(folder).item("9P502000000000011").element == "OFFICIAL001"


def _damaged(tmp_path: Path, file: str, old: str, new: str) -> Path:
    folder = tmp_path / "data"
    shutil.copytree(str(files("tasuki.layouts").joinpath("data")), folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def _versions() -> list[LayoutVersion]:
    return [version for data_set in catalogue().data_sets.values() for version in data_set.versions]
