"""What is written to the log: records, their seal, and other parties' checkpoints."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection, transaction

from tasuki.evidence import alarms
from tasuki.evidence.checkpoints import is_signed_by, public_bytes, read_checkpoint
from tasuki.evidence.errors import MalformedCheckpointError, NotInTransactionError
from tasuki.evidence.leaves import check_aware, check_transaction_number, encode_body
from tasuki.evidence.merkle import is_consistent
from tasuki.evidence.queries import (
    alarm,
    checkpoint_at,
    latest_witnessed,
    name_of,
    names_of,
    restored_checkpoint,
    witnessed_checkpoint,
)
from tasuki.evidence.sealing import lock_sealer, seal
from tasuki.evidence.storage import copy_entries
from tasuki.evidence.succession import BadStatementError, Statement, body_of, name_after, read_statements
from tasuki.evidence.types import (
    Alarm,
    AlarmReason,
    AlreadyKept,
    Checkpoint,
    Entry,
    EntryKind,
    FollowOutcome,
    Kept,
    KeptElsewhere,
    NeedsProof,
    NothingLost,
    Overtaken,
    RefusalReason,
    Refused,
    ShownSuccession,
    StillDisagrees,
    Succession,
    WitnessOutcome,
)
from tasuki.nodes.sql import byte_array, text_array
from tasuki.shared.actor import Actor

__all__ = [
    "append",
    "append_many",
    "begin_succession",
    "follow_succession",
    "note_agreement",
    "raise_alarm",
    "raise_silence",
    "record_export",
    "seal",
    "settle_alarm",
    "witness",
]

# Up to here one INSERT is as fast as COPY.
_INSERT_AT_MOST = 500


def append(*, kind: EntryKind, body: Mapping[str, object], transaction_number: str | None = None, at: datetime) -> int:
    """Record one act in the transaction of that act, and give the number of the record.

    :raises NotInTransactionError: outside `transaction.atomic`, where the act could be kept without its record.
    :raises InvalidEntryError: when the record has no canonical form.
    """
    _check_in_transaction()
    check_aware(at)
    check_transaction_number(transaction_number)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO evidence_entry (kind, transaction_number, recorded_at, body) VALUES (%s, %s, %s, %s)"
            " RETURNING entry_id",
            [kind.value, transaction_number, at, encode_body(body)],
        )
        (entry_id,) = cursor.fetchone()
    return int(entry_id)


def append_many(*, entries: Sequence[Entry], at: datetime) -> None:
    """Record the acts of one list in the transaction of those acts, with one statement.

    :raises NotInTransactionError: outside `transaction.atomic`.
    :raises InvalidEntryError: when a record has no canonical form; then none is recorded.
    """
    _check_in_transaction()
    check_aware(at)
    if not entries:
        return
    for entry in entries:
        check_transaction_number(entry.transaction_number)
    kinds = [entry.kind.value for entry in entries]
    numbers = [entry.transaction_number for entry in entries]
    bodies = [encode_body(entry.body) for entry in entries]
    if len(entries) > _INSERT_AT_MOST:
        copy_entries(zip(kinds, numbers, bodies, strict=True), at)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO evidence_entry (kind, transaction_number, recorded_at, body)"
            " SELECT row.kind, row.number, %s, row.body"
            " FROM unnest(%s::text[], %s::text[], %s::bytea[]) AS row (kind, number, body)",
            [at, text_array(kinds), text_array(numbers), byte_array(bodies)],
        )


def _check_in_transaction() -> None:
    if not connection.in_atomic_block:
        raise NotInTransactionError(NotInTransactionError.__doc__)


@transaction.atomic
def witness(
    *,
    note: str,
    origin: str,
    proof: Sequence[bytes],
    public_key: Ed25519PublicKey,
    at: datetime,
    since: int | None = None,
) -> WitnessOutcome:
    """Keep another party's checkpoint if its log has only grown since the last one kept; else refuse and record it.

    `origin` is the name its log began with, by which alarms go; the checkpoint must bear the one it has now. `proof`
    leads from the last kept checkpoint to this one. A checkpoint that arrives late, after a larger one, is
    kept when `proof` leads from it to the largest one kept.

    :param since: what was kept here when the proof was asked for. Exchanges of several processes cross each other: a
        proof from there says nothing once more is kept, and the next exchange brings another.
    """
    try:
        checkpoint = read_checkpoint(note)
    except MalformedCheckpointError:
        # A log that shows nothing where it showed something before has lost all of it.
        reason = RefusalReason.MALFORMED if note else RefusalReason.SHRUNK
        return _refuse(reason, note=note, origin=origin, is_signed=False, at=at)
    name = name_of(origin)
    if checkpoint.origin != name:
        return _refuse(RefusalReason.OTHER_ORIGIN, note=note, origin=origin, is_signed=False, at=at)
    if not is_signed_by(checkpoint, public_key):
        return _refuse(RefusalReason.BAD_SIGNATURE, note=note, origin=origin, is_signed=False, at=at)
    alarms.lock(origin)
    same_size = witnessed_checkpoint(name, checkpoint.tree_size)
    if same_size is not None and same_size.note == note:
        return AlreadyKept(checkpoint)
    largest = latest_witnessed(name)
    disagreement = _why_not_kept(checkpoint, same_size, largest, proof)
    if disagreement is not None:
        held = 0 if largest is None else largest.tree_size
        if since is not None and since != held and disagreement is not RefusalReason.FORK:
            return Overtaken(checkpoint)
        return _refuse(disagreement, note=note, origin=origin, is_signed=True, at=at)
    _keep(checkpoint, public_key, at)
    return Kept(checkpoint)


def _why_not_kept(
    checkpoint: Checkpoint, same_size: Checkpoint | None, largest: Checkpoint | None, proof: Sequence[bytes]
) -> RefusalReason | None:
    """Compare a checkpoint with what is kept of its log; None means that it may be kept."""
    if same_size is not None:
        # One log signs one checkpoint for each size, so a second one is a second history.
        return RefusalReason.FORK
    if largest is None:
        return None
    old, new = sorted((largest, checkpoint), key=lambda one: one.tree_size)
    if is_consistent(old_size=old.tree_size, new_size=new.tree_size, old_root=old.root, new_root=new.root, proof=proof):
        return None
    return RefusalReason.SHRUNK if new is largest else RefusalReason.NOT_CONSISTENT


def _keep(checkpoint: Checkpoint, public_key: Ed25519PublicKey, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO evidence_witnessed (origin, tree_size, root, note, public_key, received_at)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [checkpoint.origin, checkpoint.tree_size, checkpoint.root, checkpoint.note, public_bytes(public_key), at],
        )


def _refuse(reason: RefusalReason, *, note: str, origin: str, is_signed: bool, at: datetime) -> Refused:
    """Record a refusal, and raise the alarm: in full where the log's own signature makes the text a proof.

    An unsigned text is anybody's, and could carry anything into the log, so that only its hash is kept. What was
    refused before is counted and not recorded again: peers show their newest checkpoint every few seconds.
    """
    digest = sha256(note.encode(errors="surrogatepass")).hexdigest()
    body: dict[str, object] = {"origin": origin, "reason": reason.value, "sha256": digest}
    if is_signed:
        body["note"] = note
    about = AlarmReason(reason.value)
    alarms.lock(origin)
    again = alarms.seen_again(origin=origin, reason=about, digest=digest, at=at)
    if again is not None:
        return Refused(reason, again)
    entry_id = append(kind=EntryKind.CHECKPOINT_REFUSED, body=body, at=at)
    _keep_alarm(about, origin=origin, digest=digest, entry_id=entry_id, at=at)
    return Refused(reason, entry_id)


def _keep_alarm(reason: AlarmReason, *, origin: str, digest: str, entry_id: int, at: datetime) -> None:
    if alarms.keep(origin=origin, reason=reason, digest=digest, entry_id=entry_id, at=at):
        body = {"origin": origin, "reason": reason.value, "entry": entry_id}
        append(kind=EntryKind.PEER_ALARM_RAISED, body=body, at=at)


@transaction.atomic
def begin_succession(
    *,
    origin: str,
    kept: Sequence[KeptElsewhere],
    not_asked: Sequence[str],
    public_key: Ed25519PublicKey,
    why: str,
    by: Actor,
    at: datetime,
) -> Succession | NothingLost:
    """Let a log that was restored from a backup go on under a new name, and record what of the old one is lost.

    The old name ends with the last checkpoint that the backup brought back: the newest one from before every checkpoint
    that peers keep and this log does not have. What was signed under it since is nobody's proof.

    :param kept: what peers keep of the log now; `not_asked` are those who could not be had.
    :raises MalformedCheckpointError: when a peer shows something that this log never signed.
    """
    with connection.cursor() as cursor:
        lock_sealer(cursor)
    lost = [one for one in kept if not _is_in_log(one.note)]
    if not lost:
        return NothingLost()
    notes = [read_checkpoint(one.note) for one in lost]
    names = names_of(origin)
    if not all(is_signed_by(one, public_key) and one.origin.startswith(origin) for one in notes):
        raise MalformedCheckpointError("A peer shows a checkpoint that this log did not sign.")
    restored = restored_checkpoint(
        below=min(one.tree_size for one in notes), before=max(one.signed_at for one in notes)
    )
    body = body_of(
        log=name_after(origin, at), names=names, public_key=public_key, restored=restored, lost=lost,
        not_asked=not_asked, why=why, by=str(by),
    )  # fmt: skip
    entry_id = append(kind=EntryKind.LOG_SUCCEEDED, body=body, at=at)
    size = 0 if restored is None else restored.tree_size
    lost_until = max(one.tree_size for one in notes)
    begun = Succession(origin, names[-1], str(body["log"]), size, lost_until, why, at, entry_id)
    _add_succession(begun)
    return begun


def _is_in_log(note: str) -> bool:
    own = checkpoint_at(read_checkpoint(note).tree_size)
    return own is not None and own.note == note


def _add_succession(one: Succession) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO evidence_succession"
            " (first_name, succeeds, log, restored_size, lost_until, why, declared_at, entry_id)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                one.first_name, one.succeeds, one.log, one.restored_size, one.lost_until, one.why, one.declared_at,
                one.entry_id,
            ],
        )  # fmt: skip


@transaction.atomic
def follow_succession(
    *,
    origin: str,
    shown: Sequence[ShownSuccession],
    note: str,
    proof: Sequence[bytes],
    since: int,
    public_key: Ed25519PublicKey,
    by: Actor,
    at: datetime,
) -> FollowOutcome:
    """Go on keeping the log of a peer that was restored, under its new name; whoever reads the alarm must end it.

    What is lost stays recorded as lost. What the peer says it still has must be what was kept of it here, which `proof`
    shows from the size `since`; else this is no restore, and refused like any other log written anew. A log whose name
    is known already is witnessed as ever.
    """
    try:
        checkpoint = read_checkpoint(note)
    except MalformedCheckpointError:
        return _refuse(RefusalReason.MALFORMED, note=note, origin=origin, is_signed=False, at=at)
    known = name_of(origin)
    if checkpoint.origin == known or not is_signed_by(checkpoint, public_key):
        return witness(note=note, origin=origin, proof=proof, public_key=public_key, at=at, since=since)
    alarms.lock(origin)
    try:
        fresh = _fresh(read_statements(shown, checkpoint, public_key), known)
    except BadStatementError:
        return _refuse(RefusalReason.MALFORMED, note=note, origin=origin, is_signed=True, at=at)
    if not fresh:
        return _refuse(RefusalReason.OTHER_ORIGIN, note=note, origin=origin, is_signed=True, at=at)
    agreed = latest_witnessed(known, up_to=min(one.restored_size for one in fresh))
    if agreed is not None and since != agreed.tree_size:
        return NeedsProof(agreed.tree_size)
    if agreed is not None and _why_not_kept(checkpoint, None, agreed, proof) is not None:
        return _refuse(RefusalReason.NOT_CONSISTENT, note=note, origin=origin, is_signed=True, at=at)
    _follow(fresh, checkpoint, origin=origin, known=known, shown=shown, by=by, at=at)
    _keep(checkpoint, public_key, at)
    return Kept(checkpoint)


def _fresh(statements: Sequence[Statement], known: str) -> Sequence[Statement]:
    """Give the successions since the name by which a log is known here; none when they do not lead from it."""
    logs = [one.log for one in statements]
    if known in logs:
        return statements[logs.index(known) + 1 :]
    place = next((number for number, one in enumerate(statements) if known in one.former), len(statements))
    return statements[place:]


def _follow(
    fresh: Sequence[Statement],
    checkpoint: Checkpoint,
    *,
    origin: str,
    known: str,
    shown: Sequence[ShownSuccession],
    by: Actor,
    at: datetime,
) -> None:
    """Record a succession that holds, by what the peer said and by what is kept here, and raise its alarm."""
    largest = latest_witnessed(known)
    held = 0 if largest is None else largest.tree_size
    body = {
        "origin": origin,
        "log": checkpoint.origin,
        "known_as": known,
        "held": held,
        "note": checkpoint.note,
        "statement": shown[-1].leaf.decode(),
        "by": str(by),
    }
    entry_id = append(kind=EntryKind.SUCCESSION_FOLLOWED, body=body, at=at)
    for one in fresh:
        until = max(one.lost_until, held)
        _add_succession(Succession(origin, one.succeeds, one.log, one.restored_size, until, one.why, at, entry_id))
    digest = sha256(checkpoint.note.encode()).hexdigest()
    _keep_alarm(AlarmReason.RESTORED, origin=origin, digest=digest, entry_id=entry_id, at=at)


@transaction.atomic
def raise_alarm(*, origin: str, reason: AlarmReason, facts: Mapping[str, object], by: Actor, at: datetime) -> int:
    """Raise an alarm about what stands between a peer and our own log, and give the number of its record.

    The same facts once more are counted only.
    """
    body = {"origin": origin, "reason": reason.value, **facts, "by": str(by)}
    digest = sha256(encode_body(dict(facts))).hexdigest()
    alarms.lock(origin)
    again = alarms.seen_again(origin=origin, reason=reason, digest=digest, at=at)
    if again is not None:
        return again
    entry_id = append(kind=EntryKind.PEER_ALARM_RAISED, body=body, at=at)
    alarms.keep(origin=origin, reason=reason, digest=digest, entry_id=entry_id, at=at)
    return entry_id


@transaction.atomic
def note_agreement(*, origin: str, by: Actor, at: datetime) -> None:
    """Note that a peer's newest checkpoint and ours fit what each keeps of the other; its silence is over with that."""
    for alarm_id in alarms.agreed(origin=origin, at=at):
        body = {"origin": origin, "alarm": alarm_id, "why": "heard again", "by": str(by)}
        append(kind=EntryKind.PEER_ALARM_SETTLED, body=body, at=at)
        alarms.settle(alarm_id=alarm_id, by=str(by), why="heard again", at=at)


