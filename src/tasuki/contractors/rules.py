"""Who may work on a day, and which steps a work makes: pure, over `data/works.toml`."""

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from tasuki.contractors.types import Cause, Lack, Standing, WorkState
from tasuki.shared.dates import fiscal_year_of


@dataclass(frozen=True, slots=True)
class Words:
    """What a state or a cause is called."""

    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a work; `start` is None where it begins."""

    start: WorkState | None
    end: WorkState
    cause: Cause


@dataclass(frozen=True, slots=True)
class WorkTable:
    """The whole table: states, whether they end a work, causes, steps, and the rules beside them."""

    states: Mapping[WorkState, Words]
    ending: frozenset[WorkState]
    causes: Mapping[Cause, Words]
    steps: tuple[Step, ...]
    longest: dt.timedelta
    warn_days: int
    certificate_days: int


@lru_cache(maxsize=1)
def work_table() -> WorkTable:
    """Return the table this release ships."""
    content = tomllib.loads(files("tasuki.contractors").joinpath("data/works.toml").read_text("utf-8"))
    states = {WorkState(name): entry for name, entry in content["state"].items()}
    return WorkTable(
        states={name: Words(entry["ja"], entry["en"]) for name, entry in states.items()},
        ending=frozenset(name for name, entry in states.items() if entry["ends"]),
        causes={Cause(name): Words(**entry) for name, entry in content["cause"].items()},
        steps=tuple(
            Step(WorkState(start) if start else None, WorkState(entry["to"]), Cause(entry["cause"]))
            for entry in content["step"]
            for start in entry["from"] or [""]
        ),
        longest=dt.timedelta(hours=content["rules"]["longest_hours"]),
        warn_days=content["rules"]["warn_days"],
        certificate_days=content["rules"]["certificate_days"],
    )


def next_state(start: WorkState | None, cause: Cause) -> WorkState | None:
    """Return where a work goes from a state for a cause; None where there is no such step."""
    return next((one.end for one in work_table().steps if (one.start, one.cause) == (start, cause)), None)


def lacks(standing: Standing, on: dt.date) -> tuple[Lack, ...]:
    """Return why somebody may not work on a day; nothing when they may.

    Training counts for the fiscal year it was held for (特記事項18), a pledge for as long as the designation.
    """
    reasons = {
        Lack.CONTRACT_NOT_RUNNING: not standing.contract_from <= on <= standing.contract_to,
        Lack.NO_SUPERVISOR: not standing.has_supervisor,
        Lack.NOT_YET_DESIGNATED: on < standing.designated_on,
        Lack.ENDED: standing.ended_on is not None and on >= standing.ended_on,
        Lack.NO_PLEDGE: standing.pledged_on is None or on < standing.pledged_on,
        Lack.NOT_TRAINED: fiscal_year_of(on) not in standing.trained_years,
    }
    return tuple(lack for lack, holds in reasons.items() if holds)
