"""What is written to the log: records, their seal, and other parties' checkpoints."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection, transaction

from tasuki.evidence.checkpoints import is_signed_by, public_bytes, read_checkpoint
from tasuki.evidence.errors import MalformedCheckpointError, NotInTransactionError
from tasuki.evidence.leaves import check_aware, check_transaction_number, encode_body
from tasuki.evidence.merkle import is_consistent
from tasuki.evidence.queries import latest_witnessed, witnessed_checkpoint
from tasuki.evidence.sealing import seal
from tasuki.evidence.types import (
    AlreadyKept,
    Checkpoint,
    Entry,
    EntryKind,
    Kept,
    RefusalReason,
    Refused,
    WitnessOutcome,
)

__all__ = ["append", "append_many", "seal", "witness"]

# Up to here one INSERT is as fast as COPY.
_INSERT_AT_MOST = 500
# Any constant: the first of the two numbers of an advisory lock, meaning "the kept checkpoints of one origin".
_WITNESS_LOCK = 0x5457


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
    with connection.cursor() as cursor:
        if len(entries) <= _INSERT_AT_MOST:
            cursor.execute(
                "INSERT INTO evidence_entry (kind, transaction_number, recorded_at, body)"
                " SELECT row.kind, row.number, %s, row.body"
                " FROM unnest(%s::text[], %s::text[], %s::bytea[]) AS row (kind, number, body)",
                [at, kinds, numbers, bodies],
            )
        else:
            with cursor.copy("COPY evidence_entry (kind, transaction_number, recorded_at, body) FROM STDIN") as copy:
                for kind, number, body in zip(kinds, numbers, bodies, strict=True):
                    copy.write_row((kind, number, at, body))


def _check_in_transaction() -> None:
    if not connection.in_atomic_block:
        raise NotInTransactionError(NotInTransactionError.__doc__)


@transaction.atomic
def witness(
    *, note: str, origin: str, proof: Sequence[bytes], public_key: Ed25519PublicKey, at: datetime
) -> WitnessOutcome:
    """Keep another party's checkpoint if its log has only grown since the last one kept; else refuse and record it.

    `proof` leads from the last kept checkpoint to this one. A checkpoint that arrives late, after a larger one, is
    kept when `proof` leads from it to the largest one kept.
    """
    try:
        checkpoint = read_checkpoint(note)
    except MalformedCheckpointError:
        return _refuse(RefusalReason.MALFORMED, note=note, origin=origin, is_signed=False, at=at)
    if checkpoint.origin != origin:
        return _refuse(RefusalReason.OTHER_ORIGIN, note=note, origin=origin, is_signed=False, at=at)
    if not is_signed_by(checkpoint, public_key):
        return _refuse(RefusalReason.BAD_SIGNATURE, note=note, origin=origin, is_signed=False, at=at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_WITNESS_LOCK, origin])
    same_size = witnessed_checkpoint(origin, checkpoint.tree_size)
    if same_size is not None and same_size.note == note:
        return AlreadyKept(checkpoint)
    reason = _why_not_kept(checkpoint, same_size, latest_witnessed(origin), proof)
    if reason is not None:
        return _refuse(reason, note=note, origin=origin, is_signed=True, at=at)
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
    """Record a refusal: in full where the log's own signature makes the text a proof, else only its hash.

    An unsigned text is anybody's, and could carry anything into the log.
    """
    digest = sha256(note.encode(errors="surrogatepass")).hexdigest()
    body: dict[str, object] = {"origin": origin, "reason": reason.value, "sha256": digest}
    if is_signed:
        body["note"] = note
    return Refused(reason, append(kind=EntryKind.CHECKPOINT_REFUSED, body=body, at=at))
