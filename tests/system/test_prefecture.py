"""The demonstration the size of a prefecture, small: a gateway is killed while everybody asks, and nothing is lost."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.system]


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("prefecture")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tasuki.cli", "demo", "--size", "prefecture", "--json"),
            *("--institutions", "4", "--replicas", "400"),
        ],
        capture_output=True, text=True, env={**os.environ, "TASUKI_HOME": str(home)}, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    assert list(home.iterdir()) == [], "it leaves nothing behind"
    values: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return values


def test_every_inquiry_is_answered_with_what_was_registered_though_a_gateway_was_killed(
    figures: dict[str, Any],
) -> None:
    assert figures["gateway_restarts"] >= 1
    assert (figures["inquired"], figures["wrong_answers"]) == (figures["answered"], 0)
    assert figures["answered"] > 0


def test_all_three_parties_recorded_it_and_the_evidence_verifies(figures: dict[str, Any]) -> None:
    assert set(figures["recorded"].values()) == {figures["answered"]}
    assert figures["evidence_verified"]
    assert all(Path(node).name and number > 0 for node, number in figures["evidence_records"].items())
