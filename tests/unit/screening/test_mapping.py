"""Mapping files: what ships can be read, and every mistake names its file and entry."""

from pathlib import Path

import pytest

from tasuki.demo.generator.source_files import mapping_file
from tasuki.screening.errors import MappingError
from tasuki.screening.mapping import load_mapping

SOUND = """
[mapping]
name = "見本"
programme = "51"
encoding = "cp932"
date_format = "YYYY/MM/DD"
[columns]
"宛名番号" = "system_person_number"
"生年月日" = "birth_date"
"性別" = "sex"
"検診区分" = "stage"
"受診日" = "examined_date"
"精検要否" = "item:9P504000000000011"
[values."性別"]
"男" = "1"
[values."精検要否"]
"要" = "2"
"""


@pytest.mark.parametrize("programme", ["51", "52", "53", "54", "55", "56", "57", "58"])
def test_every_mapping_that_ships_is_sound(programme: str) -> None:
    mapping = load_mapping(mapping_file(programme))
    assert mapping.programme == programme
    assert mapping.header_of("system_person_number") == "宛名番号"


def test_a_sound_mapping_is_read(tmp_path: Path) -> None:
    mapping = load_mapping(written(tmp_path, SOUND))
    assert [column.field for column in mapping.columns][-2:] == ["examined_date", "9P504000000000011"]
    assert mapping.columns[-1].terms == {"要": "2"}


@pytest.mark.parametrize(
    ("sound", "broken", "entry"),
    [
        ('programme = "51"', 'programme = "59"', "mapping"),
        ('encoding = "cp932"', 'encoding = "latin-1"', "mapping"),
        ('name = "見本"', "name = 1", "mapping"),
        ('"受診日" = "examined_date"', "", "columns"),
        ('"受診日" = "examined_date"', '"受診日" = "examined"', 'columns."受診日"'),
        ('"受診日" = "examined_date"', '"受診日" = "birth_date"', "columns"),
        ("item:9P504000000000011", "item:9P522000000000011", 'columns."精検要否"'),
        ('"要" = "2"', '"要" = "7"', 'values."精検要否"'),
        ('[values."精検要否"]', '[values."精検"]', 'values."精検"'),
        ('[values."性別"]\n"男" = "1"', '[values."性別"]', 'values."性別"'),
        ('[values."性別"]\n"男" = "1"', '[values."生年月日"]\n"昔" = "1"', 'values."生年月日"'),
        ("[columns]", "[column]", "columns"),
        ("[mapping]", "[mapping", "file"),
    ],
)
def test_a_mistake_names_its_file_and_entry(tmp_path: Path, sound: str, broken: str, entry: str) -> None:
    text = SOUND.replace(sound, broken)
    assert text != SOUND
    with pytest.raises(MappingError) as raised:
        load_mapping(written(tmp_path, text))
    assert (raised.value.file, raised.value.entry) == ("sender.toml", entry)


def written(folder: Path, text: str) -> Path:
    file = folder / "sender.toml"
    file.write_text(text, encoding="utf-8")
    return file
