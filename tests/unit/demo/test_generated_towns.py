"""The registers, identifiers and movers of the generated towns."""

import hashlib
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from tests.unit.demo.reading import SEED, Generated

from tasuki.demo.generator import TownSize, generate, read_manifest
from tasuki.demo.generator.manifest import MANIFEST_NAME
from tasuki.demo.generator.names import NamePool
from tasuki.demo.generator.people import FEMALE, INDIVIDUAL_NUMBER_PREFIX, MALE, RESIDENT_RECORD_CODE_PREFIX
from tasuki.demo.generator.towns import load_towns
from tasuki.shared.identifiers import (
    is_facility_number,
    is_individual_number,
    is_institution_code,
    is_municipality_code,
    is_resident_record_code,
)
from tasuki.shared.names import fold_name

TOWNS = ("kaku", "mogi")
PAIRS = (("kaku", "mogi"), ("mogi", "kaku"))
REFERENCE = date(2026, 11, 23)


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(generated: Generated, tmp_path: Path) -> None:
    again = generate(tmp_path / "again", seed=SEED, size=TownSize.SMALL)
    other = generate(tmp_path / "other", seed=SEED + 1, size=TownSize.SMALL)
    assert again == generated.manifest
    digests = {file.path: file.sha256 for file in generated.manifest.files}
    same = {file.path for file in other.files if file.sha256 == digests.get(file.path)}
    # The facilities are no matter of chance: screens and manuals name them.
    assert same == {"facilities.csv"}


