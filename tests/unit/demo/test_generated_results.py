"""The result files of the generated towns, their mappings and their mistakes."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from tests.unit.demo.reading import Generated

from tasuki.demo.generator.mistakes import MistakeKind
from tasuki.demo.generator.source_files import PROGRAMMES, load_layout
from tasuki.demo.generator.towns import TownSize, load_towns
from tasuki.demo.generator.writers import csv_line
from tasuki.shared.dates import age_in_law, fiscal_year_bounds, fiscal_year_of, parse_date

TOWNS = ("kaku", "mogi")
REFERENCE = date(2026, 11, 23)
CANCERS = ("51", "52", "53", "54", "55")
HEADER_FIELDS = {
    "system_person_number",
    "kana_name",
    "birth_date",
    "sex",
    "fiscal_year",
    "stage",
    "examined_date",
    "facility_number",
    "encounter_type",
    "fee_class",
    "sequence",
}
JUDGEMENT = {
    "51": "9P504000000000011",
    "52": "9P522000000000011",
    "53": "9P546000000000011",
    "54": "9P562000000000011",
    "55": "9P582000000000011",
    "57": "9P637000000000011",
    "58": "9P690000000000011",
}
DETAILED_RESULT = {
    "51": "9P507000000000011",
    "52": "9P525000000000011",
    "53": "9P549000000000011",
    "54": "9P565000000000011",
    "55": "9P585000000000011",
    "56": "9P616000000000011",
    "57": "9P638000000000011",
    "58": "9P691000000000011",
}
NEEDS_DETAIL = {**dict.fromkeys(CANCERS, "2"), "57": "3", "58": "3"}


def exact(cell: str) -> date:
    found = parse_date(cell)
    assert isinstance(found, date), cell
    return found


@pytest.mark.parametrize("town", TOWNS)
def test_counts_of_valid_rows_are_those_of_the_manifest_and_near_the_plan(generated: Generated, town: str) -> None:
    plan = next(entry for entry in load_towns().towns if entry.key == town).plans[TownSize.SMALL]
    facts = generated.manifest.town(town)
    for programme in PROGRAMMES:
        stages = Counter(record["stage"] for record in generated.valid_records(town, programme))
        assert stages["2"] == facts.valid_detailed[programme]
        assert stages["1"] + stages["3"] == facts.valid_primary[programme]
        assert abs(sum(stages.values()) - plan.results[programme]) <= max(5, plan.results[programme] * 0.2)
    assert facts.valid_results == pytest.approx(sum(plan.results.values()), rel=0.06)


def test_the_full_ward_is_planned_as_in_the_report() -> None:
    ward = load_towns().towns[0].plans[TownSize.FULL]
    assert ward.residents == 350_000
    assert sum(ward.results.values()) >= 71_500
    assert sum(ward.results[code] for code in CANCERS) == pytest.approx(63_000, rel=0.01)
    assert ward.results["56"] == pytest.approx(2_700, rel=0.02)
    assert ward.results["57"] == pytest.approx(3_000, rel=0.02)
    assert ward.results["58"] == pytest.approx(2_800, rel=0.02)


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_a_mapping_names_every_column_and_every_field_once(programme: str) -> None:
    layout = load_layout(programme)
    assert layout.programme == programme
    assert len(set(layout.fields)) == len(layout.fields) == len(layout.headers)
    assert set(layout.fields) >= HEADER_FIELDS
    items = [field for field in layout.fields if field not in HEADER_FIELDS]
    assert all(len(item) == 17 and item.isalnum() for item in items)
    assert DETAILED_RESULT[programme] in items


@pytest.mark.parametrize("town", TOWNS)
@pytest.mark.parametrize("programme", PROGRAMMES)
def test_files_have_the_headers_of_their_mapping_and_only_its_terms(
    generated: Generated, town: str, programme: str
) -> None:
    layout = load_layout(programme)
    paths = generated.result_paths(town, programme)
    assert paths
    if layout.has_header:
        assert all(generated.lines(path)[0] == list(layout.headers) for path in paths)
    # Reading back fails on the first term that the mapping does not know.
    assert generated.valid_records(town, programme)


@pytest.mark.parametrize("town", TOWNS)
def test_result_files_are_in_their_encoding_with_crlf_and_half_width_readings(generated: Generated, town: str) -> None:
    for path in generated.result_paths(town):
        content = (generated.folder / path).read_bytes()
        text = content.decode(load_layout(Path(path).name[:2]).encoding)
        assert text.count("\r\n") == text.count("\n")
    names = {record["kana_name"] for record in generated.all_valid_records(town)}
    assert all("｡" <= char <= "ﾟ" or char == " " for name in names for char in name)


@pytest.mark.parametrize("town", TOWNS)
def test_valid_rows_are_about_people_who_lived_there_that_day(generated: Generated, town: str) -> None:
    people = {row["宛名番号"]: row for row in generated.register(town)}
    for record in generated.all_valid_records(town):
        person = people[record["system_person_number"]]
        examined = exact(record["examined_date"])
        assert exact(record["birth_date"]) == exact(person["生年月日"])
        assert record["sex"] == person["性別"]
        assert examined < REFERENCE
        assert not person["転入日"] or exact(person["転入日"]) < examined
        left = person["転出日"] or person["死亡日"]
        assert not left or examined < exact(left)


@pytest.mark.parametrize("town", TOWNS)
def test_ages_and_sexes_are_those_the_programmes_admit(generated: Generated, town: str) -> None:
    first_age = {"51": 40, "52": 40, "53": 50, "54": 20, "55": 40, "56": 40}
    milestones = {"57": {40, 45, 50, 55, 60, 65, 70}, "58": {20, 30, 40, 50, 60, 70}}
    for programme in PROGRAMMES:
        for record in generated.valid_records(town, programme):
            fiscal_year = int(record["fiscal_year"])
            age = age_in_law(exact(record["birth_date"]), fiscal_year_bounds(fiscal_year)[1])
            assert age >= first_age.get(programme, 0)
            assert programme not in milestones or age in milestones[programme]
            assert programme not in ("52", "54", "57") or record["sex"] == "2"
            if record["stage"] != "2":
                assert fiscal_year_of(exact(record["examined_date"])) == fiscal_year


@pytest.mark.parametrize("town", TOWNS)
def test_intervals_between_screenings_are_kept(generated: Generated, town: str) -> None:
    for programme, interval in (("51", 1), ("52", 2), ("53", 2), ("54", 2), ("55", 1), ("56", 99)):
        years: dict[str, list[int]] = {}
        for record in generated.valid_records(town, programme):
            if record["stage"] != "2":
                years.setdefault(record["system_person_number"], []).append(int(record["fiscal_year"]))
        for taken in years.values():
            assert all(later - earlier >= interval for earlier, later in pairwise(sorted(taken)))


@pytest.mark.parametrize("town", TOWNS)
@pytest.mark.parametrize("programme", PROGRAMMES)
def test_detailed_rows_follow_a_primary_that_called_for_them(generated: Generated, town: str, programme: str) -> None:
    records = generated.valid_records(town, programme)
    primary = {(r["system_person_number"], r["fiscal_year"]): r for r in records if r["stage"] != "2"}
    for record in records:
        has_detail = bool(record[DETAILED_RESULT[programme]])
        assert has_detail == (record["stage"] != "1")
        if record["stage"] == "2":
            before = primary[record["system_person_number"], record["fiscal_year"]]
            assert exact(before["examined_date"]) < exact(record["examined_date"])
            if programme != "56":
                assert before[JUDGEMENT[programme]] == NEEDS_DETAIL[programme]
                assert not record[JUDGEMENT[programme]]
            else:
                assert "2" in (before["9P615000000000011"], before["9N401000000000011"])


@pytest.mark.parametrize("town", TOWNS)
def test_findings_agree_with_the_judgement(generated: Generated, town: str) -> None:
    for record in generated.valid_records(town, "55"):
        if record["stage"] == "1":
            assert record[JUDGEMENT["55"]] == record["1B040000001599811"]
    for record in generated.valid_records(town, "54"):
        if record["stage"] == "1":
            assert (record[JUDGEMENT["54"]] == "1") == (record["7A021000008543311"] == "1")
    for record in generated.valid_records(town, "52"):
        if record["stage"] == "1":
            assert (record[JUDGEMENT["52"]] == "2") == (record["9N281000000000011"] in ("3", "4", "5"))


@pytest.mark.parametrize("town", TOWNS)
def test_teeth_add_up_and_maxima_are_maxima(generated: Generated, town: str) -> None:
    for record in generated.valid_records(town, "58"):
        if record["stage"] == "2":
            continue
        sound, untreated, treated, lost, needed, replaced, present = (
            int(record[f"9P{number}000000000001"]) for number in range(663, 670)
        )
        assert present == sound + untreated + treated
        assert present + lost <= 32
        assert needed + replaced == lost
        for first, maximum in ((670, 676), (677, 683)):
            sites = [record[f"9P{number}000000000011"] for number in range(first, first + 6)]
            with_tooth = [site for site in sites if site != "X"]
            assert record[f"9P{maximum}000000000011"] == max(with_tooth, default="X")


def test_every_kind_of_mistake_occurs_and_is_counted(generated: Generated) -> None:
    places = generated.manifest.mistakes
    assert len({(place.file, place.line) for place in places}) == len(places)
    assert {place.kind for place in places} == {kind.value for kind in MistakeKind}
    for town in generated.manifest.towns:
        counted = Counter(place.kind for place in places if place.file.startswith(f"{town.key}/"))
        assert counted == {kind: count for kind, count in town.mistakes.items() if count}


def test_every_listed_row_has_the_fault_it_is_listed_for(generated: Generated) -> None:
    for place in generated.manifest.mistakes:
        town, _, file = place.file.split("/")
        layout = load_layout(file[:2])
        cells = generated.lines(place.file)[place.line - 1]
        if place.kind == MistakeKind.WRONG_COLUMN_COUNT:
            assert len(cells) != len(layout.headers)
            continue
        row = dict(zip(layout.fields, cells, strict=True))
        assert row["sequence"] == "9"
        assert has_fault(place.kind, row, layout.programme, {entry["宛名番号"] for entry in generated.register(town)})


def has_fault(kind: str, row: dict[str, str], programme: str, known: set[str]) -> bool:
    judgement = JUDGEMENT.get(programme, "9P615000000000011")
    detailed = row["stage"] == "精密"
    number = row["system_person_number"]
    mandatory = row[DETAILED_RESULT[programme]] if detailed else row[judgement]
    examined = parse_date(row["examined_date"])
    return {
        MistakeKind.LOST_LEADING_ZEROS: row["system_person_number"] not in known
        and row["system_person_number"][0] != "0",
        MistakeKind.UNKNOWN_PERSON: number not in known,
        MistakeKind.IMPOSSIBLE_DATE: getattr(examined, "problem", "") == "IMPOSSIBLE_DATE",
        MistakeKind.EXCEL_SERIAL: getattr(examined, "problem", "") == "EXCEL_SERIAL",
        MistakeKind.FUTURE_DATE: isinstance(examined, date) and examined > REFERENCE,
        MistakeKind.UNKNOWN_CODE: mandatory == "要相談",
        MistakeKind.MISSING_MANDATORY: not mandatory,
        MistakeKind.OVER_LONG_TEXT: any(len(cell.encode()) > 100 for cell in row.values()),
        MistakeKind.STAGE_ERROR: not detailed and bool(row[DETAILED_RESULT[programme]]),
    }[MistakeKind(kind)]


def test_a_sender_with_era_dates_writes_them() -> None:
    layout = load_layout("58")
    assert layout.write_date(date(2026, 4, 1)) == "R08.04.01"
    assert layout.write_date(date(1925, 1, 2)) == "T14.01.02"
    for day in (date(1940, 5, 6), date(1989, 1, 7), date(1989, 1, 8), date(2019, 4, 30), date(2019, 5, 1)):
        assert exact(layout.write_date(day)) == day
    assert load_layout("51").write_date(date(2026, 4, 1)) == "2026/04/01"


def test_cells_are_quoted_only_where_needed() -> None:
    assert csv_line(["a", "b", ""]) == "a,b,"
    assert csv_line(["a,b", 'say "x"', "c"]) == '"a,b","say ""x""",c'


def test_detailed_examinations_come_within_four_months(generated: Generated) -> None:
    for programme in CANCERS:
        records = generated.valid_records("kaku", programme)
        primary = {(r["system_person_number"], r["fiscal_year"]): r for r in records if r["stage"] != "2"}
        for record in (r for r in records if r["stage"] == "2"):
            before = exact(primary[record["system_person_number"], record["fiscal_year"]]["examined_date"])
            assert exact(record["examined_date"]) - before < timedelta(days=120)
