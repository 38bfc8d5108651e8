"""Plays scenarios against running nodes and says of each whether the law was kept."""

import datetime as dt
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tasuki.conformance.acts import Seen
from tasuki.conformance.peer import Part, PeerGateway
from tasuki.conformance.people import Person
from tasuki.conformance.play import Play, Stage
from tasuki.conformance.raw import ALL_ACTS
from tasuki.conformance.reading import Scenario, Step, missing
from tasuki.conformance.seats import Seats
from tasuki.protocol.connections import BrokenOff
from tasuki.protocol.envelope import CLOCK_SKEW
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.portal import portal

#: Scenarios under way at once. Each mostly waits for others.
AT_ONCE = 8
LOOK_SECONDS = 0.4


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one scenario; `saw` says at which step something else was seen than must be."""

    name: str
    article: str
    title_ja: str
    title_en: str
    passed: bool
    saw: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a run: against which gateway, when, and each scenario."""

    gateway: str
    network: str
    at: dt.datetime
    results: tuple[Result, ...]

    @property
    def ok(self) -> bool:
        return all(result.passed for result in self.results)

    @property
    def broken(self) -> list[str]:
        """The articles that were not kept, once each."""
        return list(dict.fromkeys(result.article for result in self.results if not result.passed))


def run_scenarios(seats: Seats, chosen: Iterable[Scenario], clock: Callable[[], dt.datetime]) -> Report:
    """Play every scenario: those that must be alone first, then the others side by side, but for those that inquire.

    :raises ExchangeFailed: when the gateway under test does not answer at all.
    """
    scenarios = list(chosen)
    at = clock()
    with PeerGateway(seats.gateway, clock) as peer:
        stage = Stage(seats, peer, clock, int(at.timestamp() * 1000), seats.town.config.own_town().procedure)
        stage.log_size(seats.town, seats.under_test)
        results = _in_turn(stage, [one for one in scenarios if one.alone])
        with ThreadPoolExecutor(AT_ONCE) as pool:
            asking = pool.submit(_in_turn, stage, [one for one in scenarios if one.asks_the_peer and not one.alone])
            rest = [one for one in scenarios if not one.asks_the_peer and not one.alone]
            results += pool.map(lambda one: _played(stage, one), rest)
            results += asking.result()
        if peer.faults:
            raise RuntimeError(f"the peer of the scenarios broke: {peer.faults[0]}")
    ordered = sorted(results, key=lambda result: (result.article, result.name))
    return Report(seats.under_test.name, seats.network.name, at, tuple(ordered))


def _in_turn(stage: Stage, scenarios: Sequence[Scenario]) -> list[Result]:
    return [_played(stage, one) for one in scenarios]


def _played(stage: Stage, scenario: Scenario) -> Result:
    started = time.monotonic()
    part = Part(tag=f"answer of {scenario.name}")
    play = Play(
        stage,
        Person(scenario.person),
        part,
        stage.seats.town.link(),
        stage.seats.abroad.link(),
        stage.clock() - CLOCK_SKEW,
    )
    saw = _first_wrong(play, scenario.steps)
    return Result(
        name=scenario.name,
        article=scenario.article,
        title_ja=scenario.title.ja,
        title_en=scenario.title.en,
        passed=not saw,
        saw=saw,
        seconds=round(time.monotonic() - started, 1),
    )


def _first_wrong(play: Play, steps: Sequence[Step]) -> str:
    """Take the steps one by one and say what was seen otherwise than expected; nothing when all was."""
    for number, step in enumerate(steps, 1):
        deadline = time.monotonic() + step.within
        wrong = missing(step.expect, _act(play, step))
        while wrong and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
            wrong = missing(step.expect, _act(play, step))
        if wrong:
            return f"step {number}, {step.act}: {wrong}"
    return ""


def _act(play: Play, step: Step) -> Seen:
    """Do what a step says. A node that refuses or breaks off is something that is seen, not a fault of the run."""
    how: dict[str, Any] = {name: _placed(play, value) for name, value in step.how.items()}
    try:
        return ALL_ACTS[step.act](play, **how)
    except ExchangeFailed as failure:
        return {"phase": failure.phase.value, "status": failure.status, "refusal": failure.reason.partition(":")[0]}
    except BrokenOff as broken:
        return {"phase": broken.phase.value}
    except LookupError as error:
        # An earlier step already went another way than the scenario needs.
        return {"state": f"({error})"}


def _placed(play: Play, value: Any) -> Any:
    """Put the party's own codes where a scenario names a town or a person by their part."""
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    return {
        "$town": play.seats.town.institution,
        "$peer": play.seats.abroad.institution,
        "$portal": portal().institution,
        "$portal_code": play.portal_code,
        "$tag": play.part.tag,
    }[value]
