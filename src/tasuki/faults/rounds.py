"""One fault after another under load, and what came of each by the verified records of all three parties."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from tasuki.demo.proof import prove
from tasuki.demo.steps import StepFailed
from tasuki.faults.disturbing import Fault
from tasuki.faults.ground import ASKED, ASKING, INQUIRER, PROVIDER, Ground, until
from tasuki.faults.load import ANSWERED, Load
from tasuki.protocol.messages import State

BEFORE, AFTER = 1.0, 1.0
RECOVERY_SECONDS, TOLD_SECONDS, FELT_SECONDS = 120.0, 120.0, 120.0
#: People the town itself asks about during each fault.
OWN_INQUIRIES = 12
_PARTIES = (INQUIRER, "network", PROVIDER)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one fault."""

    fault: str
    ja: str
    en: str
    asked: int
    seen: int
    broken_calls: int
    seen_but_unrecorded: int
    recorded_twice: int
    half_done: int
    works_again_after: float
    settled: bool
    verified: bool

    @property
    def held(self) -> bool:
        return (
            self.settled and self.verified and self.seen > 0
            and not (self.seen_but_unrecorded or self.recorded_twice or self.half_done)
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"held": self.held}


@dataclass(frozen=True)
class _Round:
    fault: Fault
    load: Load
    works_again_after: float
    settled: bool
    half_done: int


def run_faults(ground: Ground, faults: Iterable[Fault], folder: Path, say: Callable[[str], None]) -> list[Outcome]:
    """Let every fault strike under load, then verify the records of everybody once, offline."""
    rounds = []
    for fault in faults:
        say(f"{fault.ja} / {fault.en}")
        rounds.append(_one(ground, fault))
    say("証跡を検証しています / verifying the evidence")
    nodes = [*_PARTIES, *(["jlis"] if "jlis" in ground.nodes else []), *(_towns(ground))]
    until(lambda: _is_sealed(ground, nodes), "the sealing of every log", RECOVERY_SECONDS)
    _, verified = prove(ground.commands, folder, nodes)
    records = {node: _records(folder / f"{node}.jsonl") for node in _PARTIES}
    return [_outcome(one, records, verified) for one in rounds]


def _is_sealed(ground: Ground, nodes: Sequence[str]) -> bool:
    """Seal every log; a node that was idle may still have a connection from before PostgreSQL died, once."""
    try:
        ground.commands.run_all([("seal", "--node", node) for node in nodes])
    except StepFailed:
        return False
    return True


def _towns(ground: Ground) -> list[str]:
    """Return the towns that run as nodes here, rather than being played by the client alone."""
    return [name for name in (ASKED, ASKING) if any(name in one.name for one in ground.supervisor.programs)]


def _one(ground: Ground, fault: Fault) -> _Round:
    load = Load(ground)
    own = _own_inquiries(ground) if fault.needs_town else None
    load.start()
    time.sleep(BEFORE)
    calls = load.broken_calls
    fault.strike(ground)
    if fault.until_felt:
        until(lambda: load.broken_calls > calls, f"{fault.name} being felt", FELT_SECONDS)
    time.sleep(fault.seconds)
    fault.mend(ground)
    mended = time.monotonic()
    try:
        until(lambda: load.ask([ground.inquiry(999_999)]), "the first answer afterwards", RECOVERY_SECONDS)
        again = time.monotonic() - mended
        time.sleep(AFTER)
    finally:
        load.stop()
    if own is not None:
        own.wait(timeout=RECOVERY_SECONDS)
    settled = _settles(ground, load, own is not None)
    return _Round(fault, load, round(again, 1), settled, _half_done(ground, list(load.asked)))


