"""What is wrong with an export is told at once, all of it, with where and what to do; and nothing of it is loaded."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from tasuki.cli.importing import import_mappings
from tasuki.cli.migrating_work import UNUSABLE, rehearse_export
from tasuki.cutover import queries
from tasuki.cutover.exports import opened_export
from tasuki.cutover.types import ExportProblem, UnusableExport
from tasuki.demo.generator.source_files import mapping_file
from tasuki.screening.import_types import SenderKind
from tests.integration.cutover.predecessor import RESULTS_2025, SENDER, export, manifest, results

# One town for all of them.
pytestmark = pytest.mark.xdist_group("cutover")


def problems(place: Path) -> list[tuple[ExportProblem, str]]:
    with pytest.raises(UnusableExport) as refused, opened_export(place, place.parent / "scratch"):
        pass
    return [(one.problem, one.entry or one.file) for one in refused.value.faults]


def changed(place: Path) -> None:
    (place / "51-2024.csv").write_bytes((place / "51-2024.csv").read_bytes() + b"\r\n")


def not_listed(place: Path) -> None:
    (place / "52-2024.csv").write_bytes(b"x")


def late(place: Path) -> None:
    entry = results(place, "51-2025.csv", RESULTS_2025)
    register = {"name": "register.csv", "kind": "register", "rows": 2, "sha256": "0" * 64}
    (place / "51-2024.csv").unlink()
    manifest(place, [entry, register])


def garbled(place: Path) -> None:
    (place / "migration.toml").write_text("[migration\n", "utf-8")


def other_sender(place: Path) -> None:
    text = (place / "migration.toml").read_text("utf-8")
    (place / "migration.toml").write_text(
        text.replace(f'sender = "{SENDER}"', 'sender = "どこにもない検診センター"'), "utf-8"
    )


@pytest.mark.parametrize(
    ("spoil", "said", "expected"),
    [
        (changed, {}, [(ExportProblem.CHANGED, "51-2024.csv")]),
        (not_listed, {}, [(ExportProblem.NOT_LISTED, "52-2024.csv")]),
        (lambda place: (place / "2023").mkdir(), {}, [(ExportProblem.NOT_LISTED, "2023")]),
        (lambda place: (place / "52.csv").symlink_to("/etc/hosts"), {}, [(ExportProblem.NOT_LISTED, "52.csv")]),
        (lambda place: (place / "51-2025.csv").unlink(), {}, [(ExportProblem.NO_FILE, "51-2025.csv")]),
        (lambda place: (place / "migration.toml").unlink(), {}, [(ExportProblem.NO_MANIFEST, "")]),
        (garbled, {}, [(ExportProblem.DAMAGED, "migration.toml")]),
        (late, {}, [(ExportProblem.REGISTER_LATE, "register.csv")]),
        (other_sender, {}, [(ExportProblem.NO_SENDER, "")]),
        (None, {"mapping": "ない定義"}, [(ExportProblem.NO_MAPPING, "51-2024.csv")]),
        (None, {"programme": "52"}, [(ExportProblem.OTHER_PROGRAMME, "51-2024.csv")]),
        (None, {"rows": -1}, [(ExportProblem.BAD_ENTRY, "[[file]] 2 rows")]),
        (None, {"rows": True, "colour": "red"},
         [(ExportProblem.UNKNOWN_ENTRY, "[[file]] 2 colour"), (ExportProblem.BAD_ENTRY, "[[file]] 2 rows")]),
        (None, {"name": "../51-2024.csv"}, [(ExportProblem.BAD_ENTRY, "[[file]] 2 name")]),
        (None, {"name": "51-2025.csv"}, [(ExportProblem.NAMED_TWICE, "51-2025.csv")]),
        (None, {"sha256": "F" * 64}, [(ExportProblem.BAD_ENTRY, "[[file]] 2 sha256")]),
        (None, {"kind": "photographs"}, [(ExportProblem.BAD_ENTRY, "[[file]] 2 kind")]),
    ],
)  # fmt: skip
def test_every_fault_of_an_export_is_named(
    place: Path,
    spoil: Callable[[Path], None] | None,
    said: dict[str, object],
    expected: list[tuple[ExportProblem, str]],
) -> None:
    export(place, said=said)
    if spoil is not None:
        spoil(place)
    assert problems(place) == expected


def test_an_archive_is_read_like_a_folder_and_gone_afterwards(place: Path) -> None:
    export(place)
    packed = place.with_suffix(".zip")
    with ZipFile(packed, "w") as archive:
        for file in sorted(place.iterdir()):
            archive.write(file, f"export/{file.name}")
    scratch = place.parent / "scratch"
    with opened_export(packed, scratch) as found, opened_export(place, scratch) as same:
        assert found.digest == same.digest
        assert len(list(scratch.iterdir())) == 1
    assert list(scratch.iterdir()) == []


def test_the_digest_is_that_of_the_whole_export(place: Path) -> None:
    digests = set()
    for title, refused in (("移行", 1), ("移行", 0), ("別の移行", 1)):
        export(place, refused=refused, title=title)
        with opened_export(place, place.parent / "scratch") as found:
            digests.add(found.digest)
    assert len(digests) == 3


def test_another_version_of_a_mapping_makes_another_digest(place: Path) -> None:
    export(place)
    text = (place / "migration.toml").read_text("utf-8").replace(f'sender = "{SENDER}"', 'sender = "検診センター甲"')
    (place / "migration.toml").write_text(text, "utf-8")
    digests = set()
    for further in ("", "# 見直した\n"):
        mapping = mapping_file("51").read_text("utf-8") + further
        (place.parent / "51.toml").write_text(mapping, "utf-8")
        import_mappings(place.parent / "51.toml", "検診センター甲", SenderKind.OTHER)
        with opened_export(place, place.parent / "scratch") as found:
            digests.add(found.digest)
    assert len(digests) == 2


def test_the_command_says_what_to_do_and_begins_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = queries.rehearsals(1)
    export(place)
    changed(place)
    assert rehearse_export(place, as_json=True) == UNUSABLE
    said = capsys.readouterr()
    assert said.out == ""
    assert "51-2024.csv: 要約値(SHA-256)が一覧表と違います" in said.err
    assert "export it again" in said.err
    assert queries.rehearsals(1) == before
