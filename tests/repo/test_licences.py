"""What Tasuki needs and ships is under a licence it may stand beside, and the bill of materials names all of it."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest

from tests.repo.source import ROOT

CONTENT: dict[str, dict[str, str]] = tomllib.loads((ROOT / "docs" / "security" / "licences.toml").read_text("utf-8"))
NOTICES = (ROOT / "THIRD_PARTY.md").read_text("utf-8")
PINS = (ROOT / "scripts" / "vendor_frontend.py").read_text("utf-8")
#: For its tests only, and so in no town.
NOT_SHIPPED = {"axe-core"}


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("sbom") / "tasuki.cdx.json"
    command = [sys.executable, "scripts/sbom.py", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return made


def _parts(expression: str) -> list[str]:
    return [word for word in re.split(r"[\s()]+", expression) if word not in ("", "AND", "OR")]


def test_every_licence_is_one_that_may_stand_beside_ours() -> None:
    used = {part for kind in ("package", "vendored") for name in CONTENT[kind].values() for part in _parts(name)}
    assert used == set(CONTENT["allowed"])


def test_the_bill_names_every_package_that_has_a_licence_here_and_no_other(bill: dict[str, Any]) -> None:
    named = {one["name"] for one in bill["components"]}
    assert named == set(CONTENT["package"]) | set(CONTENT["vendored"]) - NOT_SHIPPED
    references = [one["bom-ref"] for one in bill["components"]]
    assert len(references) == len(set(references))
    assert all(re.fullmatch(r"pkg:(pypi|npm)/[\w.%/-]+@[\w.]+", reference) for reference in references)


def test_every_package_of_the_bill_has_the_hash_of_each_of_its_files(bill: dict[str, Any]) -> None:
    files = [file for one in bill["components"] for file in one.get("externalReferences", ())]
    assert len(files) > len(CONTENT["package"])
    assert [file["url"] for file in files if not re.fullmatch("[0-9a-f]{64}", file["hashes"][0]["content"])] == []


def test_whatever_depends_on_something_depends_on_something_of_the_bill(bill: dict[str, Any]) -> None:
    known = {one["bom-ref"] for one in bill["components"]}
    needed = {name for one in bill["dependencies"] for name in one["dependsOn"]}
    assert needed == {reference for reference in known if reference.startswith("pkg:pypi/")}


def test_what_is_installed_is_what_the_bill_says(bill: dict[str, Any]) -> None:
    versions = {one["name"]: one["version"] for one in bill["components"] if one["name"] in CONTENT["package"]}
    installed = {}
    for name in versions:
        try:
            installed[name] = distribution(name)
        except PackageNotFoundError:
            # The lock is for every system; what only another one needs is not here.
            continue
    assert len(installed) >= len(versions) - 3
    assert {name: found.version for name, found in installed.items()} == {name: versions[name] for name in installed}
    said = {name: found.metadata["License-Expression"] for name, found in installed.items()}
    assert {name: text for name, text in said.items() if text and text != CONTENT["package"][name]} == {}


def _pinned() -> dict[str, str]:
    return dict(re.findall(r'Package\(\s+"([^"]+)",\s+"([^"]+)"', PINS))


def test_every_file_of_others_has_its_notice_with_version_and_licence() -> None:
    pinned = _pinned()
    assert set(pinned) == set(CONTENT["vendored"])
    rows = NOTICES.splitlines()
    notices = {name: row for row in rows for name in pinned if f"`{name}`" in row or f"| {name}," in row}
    assert set(notices) == set(pinned)
    wrong = [
        name
        for name, row in notices.items()
        if f"| {pinned[name]} |" not in row or f"| {CONTENT['vendored'][name]} |" not in row
    ]
    assert wrong == []


def test_every_folder_of_files_of_others_has_its_licence_beside_it() -> None:
    places = re.findall(r"\| `((?:src|tests)/[^`]+)` \|", NOTICES)
    assert len(places) == len(CONTENT["vendored"])
    assert [place for place in places if not list(Path(ROOT / place).glob("*LICENSE*"))] == []