def test_the_manifest_tells_the_truth_about_every_file(generated: Generated) -> None:
    for file in generated.manifest.files:
        content = (generated.folder / file.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file.sha256
        assert len(content) == file.bytes
        text = content.decode(file.encoding)
        assert text.count("\n") == file.rows + (0 if "/57-" in file.path else 1)
    found = (path for path in generated.folder.rglob("*.*") if path.name != MANIFEST_NAME)
    on_disk = {path.relative_to(generated.folder).as_posix() for path in found}
    assert on_disk == {file.path for file in generated.manifest.files}


def test_the_manifest_is_read_back_as_written(generated: Generated) -> None:
    assert read_manifest(generated.folder) == generated.manifest


def test_a_folder_without_manifest_is_unfinished(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_manifest(tmp_path)


@pytest.mark.parametrize("town", TOWNS)
def test_population_is_as_planned(generated: Generated, town: str) -> None:
    plan = next(entry for entry in load_towns().towns if entry.key == town).plans[TownSize.SMALL]
    rows, facts = generated.register(town), generated.manifest.town(town)
    present = [row for row in rows if not row["転出日"] and not row["死亡日"]]
    assert len(present) == plan.residents == facts.residents
    assert sum(bool(row["死亡日"]) for row in rows) == plan.died == facts.died
    assert sum(bool(row["転出日"]) for row in rows) == plan.moved_out + facts.movers_out
    assert sum(bool(row["支援措置開始日"]) for row in rows) == facts.protected


@pytest.mark.parametrize("town", TOWNS)
def test_population_has_the_shape_of_a_town(generated: Generated, town: str) -> None:
    rows = [row for row in generated.register(town) if not row["転出日"] and not row["死亡日"]]
    ages = [(REFERENCE - day(row["生年月日"])).days / 365.25 for row in rows]
    assert 0.06 < sum(age < 15 for age in ages) / len(ages) < 0.22
    assert 0.12 < sum(age >= 65 for age in ages) / len(ages) < 0.30
    assert 0.40 < sum(row["性別"] == "1" for row in rows) / len(rows) < 0.56
    households = len({row["世帯番号"] for row in rows})
    assert 1.5 < len(rows) / households < 2.6
    assert any(row["氏名"].isascii() for row in rows)
    assert all(row["郵便番号"].startswith("000-") for row in rows)


@pytest.mark.parametrize("town", TOWNS)
def test_households_share_their_name_and_address(generated: Generated, town: str) -> None:
    households: dict[str, list[dict[str, str]]] = {}
    for row in generated.register(town):
        households.setdefault(row["世帯番号"], []).append(row)
    assert any(len(rows) >= 4 for rows in households.values())
    for rows in households.values():
        assert len({row["住所"] for row in rows}) == 1
        # Written with a full-width space by Japanese, a half-width one by foreign households.
        assert len({row["氏名"].split()[0] for row in rows}) == 1


@pytest.mark.parametrize("sex", ["male", "female"])
def test_given_names_are_many_and_change_with_the_cohort(sex: str) -> None:
    pool = NamePool()
    random = Random(1)  # noqa: S311 - draws of fictitious names
    code = {"male": MALE, "female": FEMALE}[sex]
    by_year = {
        year: {pool.given_name(random, sex=code, born_year=year, foreign=False).written for _ in range(400)}
        for year in (1930, 1950, 1970, 1990, 2020)
    }
    assert len(set().union(*by_year.values())) >= 80
    assert not by_year[1930] & by_year[2020]


@pytest.mark.parametrize("town", TOWNS)
def test_dates_of_a_life_are_in_order(generated: Generated, town: str) -> None:
    for row in generated.register(town):
        known = [row["生年月日"], row["転入日"], row["転出日"] or row["死亡日"]]
        in_order = [day(text) for text in known if text]
        assert in_order == sorted(in_order), row["宛名番号"]
        assert in_order[-1] <= REFERENCE
        assert bool(row["転出日"]) == bool(row["転出先コード"])
        assert bool(row["転入日"]) == bool(row["転入元コード"])
        if row["支援措置開始日"]:
            started, ends = day(row["支援措置開始日"]), day(row["支援措置終了日"])
            assert started <= REFERENCE <= ends < started + timedelta(days=366)


@pytest.mark.parametrize("town", TOWNS)
def test_numbers_are_unique_in_a_register_and_pass_their_check_digits(generated: Generated, town: str) -> None:
    rows = generated.register(town)
    assert len({row["宛名番号"] for row in rows}) == len(rows)
    assert len({row["個人番号"] for row in rows}) == len(rows)
    for row in rows:
        assert is_individual_number(row["個人番号"])
        assert row["個人番号"].startswith(INDIVIDUAL_NUMBER_PREFIX)


def test_the_table_of_j_lis_holds_each_person_of_both_towns_once(generated: Generated) -> None:
    rows = generated.table("jlis/register.csv")
    numbers = [row["個人番号"] for row in rows]
    assert len(set(numbers)) == len(numbers)
    assert len({row["住民票コード"] for row in rows}) == len(rows)
    assert set(numbers) == {row["個人番号"] for town in TOWNS for row in generated.register(town)}
    for row in rows:
        assert is_resident_record_code(row["住民票コード"])
        assert row["住民票コード"].startswith(RESIDENT_RECORD_CODE_PREFIX)


@pytest.mark.parametrize(("former", "present"), PAIRS)
def test_movers_are_one_person_in_two_registers(generated: Generated, former: str, present: str) -> None:
    codes = {town.key: town.code for town in generated.manifest.towns}
    there = {row["個人番号"]: row for row in generated.register(present)}
    movers = [row for row in generated.register(former) if row["転出先コード"] == codes[present]]
    assert len(movers) == generated.manifest.town(former).movers_out >= 90
    for row in movers:
        arrived = there[row["個人番号"]]
        assert arrived["転入元コード"] == codes[former]
        assert not arrived["転出日"]
        assert timedelta(0) <= day(arrived["転入日"]) - day(row["転出日"]) < timedelta(days=15)
        assert REFERENCE - day(row["転出日"]) < timedelta(days=366)
        assert fold_name(arrived["氏名"]) == fold_name(row["氏名"])
        for same in ("カナ氏名", "生年月日", "性別", "支援措置開始日", "支援措置終了日"):
            assert arrived[same] == row[same]
        assert arrived["宛名番号"] != row["宛名番号"]
        assert arrived["住所"] != row["住所"]
    came = [row for row in there.values() if row["転入元コード"] == codes[former]]
    assert {row["個人番号"] for row in came} == {row["個人番号"] for row in movers}


@pytest.mark.parametrize(("former", "present"), PAIRS)
def test_most_movers_left_results_behind_and_some_did_not(generated: Generated, former: str, present: str) -> None:
    code = generated.manifest.town(present).code
    movers = [row for row in generated.register(former) if row["転出先コード"] == code]
    screened = {record["system_person_number"] for record in generated.all_valid_records(former)}
    without = [row for row in movers if row["宛名番号"] not in screened]
    assert len(without) == generated.manifest.town(former).movers_out_without_results >= 20
    assert len(without) < len(movers) / 2
    assert sum(bool(row["支援措置開始日"]) for row in movers) >= 5


def test_full_towns_are_planned_for_at_least_eleven_hundred_movers_each_way() -> None:
    for town in load_towns().populated:
        assert town.plans[TownSize.FULL].movers_out >= 1100


def test_highlights_point_at_people_of_both_registers(generated: Generated) -> None:
    numbers = {town: {row["宛名番号"]: row for row in generated.register(town)} for town in TOWNS}
    assert {highlight.story for highlight in generated.manifest.highlights} == {
        "most_results",
        "protected_with_results",
        "never_screened",
        "respelled_name",
    }
    for highlight in generated.manifest.highlights:
        before = numbers[highlight.former_town][highlight.former_number]
        after = numbers[highlight.present_town][highlight.present_number]
        assert before["個人番号"] == after["個人番号"]
        if highlight.story == "protected_with_results":
            assert before["支援措置開始日"]
        if highlight.story == "respelled_name":
            assert before["氏名"] != after["氏名"]


def test_registers_are_utf8_without_mark_and_hold_kanji_beyond_the_old_sets(generated: Generated) -> None:
    content = (generated.folder / "kaku/register.csv").read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    text = content.decode("utf-8")
    assert all(variant in text for variant in "𠮷髙﨑邉澤")


def test_no_code_of_a_real_municipality_is_used() -> None:
    # Tokyo's assigned numbers, without the check digit: wards 13101-13123, cities 13201-13229, towns and villages
    # 13303-13308, and the islands 13361-13364, 13381-13382, 13401-13402, 13421. All of ours lie in its gaps.
    assigned = {*range(13101, 13124), *range(13201, 13230), *range(13303, 13309), *range(13361, 13365)}
    assigned |= {13381, 13382, 13401, 13402, 13421}
    towns = load_towns()
    codes = [*(town.code for town in towns.towns), *towns.elsewhere]
    assert len(set(codes)) == len(codes)
    for code in codes:
        assert is_municipality_code(code)
        assert code.startswith("13")
        assert int(code[:5]) not in assigned


def test_registers_name_only_fictitious_towns(generated: Generated) -> None:
    towns = load_towns()
    known = {"", towns.abroad, *towns.elsewhere, *(town.code for town in towns.towns)}
    for town in TOWNS:
        for row in generated.register(town):
            assert {row["転入元コード"], row["転出先コード"]} <= known


def test_towns_have_institution_codes_and_one_town_has_no_people() -> None:
    towns = load_towns()
    assert all(is_institution_code(town.institution_code) for town in towns.towns)
    assert [town.key for town in towns.towns if not town.plans] == ["shisaku"]
    assert [town.key for town in towns.populated] == list(TOWNS)


def test_facilities_are_well_formed_and_cover_every_result(generated: Generated) -> None:
    facilities = {row["保険医療機関番号"]: row for row in generated.table("facilities.csv")}
    assert all(is_facility_number(number) for number in facilities)
    for town in TOWNS:
        code = generated.manifest.town(town).code
        for record in generated.all_valid_records(town):
            facility = facilities[record["facility_number"]]
            assert facility["所在団体コード"] == code
            assert not facility["有効終了日"]


def test_progress_is_told_for_both_towns_to_the_end(generated: Generated) -> None:
    last = {phase: (done, total) for phase, done, total in generated.progress}
    assert set(last) == set(TOWNS)
    assert all(done == total for done, total in last.values())
