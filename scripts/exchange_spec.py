"""The states of an inquiry as a page: one diagram for each party, then every step with its cause and article."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
if TYPE_CHECKING:
    from tasuki.protocol.transitions import Exchange, Transition

HEAD = """# The states of an inquiry (情報照会の状態)

Generated from `src/tasuki/protocol/exchange.toml`; do not edit. The same inquiry is recorded at four places, each with
the steps below and no others: an operation that would make another step changes nothing. Every step is a record of
evidence with its time and cause. An independent model of the law agrees with these states in
`tests/integration/exchange/test_exchange_histories.py`. The table is ours and provisional: the official
specification is not public.

What a person asks about themselves through the portal takes the same steps: the network stands where the inquirer's
gateway does, and there is no town that asks ([0028](../adr/0028-peoples-own-inquiries.md)).
"""


def documents() -> dict[Path, str]:
    """Return the text of the page by its path."""
    from tasuki.protocol.transitions import Party, table

    found = table()
    parts = [HEAD, "## Periods", "", *_periods(found), "", "## States", "", *_states(found)]
    for party in Party:
        steps = [one for one in found.transitions if one.party is party]
        words = found.parties[party]
        parts += ["", f"## {words.en[0].upper()}{words.en[1:]} ({words.ja})", "", *_diagram(steps)]
        parts += ["", *_steps(found, steps)]
    return {ROOT / "docs" / "spec" / "exchange.md": "\n".join([*parts, ""])}


def _periods(found: "Exchange") -> Iterator[str]:
    yield from _head("period", "days")
    for name, days in found.days.items():
        yield _row((f"`{name}`", str(days)))


def _states(found: "Exchange") -> Iterator[str]:
    from tasuki.protocol.transitions import Party, states_of

    yield from _head("state", "状態", "meaning", "ends", "article", "where")
    for state, facts in found.states.items():
        where = ", ".join(party.value for party in Party if state in states_of(party))
        yield _row((f"`{state}`", facts.words.ja, facts.words.en, "yes" if facts.ends else "", facts.article, where))


def _diagram(steps: "Iterable[Transition]") -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    for one in steps:
        yield f"  {one.start or '[*]'} --> {one.end}: {one.cause}"
    yield "```"


def _steps(found: "Exchange", steps: "list[Transition]") -> Iterator[str]:
    yield from _head("from", "to", "cause", "わけ", "article")
    groups: dict[tuple[str, str, str], list[str]] = {}
    for one in steps:
        start = f"`{one.start}`" if one.start else "–"
        groups.setdefault((f"`{one.end}`", one.cause, one.article), []).append(start)
    for (end, cause, article), starts in groups.items():
        yield _row((", ".join(starts), end, found.causes[cause].en, found.causes[cause].ja, article))


def _head(*names: str) -> Iterator[str]:
    yield _row(names)
    yield _row(["---"] * len(names))


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
