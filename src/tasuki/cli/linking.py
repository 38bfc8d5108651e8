"""What the linkage commands do once they are a node."""

import dataclasses
import datetime as dt
import os
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import typer

from tasuki.cli.output import staff_by
from tasuki.jobs.town import acquire as acquire_now
from tasuki.jobs.town import asker, gateway_link, sending_link
from tasuki.linkage import operations, queries
from tasuki.linkage.types import SYSTEM, HeldOutcome
from tasuki.persons import codes
from tasuki.persons import queries as index
from tasuki.protocol.errors import ExchangeFailed
from tasuki.runtime import node, now
from tasuki.screening import changes as screening_changes
from tasuki.screening import queries as screening
from tasuki.shared.spreadsheets import csv_text

UNREACHABLE = 3
LIST = 5_000
#: How long codes may stay away before the command ends and reports who has none.
WAIT_SECONDS = 60.0


def reaching(act: Callable[[], Any]) -> Any:
    """Run an act and end the command with status 3 when a peer cannot be had."""
    try:
        return act()
    except ExchangeFailed as failure:
        typer.echo(f"{failure.peer} を利用できません / cannot be reached: {failure.phase}: {failure.reason}", err=True)
        raise typer.Exit(UNREACHABLE) from failure


def acquire(most: int, *, concerned: bool) -> dict[str, Any]:
    """Acquire codes in lists, then wait until the gateway has bound them."""
    missing = index.missing_codes(most)
    if concerned:
        wanted = set(index.unified_numbers(SYSTEM, screening_changes.people_others_may_ask_about()).values())
        missing = [number for number in missing if number in wanted]
    totals: Counter[str] = Counter()
    for start in range(0, len(missing), LIST):
        report = reaching(partial(acquire_now, missing[start : start + LIST], by=staff_by("acquire-codes"), at=now()))
        totals.update(
            asked=report.asked,
            issued=report.issued,
            already_issued=report.already_issued,
            unknown=report.unknown,
        )
    bound = _wait_until_bound()
    return dict(totals) | {"bound": bound} | {f"missing_{name}": number for name, number in codes.counts().items()}


def write_missing(file: Path) -> int:
    """Write who has no code into a file only its owner may read (宛名番号, why, since when); give how many."""
    found = codes.missing(limit=10_000_000)
    own = index.system_numbers(SYSTEM, [one.unified_person_number for one in found])
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        lines: list[tuple[object, ...]] = [("宛名番号", "わけ", "付番日時", "試した回数", "次に試す日時")]
        for one in found:
            why = "NO_NUMBER" if not one.has_number else one.outcome or ("ASKED" if one.is_asked else "WAITING")
            number = own.get(one.unified_person_number, "")
            lines.append((number, why, one.numbered_at.isoformat(), one.attempts, one.next_at or ""))
        opened.write(csv_text(lines).encode())
    return len(found)


def _wait_until_bound() -> int:
    """Confirm codes until none is awaited, as long as more keep arriving; return how many people have one."""
    institution = node().own_town().institution
    fewest, deadline = index.codes_awaited(), time.monotonic() + WAIT_SECONDS
    while fewest and time.monotonic() < deadline:
        confirmed = reaching(
            lambda: operations.confirm_codes(
                institution=institution, link=gateway_link(), by=staff_by("acquire-codes"), at=now()
            )
        )
        # The worker confirms some too, so what is left says more than what this command confirmed.
        awaited = index.codes_awaited()
        if awaited < fewest:
            fewest, deadline = awaited, time.monotonic() + WAIT_SECONDS
        if confirmed < LIST:
            # The network is still handing codes to the gateway.
            time.sleep(0.5)
    return index.counts().with_code


def send_changes() -> dict[str, Any]:
    """Send the outbox, and say how many replicas went and how long it took."""
    started = time.perf_counter()
    sent = reaching(
        lambda: operations.send_outbox(
            institution=node().own_town().institution, link=sending_link(), by=staff_by("register"), at=now()
        )
    )
    return {"replicas": sent, "seconds": round(time.perf_counter() - started, 2)}


def ask(
    municipality_code: str,
    people: list[str],
    *,
    movers_since: dt.date | None,
    data_sets: list[str] | None,
    procedure: str,
    valid_for: int,
) -> dict[str, Any]:
    """Ask a town about people, or about everyone who moved in from it and was never asked about."""
    provider = queries.provider_of(municipality_code)
    if provider is None:
        typer.echo(f"{municipality_code} は照会先にありません / is not in this town's directory", err=True)
        raise typer.Exit(2)
    if movers_since is not None:
        moved = [
            person.system_person_number
            for person in screening.movers_in(since=movers_since, limit=1_000_000)
            if person.moved_in_from == municipality_code
        ]
        people = [*people, *queries.unasked_movers(moved, provider.institution)]
    own = asker()
    started = time.perf_counter()
    asked = operations.inquire(
        people=people,
        provider=provider.institution,
        asker=own if not procedure else dataclasses.replace(own, procedure=procedure),
        by=staff_by("inquire"),
        at=now(),
        data_sets=data_sets,
        valid_for_seconds=valid_for or None,
    )
    states = Counter(queries.states_of(asked.transaction_numbers))
    return {
        "inquired": len(asked.transaction_numbers),
        "not_asked": len(asked.not_asked),
        "seconds": round(time.perf_counter() - started, 2),
        "states": dict(states),
    }


def adopt_waiting() -> dict[str, Any]:
    """Adopt every waiting answer, one transaction each."""
    adopted = results = 0
    while waiting := queries.answers_to_adopt(500):
        for inquiry in waiting:
            outcome = operations.adopt(transaction_number=inquiry.transaction_number, by=staff_by("adopt"), at=now())
            adopted += 1
            results += outcome.stored
    return {"adopted": adopted, "results": results}


def wait_for_state(state: str, seconds: float) -> dict[str, Any]:
    """Wait until an inquiry is in a state; ends the command with status 1 when none gets there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = queries.counts_by_state().get(state, 0)
        if found:
            return {state: found}
        time.sleep(0.3)
    typer.echo(f"no inquiry is {state} after {seconds:.0f} s", err=True)
    raise typer.Exit(1)


def list_held() -> dict[str, Any]:
    """Return the transaction numbers of inquiries held at our gateway, the most urgent first."""
    waiting = reaching(lambda: operations.held(institution=node().own_town().institution, link=gateway_link()))
    return {"held": [one.inquiry.transaction_number for one in waiting]}


def decide(transaction_number: str, *, release: bool, reason: str, people: tuple[str, str]) -> dict[str, Any]:
    """Decide one held inquiry, as one person proposed and another decided."""
    proposer, decider = (staff_by(f"decide-held {who}") for who in people)
    operations.propose_held(
        transaction_number=transaction_number, release=release, reason=reason, by=proposer, at=now()
    )
    outcome = reaching(
        lambda: operations.decide_held(
            institution=node().own_town().institution,
            transaction_number=transaction_number,
            release=release,
            reason=reason,
            link=gateway_link(),
            by=decider,
            at=now(),
        )
    )
    return {"decided": outcome is HeldOutcome.DECIDED, "outcome": outcome.value}


def pick_examples() -> dict[str, Any]:
    """Return one resident with a code who never moved, and one without a code."""
    return screening_changes.example_people()
