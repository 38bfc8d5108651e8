"""A log restored from a backup goes on under a new name, and its peers follow until somebody there says why."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from tasuki.evidence import merkle, operations, queries
from tasuki.evidence.checkpoints import sign_checkpoint
from tasuki.evidence.errors import MalformedCheckpointError
from tasuki.evidence.export import write_export
from tasuki.evidence.leaves import encode_body, encode_leaf, format_instant
from tasuki.evidence.succession import body_of
from tasuki.evidence.types import (
    AlarmReason,
    Checkpoint,
    FollowOutcome,
    Kept,
    KeptElsewhere,
    NeedsProof,
    NothingLost,
    RefusalReason,
    Refused,
    ShownSuccession,
    Succession,
)
from tasuki.evidence.verifier import verify_export
from tasuki.nodes.types import Databases
from tasuki.shared.actor import system_actor
from tests.integration.evidence.logs import AT, KEY, ORIGIN, append_committed, as_owner, seal
from tests.integration.evidence.test_witness import ORIGIN as PEERS
from tests.integration.evidence.test_witness import PEER
from tests.unit.evidence.test_lost_in_restore import kept as witness_file

BY = system_actor("test")
RESTORED_AT = AT + timedelta(days=1)
NEW = f"{PEERS}/20260402-000000"


def bodies(kind: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM evidence_entry WHERE kind = %s ORDER BY entry_id", [kind])
        return [json.loads(bytes(body)) for (body,) in cursor.fetchall()]


# --- the node that was restored ---


def restore(urls: Databases, size: int) -> None:
    """Bring the log back to what it was at a size, as a backup would."""
    tail = f"leaf_index >= {size}"
    inner = f"SELECT entry_id FROM evidence_leaf WHERE {tail}"  # noqa: S608 -- a number of ours
    as_owner(urls, "evidence_entry", f"DELETE FROM evidence_entry WHERE entry_id IN ({inner})")  # noqa: S608 -- ours
    as_owner(urls, "evidence_leaf", f"DELETE FROM evidence_leaf WHERE {tail}")  # noqa: S608 -- ours
    as_owner(urls, "evidence_checkpoint", f"DELETE FROM evidence_checkpoint WHERE tree_size > {size}")  # noqa: S608 -- ours
    cut = f"hashes = substring(hashes FROM 1 FOR {size * 32}), width = {size}"
    as_owner(urls, "evidence_tile", f"UPDATE evidence_tile SET {cut}")  # noqa: S608 -- ours


@pytest.fixture
def lost(committed: Databases) -> Checkpoint:
    """Give the checkpoint of ten records that a peer keeps of our log, which was restored to its first four."""
    append_committed(4)
    seal()
    append_committed(6)
    newest = seal()
    assert newest is not None
    restore(committed, 4)
    return newest


def begin(*notes: str) -> Succession | NothingLost:
    return operations.begin_succession(
        origin=ORIGIN, kept=[KeptElsewhere(f"peer-{place}", note) for place, note in enumerate(notes)],
        not_asked=["town-a"], public_key=KEY.public_key(), why="the disk failed", by=BY, at=RESTORED_AT,
    )  # fmt: skip


def test_the_log_goes_on_under_a_new_name_and_says_what_is_lost(lost: Checkpoint, tmp_path: Path) -> None:
    # What the node had already sealed since, under its old name, is nobody's proof.
    append_committed(1, tag="since")
    since = operations.seal(key=KEY, origin=ORIGIN, at=RESTORED_AT, limit=50)
    begun = begin(lost.note)
    assert isinstance(begun, Succession)
    assert (begun.succeeds, begun.restored_size, begun.lost_until) == (ORIGIN, 4, 10)
    [record] = bodies("log_succeeded")
    assert (record["kept_elsewhere"], record["not_asked"]) == ({"peer-0": lost.note}, ["town-a"])
    newest = seal()
    assert since is not None
    assert newest is not None
    assert (since.origin, newest.origin) == (ORIGIN, begun.log)
    append_committed(3)
    assert getattr(seal(), "origin", None) == begun.log

    export, kept = tmp_path / "log.jsonl", tmp_path / "kept.jsonl"
    write_export(export, origin=begun.log, public_key=KEY.public_key())
    kept.write_bytes(witness_file(lost, origin=ORIGIN))
    report = verify_export(export, [kept])
    assert (report.ok, [(loss.first, loss.last) for loss in report.lost]) == (True, [(4, 9)])


def test_a_log_restored_twice_never_takes_a_name_again(lost: Checkpoint, committed: Databases) -> None:
    begin(lost.note)
    named = seal()
    assert named is not None
    as_owner(committed, "evidence_succession", "DELETE FROM evidence_succession")
    restore(committed, 4)
    second = operations.begin_succession(
        origin=ORIGIN, kept=[KeptElsewhere("network", named.note)], not_asked=[], public_key=KEY.public_key(),
        why="again", by=BY, at=RESTORED_AT + timedelta(hours=1),
    )  # fmt: skip
    assert isinstance(second, Succession)
    assert (second.succeeds, second.log != named.origin) == (ORIGIN, True)
    assert bodies("log_succeeded")[-1]["former"] == [ORIGIN, named.origin]


def test_where_nothing_is_lost_the_name_stays(committed: Databases) -> None:
    append_committed(4)
    newest = seal()
    assert newest is not None
    assert begin(newest.note) == begin() == NothingLost()
    assert bodies("log_succeeded") == []


def test_what_the_log_never_signed_proves_no_loss(lost: Checkpoint) -> None:
    forged = sign_checkpoint(key=PEER, origin=ORIGIN, tree_size=9, root=bytes(32), signed_at=AT, previous_size=0)
    with pytest.raises(MalformedCheckpointError):
        begin(lost.note, forged.note)
    assert queries.successions() == []


def test_the_name_is_kept_only_with_its_record(lost: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> int:
        raise RuntimeError("the log is full")

    monkeypatch.setattr(operations, "append", broken)
    with pytest.raises(RuntimeError, match="full"):
        begin(lost.note)
    assert queries.name_of(ORIGIN) == ORIGIN


# --- its peers ---


class Restored:
    """A peer's log in memory: ten records as they were, of which the backup knows four, and what came since."""

    def __init__(self, kept_beyond: int = 10, origin: str = PEERS) -> None:
        self.first, self.name = origin, f"{origin}/20260402-000000"
        self.before = [f"record {number}".encode() for number in range(10)]
        self.lost = self._signed(self.before, kept_beyond, self.first)
        body = body_of(
            log=self.name, names=[self.first], public_key=PEER.public_key(),
            restored=self._signed(self.before, 4, self.first),
            lost=[KeptElsewhere("network", self.lost.note)], not_asked=[], why="the disk failed", by=str(BY),
        )  # fmt: skip
        self.record = encode_leaf(
            kind="log_succeeded", transaction_number=None, recorded_at=format_instant(AT), body=encode_body(body)
        )
        self.leaves = [*self.before[:4], self.record, b"one more"]

    def witnessed(self, *sizes: int) -> None:
        """Keep what the log showed before."""
        last = 0
        for size in sizes:
            proof = merkle.consistency_proof(last, size, self._node(self.before)) if last else []
            note = self._signed(self.before, size, self.first).note
            kept = operations.witness(note=note, origin=self.first, proof=proof, public_key=PEER.public_key(), at=AT)
            assert isinstance(kept, Kept)
            last = size

    def follow(self, since: int, *, origin: str = "", shown: bytes | None = None) -> FollowOutcome:
        """Show the log as it is now, with the proof from a size."""
        node, size = self._node(self.leaves), len(self.leaves)
        proof = tuple(merkle.inclusion_proof(4, size, node))
        return operations.follow_succession(
            origin=self.first, shown=[ShownSuccession(self.record if shown is None else shown, 4, proof)],
            note=self._signed(self.leaves, size, origin or self.name).note,
            proof=merkle.consistency_proof(since, size, node) if 0 < since < size else [],
            since=since, public_key=PEER.public_key(), by=BY, at=RESTORED_AT,
        )  # fmt: skip

    @staticmethod
    def _node(leaves: list[bytes]) -> merkle.ReadNode:
        hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
        return lambda height, index: merkle.perfect_root(hashes[index << height : (index + 1) << height])

    def _signed(self, leaves: list[bytes], size: int, origin: str, at: datetime = AT) -> Checkpoint:
        root = merkle.range_hash(0, size, self._node(leaves))
        return sign_checkpoint(key=PEER, origin=origin, tree_size=size, root=root, signed_at=at, previous_size=0)


