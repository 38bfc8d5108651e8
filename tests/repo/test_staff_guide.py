"""The staff guide shows every page that is walked, and no picture it does not have."""

import re

from tests.browser.guide import INDEX_PAGES, PAGES, WITHOUT_PICTURE
from tests.browser.looking import IN_GUIDE
from tests.repo.source import ROOT

GUIDE = ROOT / "docs" / "staff"
PICTURE = re.compile(r"!\[[^\]]+\]\(images/([a-z0-9-]+)\.png\)")
LINK = re.compile(r"\]\(([a-z-]+\.md)\)")


def shown() -> list[str]:
    return [name for file in sorted(GUIDE.glob("*.md")) for name in PICTURE.findall(file.read_text("utf-8"))]


def test_every_picture_is_there_and_shown_once() -> None:
    names = shown()
    assert sorted(names) == sorted(set(names))
    assert {file.stem for file in (GUIDE / "images").glob("*.png")} == set(names)


def test_every_page_that_is_walked_is_in_the_guide() -> None:
    assert set(shown()) | WITHOUT_PICTURE == set(PAGES) | set(INDEX_PAGES) | set(IN_GUIDE.values())


def test_every_chapter_is_linked_from_the_first_page() -> None:
    linked = set(LINK.findall((GUIDE / "README.md").read_text("utf-8")))
    assert linked == {file.name for file in GUIDE.glob("*.md")} - {"README.md"}
