"""What was generated: counts, seeds and digests, kept beside the files."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from tasuki.demo.generator.result_files import MistakePlace
from tasuki.demo.generator.writers import FileFacts

MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Highlight:
    """A person worth showing in a demonstration, by their number in each town."""

    story: str
    former_town: str
    former_number: str
    present_town: str
    present_number: str


@dataclass(frozen=True, slots=True)
class TownFacts:
    """What one town's files hold."""

    key: str
    code: str
    name: str
    residents: int
    departed: int
    died: int
    protected: int
    movers_out: int
    movers_out_without_results: int
    same_name_pairs: int
    twin_pairs: int
    valid_primary: dict[str, int]
    """Valid rows by programme with a primary examination; one record of both stages counts here."""
    valid_detailed: dict[str, int]
    mistakes: dict[str, int]

    @property
    def valid_results(self) -> int:
        """All rows an import must accept."""
        return sum(self.valid_primary.values()) + sum(self.valid_detailed.values())


@dataclass(frozen=True, slots=True)
class Manifest:
    """The whole of one generation."""

    seed: int
    size: str
    reference_date: str
    towns: tuple[TownFacts, ...]
    highlights: tuple[Highlight, ...]
    files: tuple[FileFacts, ...]
    mistakes: tuple[MistakePlace, ...]

    def town(self, key: str) -> TownFacts:
        """Find a town by its key."""
        return next(town for town in self.towns if town.key == key)

    def write(self, folder: Path) -> None:
        """Write the manifest beside the files."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        (folder / MANIFEST_NAME).write_text(text + "\n", "utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a generated folder.

    :raises FileNotFoundError: when the folder holds no finished generation.
    """
    data = json.loads((folder / MANIFEST_NAME).read_text("utf-8"))
    return Manifest(
        seed=data["seed"],
        size=data["size"],
        reference_date=data["reference_date"],
        towns=tuple(TownFacts(**entry) for entry in data["towns"]),
        highlights=tuple(Highlight(**entry) for entry in data["highlights"]),
        files=tuple(FileFacts(**entry) for entry in data["files"]),
        mistakes=tuple(MistakePlace(**entry) for entry in data["mistakes"]),
    )
