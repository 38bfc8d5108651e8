"""An institution moves to another gateway: closed, given, taken in, and opened only once the network has switched."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.gateway import holdings
from tasuki.gateway.closing import moved_away, wait_for_writers
from tasuki.gateway.errors import GatewayError
from tasuki.gateway.packages import Manifest, PackageInvalidError, digest_of, read_parts, write_package
from tasuki.gateway.payloads import PayloadCipher
from tasuki.gateway.queries import move_under_way
from tasuki.nodes.sql import Row, rows, run
from tasuki.protocol.envelope import wire_time
from tasuki.protocol.moving import MoveState
from tasuki.shared.actor import Actor


class MoveRefusedError(GatewayError):
    """The move cannot go on as it was asked for; the message says why, and nothing was changed."""


@dataclass(frozen=True, slots=True)
class GivingKeys:
    """What a package is made with: our signature, and the sealing key of the gateway that is to open it."""

    sign: Callable[[bytes], str]
    sealing: X25519PublicKey


@transaction.atomic
def close_institution(*, institution: str, taker: str, move: str, why: str, by: Actor, at: dt.datetime) -> str:
    """Close an institution that is to move, and return the number of its move; one that is closed for it stays so.

    From then on nothing is written or answered here of it, and whoever asks is told to ask again.

    :param move: a new number, used where none is under way.
    :raises MoveRefusedError: when it is not served here, has moved away, or is moving elsewhere.
    """
    wait_for_writers()
    served = rows("SELECT suspended_at FROM gateway_institution WHERE institution = %s", [institution])
    if not served:
        raise MoveRefusedError("it is not served here")
    under_way = move_under_way(institution)
    if under_way is not None:
        if (under_way["direction"], under_way["other"]) != ("out", taker):
            raise MoveRefusedError(f"it is moving already: {under_way['direction']} {under_way['other']}")
        return str(under_way["move"])
    if institution in moved_away():
        raise MoveRefusedError("it has moved away")
    if served[0]["suspended_at"] is not None:
        raise MoveRefusedError("it is suspended here, which would not move: suspend it at the network, resume it here")
    run(
        "INSERT INTO gateway_move (institution, move, direction, other, state, rows, digest, began_at)"
        " VALUES (%s, %s, 'out', %s, 'open', 0, '', %s)",
        [institution, move, taker, at],
    )
    body = {"institution": institution, "to": taker, "move": move, "why": why, "by": str(by)}
    append(kind=EntryKind.INSTITUTION_CLOSED, body=body, at=at)
    return move


@transaction.atomic
def give_institution(
    *, institution: str, file: Path, keys: GivingKeys, giver: str, cipher: PayloadCipher, by: Actor, at: dt.datetime
) -> Manifest:
    """Write everything that is held of a closed institution into a package, and record how much, with its digests.

    It may be written as often as needed: nothing changes in between.

    :raises MoveRefusedError: when it was not closed for a move.
    :raises PayloadDamaged: when content cannot be opened; its town is to register it anew first.
    """
    under_way = move_under_way(institution)
    if under_way is None or under_way["direction"] != "out":
        raise MoveRefusedError("it was not closed for a move")
    [served] = rows("SELECT town FROM gateway_institution WHERE institution = %s", [institution])
    manifest = Manifest(
        move=str(under_way["move"]), institution=institution, town=served["town"], giver=giver,
        taker=under_way["other"], made_at=wire_time(at), sealed_key="", content={}, parts=[],
    )  # fmt: skip
    whole = write_package(
        file, parts=holdings.given(institution, cipher), manifest=manifest, key=keys.sealing, sign=keys.sign
    )
    _note(whole, "out")
    append(kind=EntryKind.INSTITUTION_GIVEN, body=_proof(whole) | {"to": whole.taker, "by": str(by)}, at=at)
    return whole


@transaction.atomic
def take_institution(
    *, file: Path, manifest: Manifest, key: X25519PrivateKey, cipher: PayloadCipher, by: Actor, at: dt.datetime
) -> None:
    """Take an institution in, closed until the network has switched, and record what is held then, with its digests.

    What was taken in of it before is replaced: all of a package is here, or nothing. Nobody else writes of it here, so
    the gateway's other institutions need not wait, however long it takes.

    :raises PackageInvalidError: when it cannot be opened, or what is here afterwards is not what was given.
    :raises MoveRefusedError: when it is served here already, or this move is over.
    """
    _check_may_come(manifest)
    institution = manifest.institution
    run(
        "INSERT INTO gateway_institution (institution, town, joined_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (institution) DO UPDATE SET town = EXCLUDED.town",
        [institution, manifest.town, at],
    )
    run(
        "INSERT INTO gateway_move (institution, move, direction, other, state, rows, digest, began_at)"
        " VALUES (%s, %s, 'in', %s, 'open', 0, '', %s) ON CONFLICT DO NOTHING",
        [institution, manifest.move, manifest.giver, at],
    )
    holdings.clear(institution)
    for table, lines in read_parts(file, manifest, key):
        holdings.store(institution, table, lines, cipher)
    if digest_of(holdings.digests(institution, cipher)) != manifest.digest:
        raise PackageInvalidError("what is here now is not what was given")
    _note(manifest, "in")
    append(kind=EntryKind.INSTITUTION_TAKEN, body=_proof(manifest) | {"from": manifest.giver, "by": str(by)}, at=at)


def _check_may_come(manifest: Manifest) -> None:
    under_way = move_under_way(manifest.institution)
    if under_way is not None:
        if (str(under_way["move"]), under_way["direction"]) != (manifest.move, "in"):
            raise MoveRefusedError(f"another move is under way: {under_way['direction']} {under_way['other']}")
        return
    known = rows(
        "SELECT m.move::text, m.direction, m.state FROM gateway_institution i LEFT JOIN gateway_move m"
        " ON m.institution = i.institution WHERE i.institution = %s ORDER BY m.began_at DESC NULLS LAST",
        [manifest.institution],
    )
    if any(row["move"] == manifest.move for row in known):
        raise MoveRefusedError("this move is over")
    if known and (known[0]["direction"], known[0]["state"]) != ("out", MoveState.SWITCHED.value):
        raise MoveRefusedError("it is served here already")


def _note(manifest: Manifest, direction: str) -> None:
    run(
        "UPDATE gateway_move SET rows = %s, digest = %s WHERE institution = %s AND move = %s AND direction = %s",
        [manifest.rows, manifest.digest, manifest.institution, manifest.move, direction],
    )


def _proof(manifest: Manifest) -> Row:
    return {
        "institution": manifest.institution,
        "move": manifest.move,
        "rows": manifest.rows,
        "digest": manifest.digest,
        "tables": {name: one.model_dump() for name, one in manifest.content.items()},
    }


@transaction.atomic
def end_move(*, institution: str, move: str, state: MoveState, by: Actor, at: dt.datetime) -> bool:
    """Follow what the network decided of a move, once: open here or let go here, or leave everything as it was.

    Whoever gave an institution away keeps its exchange records and nothing else of it. What came here of a move that
    was called off goes again, but for exchange records of one that was served here before.
    """
    under_way = move_under_way(institution)
    if under_way is None or str(under_way["move"]) != move or state is MoveState.OPEN:
        return False
    # What the network refuses it does not know of, and never will: it is not told of it again.
    state = MoveState.SWITCHED if state is MoveState.SWITCHED else MoveState.CALLED_OFF
    is_leaving = under_way["direction"] == "out"
    body: Row = {"institution": institution, "move": move, "by": str(by)}
    if is_leaving and state is MoveState.SWITCHED:
        body["let_go"] = holdings.keep_records_only(institution)
    if not is_leaving and state is MoveState.CALLED_OFF:
        _let_go_of_arrival(institution)
    run(
        "UPDATE gateway_move SET state = %s, ended_at = %s WHERE institution = %s AND move = %s",
        [state.value, at, institution, move],
    )
    body["to" if is_leaving else "from"] = under_way["other"]
    kind = EntryKind.INSTITUTION_MOVED if state is MoveState.SWITCHED else EntryKind.MOVE_CALLED_OFF
    append(kind=kind, body=body, at=at)
    return True


@transaction.atomic
def reopen_institution(*, institution: str, why: str, by: Actor, at: dt.datetime) -> bool:
    """Open an institution again of which nothing was given yet, and say whether it was closed for a move.

    What was given the network may have heard of: then only the network can call it off.
    """
    found = rows(
        "UPDATE gateway_move SET state = %s, ended_at = %s WHERE institution = %s AND ended_at IS NULL"
        " AND direction = 'out' AND digest = '' RETURNING move::text, other",
        [MoveState.CALLED_OFF.value, at, institution],
    )
    for row in found:
        body = {"institution": institution, "move": row["move"], "to": row["other"], "why": why, "by": str(by)}
        append(kind=EntryKind.MOVE_CALLED_OFF, body=body, at=at)
    return bool(found)


def _let_go_of_arrival(institution: str) -> None:
    was_here = rows("SELECT FROM gateway_move WHERE institution = %s AND direction = 'out'", [institution])
    if was_here:
        holdings.keep_records_only(institution)
        return
    holdings.clear(institution)
    run("DELETE FROM gateway_institution WHERE institution = %s", [institution])
