"""The commands that measure: what they say when they cannot, and that weights can be made again."""

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tasuki.cli import bench, febrl
from tasuki.cli.main import app
from tasuki.matching.definition import JAPAN, definition, read_weights


def test_without_the_public_sets_the_command_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(febrl, "is_available", lambda: False)
    done = CliRunner().invoke(app, ["bench", "identity", "--json"])
    assert done.exit_code == bench.USAGE
    assert "recordlinkage" in done.stderr
    assert done.stdout == ""


def test_weights_made_again_are_the_same_and_can_be_read(tmp_path: Path) -> None:
    files = [tmp_path / "one.toml", tmp_path / "two.toml"]
    for file in files:
        done = CliRunner().invoke(app, ["bench", "weights", "--people", "1000", "--output", str(file)])
        assert done.exit_code == 0, done.output
    assert files[0].read_bytes() == files[1].read_bytes()
    assert read_weights(tomllib.loads(files[0].read_text("utf-8")), definition(JAPAN)).prior > 0


FIGURES = {
    **{name: {"f1": 0.9999, "automatic_false_links": 0, "ratio": 1.0} for name in ("febrl3", "febrl4", "japan")},
    "incremental": {"p95_ms": 5.0, "identical_to_batch": True},
}


@pytest.mark.parametrize(
    ("name", "figure", "value"),
    [
        ("febrl3", "f1", 0.991), ("febrl4", "f1", 0.998), ("japan", "automatic_false_links", 1),
        ("japan", "ratio", 1.6), ("incremental", "p95_ms", 10.1), ("incremental", "identical_to_batch", False),
    ],
)  # fmt: skip
def test_a_promise_that_is_not_held_is_named(name: str, figure: str, value: object) -> None:
    assert bench.broken_promises(FIGURES, bench.Size.FULL) == []
    (said,) = bench.broken_promises(FIGURES | {name: FIGURES[name] | {figure: value}}, bench.Size.FULL)
    assert said.startswith(name)
