"""Looking at a page as everybody may see it: in both languages, narrow and wide, with pictures when they are wanted."""

import os
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.journey import Journey

#: Where pictures of pages go, when they are wanted.
PICTURES = os.environ.get("TASUKI_PICTURES", "")
WIDE, NARROW = 1280, 360


def kept(page: Page, name: str) -> None:
    """Take a picture of the whole page, when pictures are wanted."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


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
