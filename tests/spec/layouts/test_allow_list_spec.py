"""What may travel: 健康増進法施行規則4条の3, as a table and as properties of the bytes that leave.

Free-text findings (所見) and the number of the institution stay at home: our conservative, provisional reading of 2号.
"""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.layouts.layout_records import ON, allowed_items, every_version, newest, record_of, records

from tasuki.layouts.catalogue import catalogue, load_catalogue
from tasuki.layouts.errors import LayoutDataError, ReplicaError
from tasuki.layouts.replica import not_screened, parse, serialise
from tasuki.layouts.types import ItemType, LayoutVersion, Programme, Section, Stage

# TM, programme, 号 of the clauses its list cites, coded results that travel.
TABLE = [
    ("090", Programme.LUNG, {"第1号", "第2号"}, 5),
    ("091", Programme.LUNG, {"第3号"}, 0),
    ("092", Programme.BREAST, {"第1号", "第2号"}, 3),
    ("093", Programme.BREAST, {"第3号"}, 0),
    ("094", Programme.STOMACH, {"第1号", "第2号"}, 4),
    ("095", Programme.STOMACH, {"第3号"}, 0),
    ("096", Programme.CERVIX, {"第1号", "第2号"}, 6),
    ("097", Programme.CERVIX, {"第3号"}, 0),
    ("098", Programme.COLORECTAL, {"第1号", "第2号"}, 3),
    ("099", Programme.COLORECTAL, {"第3号"}, 0),
    ("100", Programme.HEPATITIS, {"第1号", "第2号"}, 2),
    ("101", Programme.HEPATITIS, {"第3号"}, 0),
    ("102", Programme.OSTEOPOROSIS, {"第1号", "第2号"}, 13),
    ("103", Programme.OSTEOPOROSIS, {"第3号"}, 1),
    ("104", Programme.PERIODONTAL, {"第1号", "第2号"}, 27),
    ("105", Programme.PERIODONTAL, {"第3号"}, 1),
]


@pytest.mark.parametrize(("number", "programme", "clauses", "results"), TABLE)
def test_each_data_set_carries_what_its_clauses_name(
    number: str, programme: Programme, clauses: set[str], results: int
) -> None:
    data_set = catalogue().data_set(f"TM00000000000{number}")
    entries = catalogue().allowed(newest(data_set))
    assert data_set.programme is programme
    assert {entry.clause.removeprefix("健増規則4条の3") for entry in entries} == clauses
    assert len(allowed_items(newest(data_set))) == results
    assert all(entry.text_ja and entry.text_en for entry in entries)


@pytest.mark.parametrize("version", every_version(), ids=lambda version: f"{version.data_set}v{version.number}")
def test_header_of_primary_is_2号_and_of_detailed_is_3号(version: LayoutVersion) -> None:
    header = {e.item.identifier for e in catalogue().allowed(version) if e.item.section is Section.HEADER}
    least = {"fiscal_year", "sequence", "taken", "examined_date", "facility_name"}
    primary = catalogue().data_set(version.data_set).stage is Stage.PRIMARY
    # 3号 names neither age nor individual/group.
    assert header == (least | {"age", "encounter_type"} if primary else least)


@pytest.mark.parametrize("version", every_version(), ids=lambda version: f"{version.data_set}v{version.number}")
def test_no_clause_names_the_questionnaire_nor_free_text(version: LayoutVersion) -> None:
    items = allowed_items(version)
    assert all(item.section is Section.RESULT for item in items)
    assert all(item.type is not ItemType.TEXT for item in items)


# 3号: detailed results travel for osteoporosis and periodontal screening only.
SMUGGLED = [
    ("TM00000000000090", "age", "past_screening", "questionnaire"),
    ("TM00000000000090", "age", "chest_xray_findings", "free text"),
    ("TM00000000000090", "age", "detailed_result", "other stage"),
    ("TM00000000000090", "age", "facility_number", "not its number"),
    ("TM00000000000091", "detailed_taken", "detailed_result", "withholds"),
    ("TM00000000000093", "detailed_taken", "detailed_result", "withholds"),
    ("TM00000000000095", "detailed_taken", "detailed_adverse_event", "withholds"),
    ("TM00000000000097", "detailed_taken", "detailed_result", "withholds"),
    ("TM00000000000099", "detailed_taken", "detailed_result", "withholds"),
    ("TM00000000000101", "detailed_taken", "detailed_result", "withholds"),
    ("TM00000000000103", "detailed_taken", "detailed_findings", "free text"),
]


