"""The command that makes a fictitious town of any size, for training and tests."""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from tasuki.cli.output import AsJson, show

app = typer.Typer()


@app.command()
def generate(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where the files go.")],
    population: Annotated[int, typer.Option(min=1_000, max=2_000_000, help="Residents of the first town.")],
    seed: Annotated[int, typer.Option(help="Another seed makes other people.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Make fictitious towns as files that a dummy environment takes in: from published rates, never from records."""
    from tasuki.demo.generator import TownSize
    from tasuki.demo.generator import generate as make

    manifest = make(folder, seed=seed, size=TownSize.SMALL, population=population)
    show({town.key: dataclasses.asdict(town) | {"results": town.valid_results} for town in manifest.towns}, as_json)