def reasons() -> list[AlarmReason]:
    return [alarm.reason for alarm in queries.open_alarms()]


@pytest.mark.django_db
def test_a_peer_follows_and_stays_in_doubt_until_somebody_says_why() -> None:
    log = Restored()
    log.witnessed(3, 10)
    assert log.follow(0) == NeedsProof(3)
    assert isinstance(log.follow(3), Kept)
    [followed] = bodies("succession_followed")
    assert (followed["held"], followed["known_as"], followed["statement"]) == (10, PEERS, log.record.decode())
    [seen] = queries.peer_logs([PEERS])
    assert (seen.is_in_doubt, seen.kept_size, reasons()) == (True, 6, [AlarmReason.RESTORED])

    at = RESTORED_AT + timedelta(minutes=1)
    operations.note_agreement(origin=PEERS, by=BY, at=at)
    operations.settle_alarm(alarm_id=seen.alarms[0].alarm_id, why="they told us by telephone", by=BY, at=at)
    assert reasons() == []
    # The loss stays on record, and the old name stays closed.
    assert [(one.log, one.restored_size, one.lost_until) for one in queries.successions(PEERS)] == [(NEW, 4, 10)]
    old = operations.witness(note=log.lost.note, origin=PEERS, proof=[], public_key=PEER.public_key(), at=at)
    assert isinstance(old, Refused)
    assert old.reason is RefusalReason.OTHER_ORIGIN


