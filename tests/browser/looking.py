"""Looking at a page as everybody may see it: in both languages, narrow and wide, with pictures when they are wanted."""

import os
from pathlib import Path

from playwright.sync_api import FloatRect, Page

from tests.browser.journey import Journey

#: Where pictures of pages go, when they are wanted.
PICTURES = os.environ.get("TASUKI_PICTURES", "")
WIDE, NARROW = 1280, 360
#: Where the pictures of the staff guide go, when they are wanted (`make guide`).
GUIDE_IMAGES = os.environ.get("TASUKI_GUIDE_IMAGES", "")
#: What may be taller is shown from its top; a page of the guide is read, not scrolled.
TALLEST = 1600
#: Pages that journeys come by and the guide shows, by the name of the picture, with the guide's name.
IN_GUIDE = {
    "access-alert-ja-1280": "access-alert",
    "accounts-ja-1280": "accounts",
    "check-ja-1280": "check",
    "contractor-work-attended-ja-1280": "contractor-work",
    "cutover-ja-1280": "cutover",
    "emergency-banner-ja-1280": "emergency",
    "erasure-waiting-ja-1280": "erasure",
    "exports-ja-1280": "exports",
    "incident-ja-1280": "incident",
    "packs-ja-1280": "packs",
    "rehearsal-ja-1280": "rehearsal",
}


def kept(page: Page, name: str) -> None:
    """Take a picture of the whole page, when pictures are wanted."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
    if name in IN_GUIDE:
        kept_for_guide(page, IN_GUIDE[name])


def kept_for_guide(page: Page, name: str) -> None:
    """Take a page's picture for the staff guide, when its pictures are wanted."""
    if GUIDE_IMAGES:
        height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
        folder = Path(GUIDE_IMAGES)
        folder.mkdir(parents=True, exist_ok=True)
        clip: FloatRect = {"x": 0, "y": 0, "width": WIDE, "height": height}
        page.screenshot(path=folder / f"{name}.png", full_page=True, clip=clip)


def looked_at(journey: Journey, name: str) -> None:
    """Hold a page that has an address against axe and its width; it is Japanese and wide again afterwards.

    English when narrow and Japanese when wide, so that each is seen; all four when pictures are wanted.
    """
    page = journey.page
    for language, widths in (("en", (WIDE, NARROW)), ("ja", (NARROW, WIDE))):
        page.context.add_cookies([{"name": "django_language", "value": language, "domain": "127.0.0.1", "path": "/"}])
        page.goto(page.url)
        assert page.evaluate("document.documentElement.lang") == language
        for width in widths if PICTURES else widths[1:]:
            page.set_viewport_size({"width": width, "height": 900})
            journey.then_nothing_hinders_anybody()
            kept(page, f"{name}-{language}-{width}")