@transaction.atomic
def raise_silence(*, origins: Sequence[str], limit: timedelta, by: Actor, at: datetime) -> int:
    """Raise an alarm about each of these logs that has not agreed for longer than the limit; give how many are new."""
    silent = alarms.newly_silent(origins=origins, before=at - limit, at=at)
    for origin in silent:
        facts = {"minutes": int(limit.total_seconds()) // 60}
        raise_alarm(origin=origin, reason=AlarmReason.SILENT, facts=facts, by=by, at=at)
    return len(silent)


@transaction.atomic
def settle_alarm(*, alarm_id: int, why: str, by: Actor, at: datetime) -> Alarm | StillDisagrees | None:
    """End an alarm because somebody found out why it came; None when there is no open one of this number.

    While the logs still disagree there is nothing to end: then it says so and stays as it is.
    """
    found = alarm(alarm_id)
    if found is None or found.settled_at is not None:
        return None
    if not alarms.agreed_since(found):
        return StillDisagrees(found)
    body = {"origin": found.origin, "alarm": alarm_id, "why": why, "by": str(by)}
    append(kind=EntryKind.PEER_ALARM_SETTLED, body=body, at=at)
    alarms.settle(alarm_id=alarm_id, by=str(by), why=why, at=at)
    return alarm(alarm_id)


@transaction.atomic
def record_export(*, records: int, kept_of: Mapping[str, int], by: Actor, at: datetime) -> None:
    """Record that the log, and what is kept of peers' logs, is taken out of the node."""
    append(kind=EntryKind.EVIDENCE_EXPORTED, body={"records": records, "kept_of": dict(kept_of), "by": str(by)}, at=at)
