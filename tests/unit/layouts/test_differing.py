"""What changes from one edition of the layouts to another, and where the software names it."""

import shutil
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from tasuki.layouts.catalogue import catalogue, load_catalogue
from tasuki.layouts.differing import Difference, Kind, Subject, differences
from tasuki.layouts.usages import usages

HISTORY = "9P520000000000011"
NAMES = ("乳がん検診の過去の受診歴", "Past breast cancer screening")
LUNG = "TM00000000000090"


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    """Return a copy of this release's layouts, to be changed."""
    with as_file(files("tasuki.layouts").joinpath("data")) as data:
        shutil.copytree(data, tmp_path / "data")
    return tmp_path / "data"


def edit(edition: Path, file: str, before: str, after: str) -> None:
    path = edition / file
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")


def found(edition: Path) -> list[Difference]:
    return differences(catalogue(), load_catalogue(edition))


def test_an_edition_that_says_the_same_changes_nothing(edition: Path) -> None:
    assert found(edition) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda folder: edit(folder, "items/breast.toml", "max_bytes = 1", "max_bytes = 2"),
            Difference(Kind.CHANGED, Subject.ITEM, HISTORY, *NAMES, "max_bytes", "1", "2", (HISTORY,)),
        ),
        (
            lambda folder: edit(folder, "items/breast.toml", 'mandatory = "no"', 'mandatory = "always"'),
            Difference(Kind.CHANGED, Subject.ITEM, HISTORY, *NAMES, "mandatory", "no", "always", (HISTORY,)),
        ),
        (
            lambda folder: edit(folder, "items/breast.toml", f"X_{HISTORY}", "A0001"),
            Difference(Kind.CHANGED, Subject.ITEM, HISTORY, *NAMES, "element", f"X_{HISTORY}", "A0001", (HISTORY,)),
        ),
        (
            lambda folder: edit(
                folder,
                "data_sets.toml",
                '[[data_set.layout_version]]\nnumber = "1"\n',
                '[[data_set.layout_version]]\nnumber = "1"\nin_force_until = 2027-07-01\n',
            ),
            Difference(
                Kind.CHANGED, Subject.VERSION, f"{LUNG} 1", "肺がん検診（一次検診）", "Lung cancer screening",
                "in_force",
                "2022-06-01 –",
                "2022-06-01 – 2027-07-01",
            ),
        ),
    ],
    ids=["length", "mandatory", "element", "version"],
)  # fmt: skip
def test_a_change_is_one_line_with_what_was_and_what_is(
    edition: Path, change: Callable[[Path], None], expected: Difference
) -> None:
    change(edition)
    assert found(edition) == [expected]


def test_a_code_names_every_item_that_uses_its_table(edition: Path) -> None:
    table = catalogue().tables["1.2.392.100495.100.2000"]
    first = next(iter(table.codes.values()))
    edit(edition, "code_tables.toml", f'"{first.ja}"', '"ほかの言い方"')
    [one] = [line for line in found(edition) if line.key.startswith(table.id)]
    assert (one.kind, one.before, one.after) == (Kind.CHANGED, first.ja, "ほかの言い方")
    assert set(one.items) == {item.code for item in catalogue().items.values() if item.table == table.id}


def test_what_is_added_is_what_the_other_way_round_is_removed(edition: Path) -> None:
    edit(edition, "items/breast.toml", f'code = "{HISTORY}"', 'code = "9P529999999999999"')
    later = load_catalogue(edition)
    forth = {(one.kind, one.subject, one.key) for one in differences(catalogue(), later)}
    back = {(one.kind, one.subject, one.key) for one in differences(later, catalogue())}
    assert (Kind.ADDED, Subject.ITEM, "9P529999999999999") in forth
    assert (Kind.REMOVED, Subject.ITEM, HISTORY) in forth
    turned = {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED, Kind.CHANGED: Kind.CHANGED}
    assert {(turned[kind], subject, key) for kind, subject, key in back} == forth


def test_every_place_that_names_an_item_is_found() -> None:
    item = catalogue().item(HISTORY)
    places = {use.place for use in usages([item])[HISTORY]}
    assert "tasuki/layouts/data/items/breast.toml" in places
    assert "tasuki/demo/mappings/medical_association/52.toml" in places
