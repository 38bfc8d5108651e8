"""What `tasuki bench identity` measures: accuracy and speed of the matching engine, on labelled sets."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any, Final, Generic, NamedTuple, TypeVar

from splink import DuckDBAPI, Linker

from tasuki.cli.febrl import LabelledSet
from tasuki.cli.floors import durable_rows, percentile
from tasuki.demo.generator.labelled import LabelledRecord, labelled_records
from tasuki.matching.batch import Batch, as_arrow, count_pairs, open_database, run_batch, splink_settings
from tasuki.matching.clusters import is_automatic
from tasuki.matching.definition import FEBRL, definition
from tasuki.matching.estimating import estimate
from tasuki.matching.keys import columns_of
from tasuki.matching.matcher import Matcher, japanese
from tasuki.matching.types import Columns
from tasuki.persons import match_store

#: Not the seed of the records that the weights come from.
MEASURED_SEED: Final = 2
PUTS: Final = 1000
ResultT = TypeVar("ResultT")
_SMALL_DRAW: Final = 300_000
_TOGETHER: Final = 0.95


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How a batch compares with the truth, pair by pair."""

    records: int
    true_pairs: int
    f1: float
    precision: float
    recall: float
    automatic: int
    automatic_false_links: int
    for_a_clerk: int

    @classmethod
    def of(cls, batch: Batch, records: int, matches: set[tuple[str, str]]) -> "Accuracy":
        """Compare what the engine proposes, and what it does without asking, with the truth.

        Automatic pairs are all pairs within a cluster that stands, not only those that were linked directly.
        """
        likely = {(link.first, link.second) for link in batch.links if link.is_likely}
        hits = len(likely & matches)
        automatic = set(_automatic_pairs(batch))
        waiting = sum(not is_automatic(link, batch.clusters) for link in batch.links)
        return cls(
            records=records,
            true_pairs=len(matches),
            f1=round(2 * hits / (len(likely) + len(matches)), 5),
            precision=round(hits / len(likely), 5),
            recall=round(hits / len(matches), 5),
            automatic=len(automatic),
            automatic_false_links=len(automatic - matches),
            for_a_clerk=waiting,
        )


def _automatic_pairs(batch: Batch) -> Iterator[tuple[str, str]]:
    members: dict[str, list[str]] = {}
    for record, cluster in batch.clusters.items():
        if not cluster.is_disputed:
            members.setdefault(cluster.label, []).append(record)
    for records in members.values():
        yield from combinations(sorted(records), 2)


def measure_febrl(labelled: LabelledSet) -> dict[str, Any]:
    """Estimate weights from the set itself, without its labels, and match it."""
    of = definition(FEBRL)
    counted = count_pairs(of, labelled.records, drawn=_SMALL_DRAW)
    matcher = Matcher(of, estimate(of, counted, on=date(2026, 11, 26), obtained="the set itself"))
    started = time.perf_counter()
    batch = run_batch(matcher, labelled.records)
    seconds = time.perf_counter() - started
    return _as_dict(Accuracy.of(batch, len(labelled.records), labelled.matches)) | {"seconds": round(seconds, 2)}


def measure_japan(people: int) -> dict[str, Any]:
    """Match the labelled Japanese set with the weights that come with the package, and time it against Splink alone."""
    labelled = list(labelled_records(people=people, seed=MEASURED_SEED))
    matches = true_pairs(labelled)
    matcher = japanese()
    started = time.perf_counter()
    records = [(one.record.key, columns_of(one.record)) for one in labelled]
    folded = time.perf_counter()
    # The quicker of two runs each, taken in turn: other work on the machine only ever slows one down.
    ours, theirs = [], []
    for _ in range(2):
        ours.append(_timed(lambda: run_batch(matcher, records)))
        theirs.append(splink_alone(matcher, records))
    batch = ours[0].value
    seconds, alone = min(one.seconds for one in ours), min(one.seconds for one in theirs)
    cpu, alone_cpu = min(one.cpu_seconds for one in ours), min(one.cpu_seconds for one in theirs)
    return _as_dict(Accuracy.of(batch, len(records), matches)) | {
        "candidate_pairs": batch.candidates,
        "folding_seconds": round(folded - started, 2),
        "seconds": round(seconds, 2),
        "splink_alone_seconds": round(alone, 2),
        "ratio": round(seconds / alone, 2),
        "cpu_seconds": round(cpu, 2),
        "splink_alone_cpu_seconds": round(alone_cpu, 2),
        "cpu_ratio": round(cpu / alone_cpu, 2),
    }


