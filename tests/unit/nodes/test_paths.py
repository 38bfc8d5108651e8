"""Where a home's files are."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasuki.nodes.paths import Home

AT_ONCE = 8
HOMES = 50


def test_those_who_ask_at_once_agree_on_one_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two answers would mean two servers, of which one is never found again."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    together = threading.Barrier(AT_ONCE)

    def ask(home: Home) -> Path:
        together.wait(10)
        return home.postgres

    with ThreadPoolExecutor(AT_ONCE) as askers:
        for number in range(HOMES):
            home = Home(tmp_path / str(number))
            answers = set(askers.map(ask, [home] * AT_ONCE))
            assert answers == {home.postgres}
            assert [file.name for file in home.path.iterdir()] == ["cluster"]
