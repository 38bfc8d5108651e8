"""Reading generated towns back with nothing but a CSV reader."""

import csv
from dataclasses import dataclass
from pathlib import Path

from tasuki.demo.generator import Manifest
from tasuki.demo.generator.source_files import PROGRAMMES, load_layout

SEED = 20261123


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
        with (self.folder / path).open(encoding="cp932", newline="") as file:
            return list(csv.reader(file))

    def result_paths(self, town: str, programme: str = "") -> list[str]:
        folder = self.folder / town / "results"
        return sorted(f"{town}/results/{path.name}" for path in folder.glob(f"{programme}*.csv"))

    def valid_records(self, town: str, programme: str) -> list[dict[str, str]]:
        """Read valid rows back to official codes, by the mapping."""
        bad = {(place.file, place.line) for place in self.manifest.mistakes}
        layout = load_layout(programme)
        code_of = [
            {term: code for code, terms in (by_code or {}).items() for term in terms} for by_code in layout.terms
        ]
        records = []
        for path in self.result_paths(town, programme):
            for number, cells in enumerate(self.lines(path)[1:], start=2):
                if (path, number) not in bad:
                    read = [codes[cell] if codes and cell else cell for codes, cell in zip(code_of, cells, strict=True)]
                    records.append(dict(zip(layout.fields, read, strict=True)))
        return records

    def all_valid_records(self, town: str) -> list[dict[str, str]]:
        return [record for programme in PROGRAMMES for record in self.valid_records(town, programme)]
