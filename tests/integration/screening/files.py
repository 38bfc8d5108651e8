"""Result files of the fictitious sender, written for the tests of imports."""

from collections.abc import Mapping
from pathlib import Path

from tasuki.demo.generator.source_files import mapping_file
from tasuki.screening.mapping import load_mapping
from tasuki.screening.operations.imports import FileToImport, preview_import
from tasuki.screening.types import Batch, PreviewOutcome
from tests.integration.screening.town import AT, BY, NUMBER

LUNG = load_mapping(mapping_file("51"))
HEADER = tuple(column.header for column in LUNG.columns)
SOUND: Mapping[str, str] = {
    "宛名番号": NUMBER,
    "カナ氏名": "ﾀｽｷｻﾞｷ ﾀﾂﾔ",
    "生年月日": "1970/06/14",
    "性別": "男",
    "年度": "2025",
    "検診区分": "一次",
    "受診日": "2025/07/24",
    "実施機関番号": "1319910030",
    "受診方法": "個別",
    "料金区分": "免除",
    "連番": "1",
    "胸部X線判定": "B",
    "精検要否": "不要",
}

#: Another screening of the same person, which is none of this year.
EARLIER: Mapping[str, str] = {"年度": "2024", "受診日": "2024/07/24"}


def line(**changed: str) -> str:
    """Write one line, sound but for what is changed."""
    cells = SOUND | changed
    return ",".join(cells.get(header, "") for header in HEADER)


def written(folder: Path, *lines: str, encoding: str = "cp932", end: str = "\r\n") -> Path:
    """Write a result file with the sender's header."""
    file = folder / "51-2025.csv"
    file.write_bytes("".join(text + end for text in (",".join(HEADER), *lines)).encode(encoding))
    return file


def preview(file: Path, fiscal_year: int | None = None) -> PreviewOutcome:
    """Preview a file."""
    return preview_import(file=FileToImport(file, file.name, LUNG, fiscal_year=fiscal_year), by=BY, at=AT)


def previewed(file: Path) -> Batch:
    """Preview a file that can be read."""
    batch = preview(file)
    assert isinstance(batch, Batch)
    return batch
