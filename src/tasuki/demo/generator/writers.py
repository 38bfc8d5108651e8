"""Files of the fictitious towns, hashed while they are written."""

import hashlib
from codecs import BOM_UTF16_LE
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from tasuki.demo.generator.facilities import Facility
from tasuki.demo.generator.people import Person

REGISTER_HEADER = (
    "宛名番号", "世帯番号", "個人番号", "氏名", "カナ氏名", "生年月日", "性別", "郵便番号", "住所", "転入日",
    "転入元コード", "転出日", "転出先コード", "死亡日", "支援措置開始日", "支援措置終了日",
)  # fmt: skip
JLIS_HEADER = ("個人番号", "住民票コード")
FACILITIES_HEADER = ("保険医療機関番号", "名称", "所在団体コード", "点数表", "有効開始日", "有効終了日")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the manifest says of one file."""

    path: str
    encoding: str
    rows: int
    bytes: int
    sha256: str


class HashedFile:
    """A text file whose digest and size are known when it is closed."""

    def __init__(self, folder: Path, path: str, *, encoding: str, newline: str, headers: int = 1) -> None:
        """Open the file, making its folder; `headers` says how many of its lines are no rows."""
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        self._file = target.open("wb", buffering=1 << 16)
        self._path, self._encoding, self._newline = path, encoding, newline
        self._digest = hashlib.sha256()
        self._size = 0
        self._headers = headers
        self.lines = 0
        if encoding == "utf-16":
            # Each line is encoded by itself, and only the file begins with a mark.
            self._codec = "utf-16-le"
            self._put(BOM_UTF16_LE)
        else:
            self._codec = encoding

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file whatever happened."""
        self._file.close()

    def write_row(self, cells: Sequence[str]) -> None:
        """Write one line; its number is then `lines`."""
        self.write_line(csv_line(cells))

    def write_line(self, line: str) -> None:
        """Write one line as it is laid out."""
        self._put((line + self._newline).encode(self._codec))
        self.lines += 1

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self._size += len(data)

    def close(self) -> FileFacts:
        """Close the file and say what it holds; the header is not counted as a row."""
        self._file.close()
        return FileFacts(self._path, self._encoding, self.lines - self._headers, self._size, self._digest.hexdigest())


def csv_line(cells: Sequence[str]) -> str:
    """Join cells, quoting only where needed: hundreds of thousands of lines need none."""
    line = ",".join(cells)
    if line.count(",") == len(cells) - 1 and '"' not in line:
        return line
    return ",".join('"' + cell.replace('"', '""') + '"' if "," in cell or '"' in cell else cell for cell in cells)


def register_row(person: Person) -> tuple[str, ...]:
    """Lay a person out as a line of the register: ISO dates, sex 1 (男) or 2 (女), empty where not applicable."""
    return (
        person.system_number,
        person.household_number,
        person.individual_number,
        person.name,
        person.kana,
        person.born.isoformat(),
        person.sex,
        person.postal_code,
        person.address,
        _day(person.moved_in),
        person.moved_in_from,
        _day(person.moved_out),
        person.moved_out_to,
        _day(person.died),
        _day(person.protected_from),
        _day(person.protected_until),
    )


def write_facilities(folder: Path, facilities: Iterable[Facility]) -> FileFacts:
    """Write the register of medical institutions of all towns."""
    with HashedFile(folder, "facilities.csv", encoding="utf-8", newline="\n") as file:
        file.write_row(FACILITIES_HEADER)
        for facility in facilities:
            file.write_row(
                (
                    facility.number,
                    facility.name,
                    facility.municipality_code,
                    facility.points_table,
                    facility.valid_from.isoformat(),
                    _day(facility.valid_until),
                )
            )
        return file.close()


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else ""
