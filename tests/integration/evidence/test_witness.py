"""Other parties' checkpoints: kept when their log has only grown, else refused and recorded."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from tasuki.evidence import merkle, operations, queries
from tasuki.evidence.checkpoints import sign_checkpoint
from tasuki.evidence.types import AlreadyKept, Checkpoint, Kept, Overtaken, RefusalReason, Refused, WitnessOutcome
from tests.integration.evidence.logs import AT

pytestmark = pytest.mark.django_db
PEER = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)
ORIGIN = "tasuki/peer-of-a-test"


class PeerLog:
    """Another party's log, in memory."""

    def __init__(self, name: str = "honest") -> None:
        self.leaves = [merkle.leaf_hash(f"{name} {number}".encode()) for number in range(40)]

    def node(self, height: int, index: int) -> bytes:
        return merkle.perfect_root(self.leaves[index << height : (index + 1) << height])

    def checkpoint(self, size: int, *, previous: int = 0, origin: str = ORIGIN) -> Checkpoint:
        root = merkle.range_hash(0, size, self.node)
        return sign_checkpoint(key=PEER, origin=origin, tree_size=size, root=root, signed_at=AT, previous_size=previous)

    def proof(self, old: int, new: int) -> list[bytes]:
        return merkle.consistency_proof(old, new, self.node)


def offer(
    note: str, proof: list[bytes] | None = None, *, key: Ed25519PrivateKey = PEER, since: int | None = None
) -> WitnessOutcome:
    return operations.witness(
        note=note, origin=ORIGIN, proof=proof or [], public_key=key.public_key(), at=AT, since=since
    )


def recorded(outcome: WitnessOutcome) -> dict[str, object]:
    """Give the body of the record of a refusal."""
    assert isinstance(outcome, Refused)
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, body FROM evidence_entry WHERE entry_id = %s", [outcome.entry_id])
        kind, body = cursor.fetchone()
    assert kind == "checkpoint_refused"
    loaded: dict[str, object] = json.loads(bytes(body))
    assert loaded["reason"] == outcome.reason
    assert loaded["origin"] == ORIGIN
    return loaded


def test_a_growing_log_is_kept() -> None:
    log = PeerLog()
    assert queries.latest_witnessed(ORIGIN) is None
    first, second = log.checkpoint(7), log.checkpoint(20, previous=7)
    assert offer(first.note) == Kept(first)
    assert offer(second.note, log.proof(7, 20)) == Kept(second)
    assert queries.latest_witnessed(ORIGIN) == second
    assert queries.witnessed_checkpoint(ORIGIN, 7) == first


def test_the_same_checkpoint_may_arrive_twice() -> None:
    log = PeerLog()
    offer(log.checkpoint(7).note)
    before = queries.counts()
    assert offer(log.checkpoint(7).note) == AlreadyKept(log.checkpoint(7))
    assert queries.counts() == before


def test_a_late_smaller_checkpoint_is_kept_with_its_proof() -> None:
    log = PeerLog()
    offer(log.checkpoint(20).note)
    assert offer(log.checkpoint(7).note, log.proof(7, 20)) == Kept(log.checkpoint(7))
    assert queries.latest_witnessed(ORIGIN) == log.checkpoint(20)


def test_a_log_that_shrank_is_refused_and_its_signature_kept_as_proof() -> None:
    log = PeerLog()
    offer(log.checkpoint(20).note)
    note = log.checkpoint(7).note
    outcome = offer(note)
    assert recorded(outcome)["note"] == note
    assert recorded(outcome)["reason"] == "shrunk"
    assert queries.latest_witnessed(ORIGIN) == log.checkpoint(20)


@pytest.mark.parametrize("change", ["root", "previous"])
def test_two_checkpoints_of_one_size_are_a_fork(change: str) -> None:
    offer(PeerLog().checkpoint(20).note)
    other = PeerLog("forked").checkpoint(20) if change == "root" else PeerLog().checkpoint(20, previous=1)
    outcome = offer(other.note)
    assert isinstance(outcome, Refused)
    assert outcome.reason is RefusalReason.FORK
    assert recorded(outcome)["note"] == other.note


def test_exchanges_that_cross_each_other_are_no_disagreement() -> None:
    """Two processes ask at once; the one that comes later brings a proof from what is the largest no longer."""
    log, forked = PeerLog(), PeerLog("forked")
    offer(log.checkpoint(7).note)
    offer(log.checkpoint(12).note, log.proof(7, 12))
    late = log.checkpoint(20)
    assert offer(late.note, log.proof(7, 20), since=7) == Overtaken(late)
    assert offer(log.checkpoint(9).note, log.proof(7, 9), since=7) == Overtaken(log.checkpoint(9))
    assert queries.latest_witnessed(ORIGIN) == log.checkpoint(12)
    # What was asked for from the largest is judged, and a second history is one whenever it is seen.
    assert recorded(offer(forked.checkpoint(20).note, forked.proof(12, 20), since=12))["reason"] == "not_consistent"
    assert recorded(offer(forked.checkpoint(12).note, since=7))["reason"] == "fork"
    assert offer(late.note, log.proof(12, 20), since=12) == Kept(late)


@pytest.mark.parametrize("kind", ["forked log", "no proof", "wrong proof"])
def test_a_larger_checkpoint_that_does_not_continue_the_kept_one_is_refused(kind: str) -> None:
    log, forked = PeerLog(), PeerLog("forked")
    offer(log.checkpoint(7).note)
    source = forked if kind == "forked log" else log
    proof = {"forked log": forked.proof(7, 20), "no proof": [], "wrong proof": log.proof(8, 20)}[kind]
    outcome = offer(source.checkpoint(20).note, proof)
    assert recorded(outcome)["reason"] == "not_consistent"
    assert queries.latest_witnessed(ORIGIN) == log.checkpoint(7)


@pytest.mark.parametrize(
    ("note", "key", "reason"),
    [
        ("nonsense", PEER, RefusalReason.MALFORMED),
        ("\ud800", PEER, RefusalReason.MALFORMED),
        (PeerLog().checkpoint(7, origin="tasuki/other").note, PEER, RefusalReason.OTHER_ORIGIN),
        (PeerLog().checkpoint(7).note, Ed25519PrivateKey.generate(), RefusalReason.BAD_SIGNATURE),
    ],
)
def test_what_the_log_did_not_sign_is_recorded_without_its_text(
    note: str, key: Ed25519PrivateKey, reason: RefusalReason
) -> None:
    outcome = offer(note, key=key)
    assert isinstance(outcome, Refused)
    assert outcome.reason is reason
    assert "note" not in recorded(outcome)
    assert queries.latest_witnessed(ORIGIN) is None


def test_logs_of_different_origins_do_not_mix() -> None:
    offer(PeerLog().checkpoint(20).note)
    other = PeerLog("other").checkpoint(7, origin="tasuki/second-peer-of-a-test")
    outcome = operations.witness(
        note=other.note, origin="tasuki/second-peer-of-a-test", proof=[], public_key=PEER.public_key(), at=AT
    )
    assert outcome == Kept(other)
