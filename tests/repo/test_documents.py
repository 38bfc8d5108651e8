"""The documents keep their word: decisions are enforced, commands exist, generated pages are fresh."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.core import TyperGroup as Group
from typer.main import get_command

from tasuki.cli.main import app
from tests.repo.source import ROOT, missing_tests, tracked

DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))
HEADINGS = ["Context", "Decision", "Considered", "Consequences", "How enforced"]
GUIDES = [ROOT / "README.md", ROOT / "README.ja.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
#: Marks a path whose file is still being written.
TO_COME = "(to come)"
_GROUP = get_command(app)
COMMANDS = set(_GROUP.commands) if isinstance(_GROUP, Group) else set()


def test_there_are_decisions_with_numbers_in_a_row() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]
    assert len(DECISIONS) >= 10


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_every_decision_says_how_it_is_enforced(path: Path) -> None:
    title, *parts = re.split(r"^## ", path.read_text("utf-8"), flags=re.MULTILINE)
    sections = {part.splitlines()[0]: part.partition("\n")[2].strip() for part in parts}
    assert title.startswith("# ")
    assert list(sections) == HEADINGS
    assert [heading for heading, text in sections.items() if len(text) < 40] == []


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_every_decision_fits_on_one_page(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 70


def _paths(text: str) -> list[str]:
    """Return the repository's paths a document names, but for those it says are to come."""
    found = re.findall(rf"`((?:src|tests|scripts|docs|bench)/[\w./-]+)`(?! {re.escape(TO_COME)})", text)
    return [name.rstrip("/") for name in found]


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_a_document_names_exists(path: Path) -> None:
    assert [name for name in _paths(path.read_text("utf-8")) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_test_a_document_names_exists(path: Path) -> None:
    assert missing_tests(re.findall(r"`(tests/[\w./-]+::\w+)`", path.read_text("utf-8"))) == []


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_within_the_repository_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text("utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_make_target_a_document_names_exists(path: Path) -> None:
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)", "\n".join(_code(path))))
    assert sorted(named - _targets()) == []


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_tasuki_command_a_document_names_exists(path: Path) -> None:
    named = set(re.findall(r"(?:^|[\s/])tasuki ([a-z][a-z-]+)", "\n".join(_code(path)), flags=re.MULTILINE))
    assert sorted(named - COMMANDS) == []


def _code(path: Path) -> list[str]:
    """Return what a document sets as code: fenced blocks without their language line, and words in back-quotes."""
    text = path.read_text("utf-8")
    fenced = re.findall(r"^```(?:sh|text)?\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return [*fenced, *re.findall(r"`([^`\n]+)`", text)]


def test_the_two_readmes_have_the_same_parts() -> None:
    counts = [
        len(re.findall(r"^## ", (ROOT / name).read_text("utf-8"), flags=re.MULTILINE))
        for name in ("README.md", "README.ja.md")
    ]
    assert counts[0] == counts[1] > 5


def test_generated_documents_are_what_their_sources_say() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/docs.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert re.findall(r"^(\d+)\. ", text, flags=re.MULTILINE) == [str(number) for number in range(1, 16)]
    assert text.startswith(" " * 22 + "EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert text.rstrip().endswith("require the production of a new\nEUPL version.")
    assert "\nAppendix\n" in text


def test_measured_numbers_have_their_place_in_the_guarantees() -> None:
    text = (ROOT / "docs" / "guarantees.md").read_text("utf-8")
    assert text.count("<!-- bench:start -->") == text.count("<!-- bench:end -->") == 1
    measured = re.compile("<!-- bench:start -->.*<!-- bench:end -->", flags=re.DOTALL)
    promises = re.findall(r"^\| ([PRZ]\d+) \|", measured.sub("", text), flags=re.MULTILINE)
    assert promises == [
        *(f"P{n}" for n in range(1, 8)),
        *(f"R{n}" for n in range(1, 11)),
        *(f"Z{n}" for n in range(1, 14)),
    ]


def test_documents_are_tracked() -> None:
    files = set(tracked())
    assert [path for path in (*GUIDES, *DECISIONS) if path not in files] == []