class _Timed(NamedTuple, Generic[ResultT]):
    """What came of something, the seconds it took, and those of all processors together."""

    value: ResultT
    seconds: float
    cpu_seconds: float


def _timed(work: Callable[[], ResultT]) -> _Timed[ResultT]:
    started, began = time.perf_counter(), time.process_time()
    value = work()
    return _Timed(value, time.perf_counter() - started, time.process_time() - began)


def true_pairs(labelled: Sequence[LabelledRecord]) -> set[tuple[str, str]]:
    """Return the pairs of records that truly are of one person."""
    people: dict[int, list[str]] = {}
    for one in labelled:
        people.setdefault(one.person, []).append(one.record.key)
    return {pair for keys in people.values() for pair in combinations(sorted(keys), 2)}


def splink_alone(matcher: Matcher, records: Sequence[tuple[str, Columns]]) -> _Timed[None]:
    """Time Splink by itself on the same folded columns, blocks and weights: candidates, scores, clusters."""

    def match() -> None:
        table = as_arrow(matcher.definition, records)
        linker = Linker(DuckDBAPI(connection).register(table), splink_settings(matcher), log_level=None)
        scored = linker.inference.predict(threshold_match_probability=matcher.definition.clerk_probability)
        linker.clustering.cluster_pairwise_predictions_at_threshold(scored, _TOGETHER)

    with open_database() as connection:
        return _timed(match)


def measure_increments(size: int) -> dict[str, Any]:
    """Fill the index's tables with so many records and time one new or changed record at a time."""
    matcher = japanese()
    records = [
        (one.record.key, columns_of(one.record)) for one in labelled_records(people=size * 100 // 205 + PUTS, seed=3)
    ]
    # Every n-th record comes later; half of those take the place of another record, as a correction does.
    step = len(records) // PUTS
    late = records[::step][:PUTS]
    known = [one for place, one in enumerate(records) if place % step or place // step >= PUTS][:size]
    changes = [
        (known[place * (len(known) // PUTS)][0] if place % 2 else key, values)
        for place, (key, values) in enumerate(late)
    ]
    first = run_batch(matcher, known)
    started = time.perf_counter()
    match_store.fill(matcher, known, first.links, first.clusters)
    match_store.settle_down()
    filled = time.perf_counter() - started
    times, began = [], time.process_time()
    for key, values in changes:
        begun = time.perf_counter()
        match_store.put(matcher, key, values)
        times.append((time.perf_counter() - begun) * 1000)
    own_cpu = (time.process_time() - began) * 1000 / len(changes)
    whole = run_batch(matcher, list((dict(known) | dict(changes)).items()))
    return {
        "records": len(known),
        "changes": len(changes),
        "fill_seconds": round(filled, 1),
        "p50_ms": percentile(times, 0.5),
        "p95_ms": percentile(times, 0.95),
        "own_cpu_ms": round(own_cpu, 2),
        "floor_p95_ms": percentile(durable_rows(PUTS), 0.95),
        "identical_to_batch": match_store.clusters() == dict(whole.clusters),
    }


def _as_dict(accuracy: Accuracy) -> dict[str, Any]:
    return {name: getattr(accuracy, name) for name in Accuracy.__slots__}