@pytest.mark.parametrize(("data_set", "ground", "item", "reason"), SMUGGLED)
def test_a_list_that_names_what_must_not_travel_is_refused(
    tmp_path: Path, data_set: str, ground: str, item: str, reason: str
) -> None:
    shutil.copytree(str(files("tasuki.layouts").joinpath("data")), tmp_path / "data")
    path = tmp_path / "data" / "allow_list.toml"
    head, section, rest = path.read_text(encoding="utf-8").partition(f"[data_set.{data_set}]\n")
    assert f"{ground} = [" in rest
    path.write_text(head + section + rest.replace(f"{ground} = [", f'{ground} = ["{item}", ', 1), encoding="utf-8")
    with pytest.raises(LayoutDataError, match=reason):
        load_catalogue(tmp_path / "data")


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_nothing_but_listed_items_ever_leaves(data: st.DataObject) -> None:
    version = data.draw(st.sampled_from(every_version()))
    record = data.draw(records(version))
    written = serialise(record, layout_version=version, updated_on=ON).decode()
    listed = {item.code for item in allowed_items(version)}
    forbidden = {item.code for item in catalogue().items.values() if item.programme is not None} - listed
    assert not [code for code in forbidden if code in written]
    assert "SENTINEL" not in written
    assert "9999999999" not in written
    assert "FACILITY_NUMBER" not in written


@given(data=st.data(), smuggled=st.text(min_size=1, max_size=30))
@settings(max_examples=100, deadline=None)
def test_a_listed_item_cannot_carry_anything_but_its_own_values(data: st.DataObject, smuggled: str) -> None:
    version = data.draw(st.sampled_from([version for version in every_version() if allowed_items(version)]))
    item = data.draw(st.sampled_from(allowed_items(version)))
    data_set = catalogue().data_set(version.data_set)
    record = record_of(data_set.programme, data_set.stage, items={item.code: f"{smuggled}喫煙"})
    with pytest.raises(ReplicaError) as raised:
        serialise(record, layout_version=version, updated_on=ON)
    assert raised.value.element == item.element
    assert "喫煙" not in str(raised.value)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_record_holds_nothing_of_the_one_before_it(data: st.DataObject) -> None:
    version = data.draw(st.sampled_from(every_version()))
    before, record = data.draw(records(version)), data.draw(records(version))
    alone = serialise(record, layout_version=version, updated_on=ON)
    serialise(before, layout_version=version, updated_on=ON)
    assert serialise(record, layout_version=version, updated_on=ON) == alone


def test_a_bare_record_after_a_full_one_is_bare() -> None:
    version = newest(catalogue().data_set("TM00000000000104"))
    full = record_of(Programme.PERIODONTAL, facility_name="架空歯科")
    bare = record_of(Programme.PERIODONTAL, items={}, examined_date=None, age=None, facility_name=None)
    serialise(full, layout_version=version, updated_on=ON)
    content = parse(serialise(bare, layout_version=version, updated_on=ON))
    assert (content.items, content.absent) == ({}, {})
    assert (content.examined_date, content.age, content.facility_name) == (None, None, None)


def test_a_record_that_fails_half_way_leaves_nothing_behind() -> None:
    version = newest(catalogue().data_set("TM00000000000098"))
    record = record_of(Programme.COLORECTAL)
    alone = serialise(record, layout_version=version, updated_on=ON)
    with pytest.raises(ReplicaError):
        serialise(record_of(Programme.COLORECTAL, facility_name="\x00"), layout_version=version, updated_on=ON)
    assert serialise(record, layout_version=version, updated_on=ON) == alone


@pytest.mark.parametrize("version", every_version(), ids=lambda version: f"{version.data_set}v{version.number}")
def test_not_taken_says_so_and_nothing_else_1号_3号(version: LayoutVersion) -> None:
    content = parse(not_screened(layout_version=version, fiscal_year=2025, sequence=1, updated_on=ON))
    assert content.taken is False
    assert (content.fiscal_year, content.sequence, content.updated_on) == (2025, 1, ON)
    assert (content.examined_date, content.age, content.encounter_type, content.facility_name) == (None,) * 4
    assert (content.items, content.absent) == ({}, {})
