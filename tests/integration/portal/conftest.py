"""A portal, the network and a gateway in this process; a browser before the portal."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tasuki.portal import own
from tests.integration.own_results.way import Way
from tests.portal import ANOTHER, CARD, ME, Wire, lung, portal_settings

Enter = Callable[[], Client]


@pytest.fixture
def way(tmp_path: Path, db: None) -> Way:
    """One town with a result of the person that asks for a detailed examination, and one of somebody else."""
    made = Way(tmp_path)
    made.know(ME)
    made.know(ANOTHER)
    made.register(ME, lung())
    made.register(ANOTHER, lung(items={}))
    return made


@pytest.fixture
def wire(way: Way, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Answer at the portal's addresses; what it sends goes to the network's routes."""
    made = Wire(way)
    for name, value in portal_settings(settings.NODE).items():
        setattr(settings, name, value)
    own.sittings.cache_clear()
    own.tries.cache_clear()
    monkeypatch.setattr(own, "client", lambda: made)
    monkeypatch.setattr(own, "now", lambda: way.at)
    return made


@pytest.fixture
def enter(wire: Wire) -> Enter:
    """Return a function that gives a browser in which the person signed in."""

    def entered() -> Client:
        browser = Client()
        assert browser.post("/", {"code": CARD}).status_code == 302
        return browser

    return entered