@pytest.mark.django_db
def test_the_same_once_more_changes_nothing() -> None:
    log = Restored()
    log.witnessed(10)
    log.follow(0)
    again = log.follow(6)
    assert type(again).__name__ == "AlreadyKept"
    assert len(bodies("succession_followed")) == 1


@pytest.mark.django_db
def test_what_is_kept_here_beyond_what_was_said_is_lost_too() -> None:
    log = Restored(kept_beyond=8)
    log.witnessed(10)
    log.follow(0)
    assert [one.lost_until for one in queries.successions(PEERS)] == [10]


@pytest.mark.django_db
def test_a_log_written_anew_that_calls_itself_restored_is_an_alarm() -> None:
    log = Restored()
    log.witnessed(3, 10)
    log.leaves[1] = b"rewritten"
    outcome = log.follow(3)
    assert isinstance(outcome, Refused)
    assert (outcome.reason, reasons()) == (RefusalReason.NOT_CONSISTENT, [AlarmReason.NOT_CONSISTENT])
    assert queries.name_of(PEERS) == PEERS


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["another record", "another name", "another key"])
def test_a_record_that_does_not_hold_is_an_alarm(what: str) -> None:
    log = Restored()
    log.witnessed(10)
    match what:
        case "another record":
            outcome = log.follow(0, shown=log.record.replace(b'"lost_until":10', b'"lost_until":11'))
        case "another name":
            outcome = log.follow(0, origin=f"{PEERS}/20260403-000000")
        case _:
            stranger = Ed25519PrivateKey.from_private_bytes(b"\x09" * 32).public_key()
            outcome = operations.follow_succession(
                origin=PEERS, shown=[ShownSuccession(log.record, 4, ())], note=log.lost.note.replace(PEERS, NEW),
                proof=[], since=0, public_key=stranger, by=BY, at=AT,
            )  # fmt: skip
    assert isinstance(outcome, Refused)
    assert reasons() != []
    assert queries.successions(PEERS) == []
