"""Reading generated towns back with nothing but a CSV reader."""

import csv
from dataclasses import dataclass
from pathlib import Path

from tasuki.demo.generator import Manifest
from tasuki.demo.generator.source_files import PROGRAMMES, load_layout

SEED = 20261123


def _cut(line: bytes, widths: tuple[int, ...], encoding: str) -> list[str]:
    cells, start = [], 0
    for width in widths:
        cells.append(line[start : start + width].decode(encoding).rstrip(" "))
        start += width
    return cells


@dataclass(frozen=True)
class Generated:
    """A generated folder."""

    folder: Path
    manifest: Manifest
    progress: list[tuple[str, int, int]]

    def register(self, town: str) -> list[dict[str, str]]:
        return self.table(f"{town}/register.csv")

    def table(self, path: str) -> list[dict[str, str]]:
        with (self.folder / path).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def lines(self, path: str) -> list[list[str]]:
        """Return the cells of every line, the header's first where there is one."""
        layout = load_layout(Path(path).name[:2])
        if not layout.widths:
            with (self.folder / path).open(encoding=layout.encoding, newline="") as file:
                return list(csv.reader(file, delimiter=layout.delimiter))
        lines = (self.folder / path).read_bytes().decode(layout.encoding).splitlines()
        return [_cut(line.encode(layout.encoding), layout.widths, layout.encoding) for line in lines]

    def first_row(self, path: str) -> int:
        """Return the number of the first line that is a row."""
        return 2 if load_layout(Path(path).name[:2]).has_header else 1

    def result_paths(self, town: str, programme: str = "") -> list[str]:
        folder = self.folder / town / "results"
        return sorted(f"{town}/results/{path.name}" for path in folder.glob(f"{programme}*"))

    def valid_records(self, town: str, programme: str) -> list[dict[str, str]]:
        """Read valid rows back to official codes, by the mapping."""
        bad = {(place.file, place.line) for place in self.manifest.mistakes}
        layout = load_layout(programme)
        code_of = [
            {term: code for code, terms in (by_code or {}).items() for term in terms} for by_code in layout.terms
        ]
        records = []
        for path in self.result_paths(town, programme):
            first = self.first_row(path)
            for number, cells in enumerate(self.lines(path)[first - 1 :], start=first):
                if (path, number) not in bad:
                    read = [codes[cell] if codes and cell else cell for codes, cell in zip(code_of, cells, strict=True)]
                    records.append(dict(zip(layout.fields, read, strict=True)))
        return records

    def all_valid_records(self, town: str) -> list[dict[str, str]]:
        return [record for programme in PROGRAMMES for record in self.valid_records(town, programme)]
