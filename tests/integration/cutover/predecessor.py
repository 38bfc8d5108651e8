"""A predecessor's export, written for the tests: a register, results of two programmes, and their manifest."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from tasuki.linkage.register import HEADERS
from tests.integration.linkage.test_register import FIRST, SECOND
from tests.integration.linkage.test_register import line as register_line
from tests.integration.screening.files import HEADER, line

SENDER = "架空区医師会"
LUNG = "架空区医師会 肺がん検診 2021年様式"
NUMBERS = ("0001000002", "0001000005")


#: Whoever the fictitious sender's sound row is about.
_PERSON: Mapping[str, str] = {
    "氏名": "襷崎　達也", "カナ氏名": "タスキザキ　タツヤ", "生年月日": "1970-06-14", "転入日": "", "転入元コード": ""
}  # fmt: skip
REGISTER = tuple(
    register_line(number, individual, **_PERSON) for number, individual in zip(NUMBERS, (FIRST, SECOND), strict=True)
)
#: The second spells its day and its fee otherwise than the mapping would; the last is of nobody.
RESULTS_2024 = (
    line(年度="2024", 受診日="2024/07/24"),
    line(宛名番号=NUMBERS[1], 年度="2024", 受診日="2024/7/24", 料金区分="ＡＢ"),
    line(年度="2024", 受診日="2024/08/01", 連番="2", 宛名番号="0009999999"),
)
RESULTS_2025 = (line(), line(宛名番号=NUMBERS[1]))


def export(folder: Path, *, refused: int = 1, said: dict[str, object] | None = None, title: str = "移行") -> Path:
    """Write an export into a folder.

    :param refused: how many rows of the first file of results both sides agreed to leave behind.
    :param said: what the manifest says otherwise of that file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entries = [
        _written(folder, "register.csv", ",".join(HEADERS.values()), REGISTER, "utf-8") | {"kind": "register"},
        results(folder, "51-2024.csv", RESULTS_2024) | {"refused": refused} | (said or {}),
        results(folder, "51-2025.csv", RESULTS_2025),
    ]
    manifest(folder, entries, title=title)
    return folder


def manifest(
    folder: Path, entries: Sequence[Mapping[str, object]], *, title: str = "移行", sender: str = SENDER
) -> None:
    """Write the manifest of an export."""
    parts = [f'[migration]\ntitle = "{title}"\nsender = "{sender}"\n']
    for entry in entries:
        parts.append(
            "[[file]]\n"
            + "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in entry.items())
        )
    (folder / "migration.toml").write_text("\n".join(parts), "utf-8")


def rewritten(folder: Path, entry: Mapping[str, object]) -> Path:
    """Describe a file of an export anew, once it was written anew."""
    content = tomllib.loads((folder / "migration.toml").read_text("utf-8"))
    manifest(folder, [entry if one["name"] == entry["name"] else one for one in content["file"]])
    return folder


def results(folder: Path, name: str, lines: Sequence[str]) -> dict[str, object]:
    """Write a file of results into an export, and describe it."""
    written = _written(folder, name, ",".join(HEADER), lines, "cp932")
    return written | {"kind": "results", "mapping": LUNG, "programme": "51"}


def _written(folder: Path, name: str, header: str, lines: Sequence[str], encoding: str) -> dict[str, object]:
    content = "".join(f"{text}\r\n" for text in (header, *lines)).encode(encoding)
    (folder / name).write_bytes(content)
    return {"name": name, "rows": len(lines), "sha256": sha256(content).hexdigest()}
