"""What a measurement gives, and how it is shown and kept."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

#: How often a measurement is repeated.
TIMES = 3
RESULTS = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True)
class Figure:
    """A measurement. `ratio` is value to floor; a promise without a floor is held or not by its value.

    What is only shown promises nothing, so `held` is none.
    """

    id: str
    what: str
    value: float
    unit: str
    floor: float | None
    ratio: float | None
    promise: str
    held: bool | None


def repeated(work: Callable[[], float], times: int = TIMES) -> float:
    """Return the median of several runs: these machines are shared and noisy."""
    return median(work() for _ in range(times))


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value below which that part of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def keep(figures: Sequence[Figure]) -> None:
    """Write the figures as JSON."""
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps([asdict(figure) for figure in figures], ensure_ascii=False, indent=1) + "\n")


def show(figures: Sequence[Figure]) -> None:
    """Print the figures."""
    table = Table(title="make bench")
    for name in ("", "what", "value", "floor", "ratio", "promise", "held"):
        table.add_column(name, justify="right" if name in {"value", "floor", "ratio"} else "left")
    for figure in figures:
        table.add_row(
            figure.id,
            figure.what,
            f"{figure.value:,.1f} {figure.unit}",
            "–" if figure.floor is None else f"{figure.floor:,.1f}",
            "–" if figure.ratio is None else f"{figure.ratio:.2f}",
            figure.promise,
            "–" if figure.held is None else "yes" if figure.held else "NOT YET",
        )
    Console(width=160).print(table)