def _own_inquiries(ground: Ground) -> "subprocess.Popen[bytes]":
    """Let the town itself ask, as a clerk's command does, while the load goes on."""
    known = ground.rows(
        ASKING, "SELECT DISTINCT system_person_number AS person FROM linkage_inquiry WHERE state = 'received' LIMIT %s",
        [OWN_INQUIRIES],
    )  # fmt: skip
    people = [part for row in known for part in ("--person", row["person"])]
    provider = ground.nodes[ASKED].own_town().municipality_code
    return subprocess.Popen(  # noqa: S603 — our own arguments; no shell
        [sys.executable, "-m", "tasuki.cli", "inquire", *people, "--provider", provider, "--node", ASKING],
        env={**os.environ, "TASUKI_HOME": str(ground.home.path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _settles(ground: Ground, load: Load, with_town: bool) -> bool:
    """Say whether everything asked ended, everybody was told, and the town has what it asked for itself."""
    try:
        load.settle()
        until(lambda: not _untold(ground), "the receipts", TOLD_SECONDS)
        if with_town:
            until(lambda: not _open_at_home(ground), "the town's own inquiries", TOLD_SECONDS)
    except TimeoutError:
        return False
    return True


def _untold(ground: Ground) -> bool:
    return bool(ground.rows(INQUIRER, "SELECT 1 FROM gateway_receipt_due LIMIT 1"))


def _open_at_home(ground: Ground) -> bool:
    open_states = [State.CREATED.value, State.SENT.value, State.PERMITTED.value]
    return bool(ground.rows(ASKING, "SELECT 1 FROM linkage_inquiry WHERE state = ANY(%s) LIMIT 1", [open_states]))


#: Where each party keeps how an inquiry ended. The provider's word for what it gave is another one.
_STANDS: Mapping[str, str] = {
    INQUIRER: "SELECT transaction_number::text AS number, state FROM gateway_inquiry",
    PROVIDER: "SELECT transaction_number::text AS number, CASE state WHEN 'provided' THEN 'received' ELSE state END"
    " AS state FROM gateway_provision",
    "network": "SELECT transaction_number::text AS number, outcome AS state FROM network_permit",
}


def _half_done(ground: Ground, numbers: Sequence[str]) -> int:
    """Count inquiries that are not answered, or of which the three parties do not say the same."""
    stands = []
    for node, query in _STANDS.items():
        found = ground.rows(node, f"{query} WHERE transaction_number = ANY(%s::uuid[])", [list(numbers)])
        stands.append({(row["number"], row["state"]) for row in found if row["state"] in ANSWERED})
    return len(numbers) - len(set.intersection(*stands))


def _records(export: Path) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Read an exported log: for each transaction number the kinds of its records and the digests they hold."""
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    with export.open("rb") as lines:
        for line in lines:
            entry = orjson.loads(line).get("entry")
            if entry and entry["transaction_number"]:
                digests = tuple(answer["sha256"] for answer in entry["body"].get("answers", ()))
                found.setdefault(entry["transaction_number"], []).append((entry["kind"], digests))
    return found


_KINDS = {INQUIRER: "answer_received", PROVIDER: "answer_sent", "network": "inquiry_permitted"}


def _outcome(one: _Round, records: Mapping[str, Mapping[str, Any]], verified: bool) -> Outcome:
    unrecorded, twice = set(), set()
    for node, kind in _KINDS.items():
        for number in one.load.asked:
            own = Counter(record for record in records[node].get(number, ()) if record[0] == kind)
            if sum(own.values()) > 1:
                twice.add(number)
            answer = one.load.seen.get(number)
            # The network never learns what was answered; the gateways keep the digest of what the client saw.
            if answer is not None and (kind, () if node == "network" else answer) not in own:
                unrecorded.add(number)
    return Outcome(
        fault=one.fault.name, ja=one.fault.ja, en=one.fault.en, asked=len(one.load.asked), seen=len(one.load.seen),
        broken_calls=one.load.broken_calls, seen_but_unrecorded=len(unrecorded), recorded_twice=len(twice),
        half_done=one.half_done, works_again_after=one.works_again_after, settled=one.settled, verified=verified,
    )  # fmt: skip
