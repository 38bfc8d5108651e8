"""Accessibility of a page as axe sees it: WCAG 2.2 AA and best practice, nothing excused."""

import hashlib
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SCRIPT = (Path(__file__).parent / "vendor" / "axe" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Nothing is fetched anew for the rules about sound and turned screens: no page has sound, no style turns one.
OPTIONS = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"], "preload": False}
#: What differs between two showings of the same page.
_ONCE = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|hx-headers="[^"]*"')
#: Pages that were found to be sound, by their content and the width they were shown at.
_sound: set[tuple[str, int]] = set()


def violations(page: Page) -> list[str]:
    """Return what axe finds, each with where it is."""
    # A page that is still on its way has no styles yet, and then everything is too small.
    page.wait_for_load_state("load")
    shown = hashlib.sha256(_ONCE.sub("", page.content()).encode()).hexdigest(), page.evaluate("window.innerWidth")
    if shown in _sound:
        return []
    # Evaluated by the browser's debugger: the page's own policy allows no script but ours, as it should.
    if not page.evaluate("'axe' in window"):
        page.evaluate(SCRIPT)
    # Only what is violated is asked for: describing everything that is well takes most of axe's time.
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", OPTIONS)
    if not found["violations"]:
        _sound.add(shown)
    return [
        f"{rule['id']}: {rule['help']}: {node['target']} {node.get('failureSummary', '')}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
