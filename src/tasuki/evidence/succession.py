"""A log that was restored from a backup goes on under a new name; what the record of it says, and whether it holds.

The tree is not begun anew: what was restored stays in it, so that peers can still prove that nothing before the gap was
touched. The name is new, so that nothing signed under the old one, before or after the restore, can be taken for it.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tasuki.evidence.checkpoints import is_signed_by, public_bytes, read_checkpoint
from tasuki.evidence.errors import MalformedCheckpointError
from tasuki.evidence.merkle import is_included, leaf_hash
from tasuki.evidence.types import Checkpoint, EntryKind, KeptElsewhere, ShownSuccession

#: So many checkpoints that are lost here stand in the record, the largest first: its body must stay short.
_MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Statement:
    """What the record of a succession says: from which name to which, and what is lost of the former."""

    log: str
    succeeds: str
    former: frozenset[str]
    restored_size: int
    lost_until: int
    why: str


class BadStatementError(ValueError):
    """The record is not one of a succession, or not in the log that shows it, or nothing signed bears it out."""


def name_after(origin: str, at: datetime) -> str:
    """Give the name by which a log goes on; it holds the time, so that a backup from before cannot give it twice."""
    return f"{origin}/{at.astimezone(UTC):%Y%m%d-%H%M%S}"


def body_of(
    *,
    log: str,
    names: Sequence[str],
    public_key: Ed25519PublicKey,
    restored: Checkpoint | None,
    lost: Sequence[KeptElsewhere],
    not_asked: Sequence[str],
    why: str,
    by: str,
) -> dict[str, object]:
    """Write what the record says: the checkpoint the backup brought back, and what peers keep beyond it."""
    notes = [read_checkpoint(one.note) for one in lost]
    shown = sorted(lost, key=lambda one: -read_checkpoint(one.note).tree_size)[:_MOST_SHOWN]
    return {
        "log": log,
        "succeeds": names[-1],
        "former": sorted({*names, *(one.origin for one in notes)}),
        "public_key": b64encode(public_bytes(public_key)).decode(),
        "restored_size": 0 if restored is None else restored.tree_size,
        "restored": "" if restored is None else restored.note,
        "lost_until": max(one.tree_size for one in notes),
        "kept_elsewhere": {one.peer: one.note for one in shown},
        "not_asked": list(not_asked),
        "why": why,
        "by": by,
    }


def read_statements(
    shown: Sequence[ShownSuccession], checkpoint: Checkpoint, public_key: Ed25519PublicKey
) -> list[Statement]:
    """Read the records of all successions of a log, oldest first, each in the tree of its checkpoint.

    :raises BadStatementError: when one is not in the tree, does not follow the one before it, or shows no checkpoint
        beyond what was restored that the log itself had signed: a gap is believed only where something is missing.
    """
    try:
        found = [_read(one, checkpoint, public_key) for one in shown]
    except (MalformedCheckpointError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadStatementError(str(error)) from error
    follows = all(after.succeeds == before.log for before, after in pairwise(found))
    if not found or not follows or found[-1].log != checkpoint.origin:
        raise BadStatementError("The successions do not lead to the name under which the log is shown.")
    return found


def _read(shown: ShownSuccession, checkpoint: Checkpoint, public_key: Ed25519PublicKey) -> Statement:
    entry = orjson.loads(shown.leaf)
    body = entry["body"]
    is_there = is_included(
        leaf=leaf_hash(shown.leaf),
        leaf_index=shown.leaf_index,
        tree_size=checkpoint.tree_size,
        proof=shown.proof,
        root=checkpoint.root,
    )
    statement = Statement(
        log=str(body["log"]),
        succeeds=str(body["succeeds"]),
        former=frozenset(str(name) for name in body["former"]),
        restored_size=int(body["restored_size"]),
        lost_until=int(body["lost_until"]),
        why=str(body["why"]),
    )
    lost = [read_checkpoint(note) for note in body["kept_elsewhere"].values()]
    if (
        not is_there
        or entry["kind"] != EntryKind.LOG_SUCCEEDED
        or b64decode(body["public_key"]) != public_bytes(public_key)
        or not 0 <= statement.restored_size <= min(shown.leaf_index, statement.lost_until - 1)
        or max((one.tree_size for one in lost), default=0) != statement.lost_until
        or not all(one.origin in statement.former and is_signed_by(one, public_key) for one in lost)
    ):
        raise BadStatementError("The record of the succession does not hold.")
    return statement
