"""The command of the change over says what it wants before it becomes any node."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tasuki.cli.main import app

USAGE = 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "choose one of them"),
        (["EXPORT", "--rehearse", "--plan", "1"], "choose one of them"),
        (["--rehearse"], "name the export with these two only"),
        (["--plan", "1"], "name the export with these two only"),
        (["EXPORT", "--roll-back", "1", "--reason", "x"], "name the export with these two only"),
        (["--roll-back", "1", "--reason", " "], "say why it is taken back"),
    ],
)
def test_what_cannot_be_meant_is_explained(arguments: list[str], said: str, tmp_path: Path) -> None:
    given = [str(tmp_path) if one == "EXPORT" else one for one in arguments]
    done = CliRunner().invoke(app, ["migrate-from", *given, "--node", "nobody"])
    assert done.exit_code == USAGE
    assert said in done.stderr
