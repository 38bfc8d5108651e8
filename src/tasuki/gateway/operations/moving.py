"""An institution moves to another gateway: closed, given, taken in, and opened only once the network has switched."""

import contextlib
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
from tasuki.gateway.packages import (
    Line,
    Manifest,
    PackageInvalidError,
    check_parts,
    digest_of,
    read_parts,
    write_package,
)
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


def take_institution(
    *, file: Path, manifest: Manifest, key: X25519PrivateKey, cipher: PayloadCipher, by: Actor, at: dt.datetime
) -> None:
    """Take an institution in, closed until the network has switched, and record what is held then, with its digests.

    Each part is one transaction: interrupted, the same package goes on where it stopped. Another package of the move
    begins anew. One that was served here before, whose exchange records a package replaces, is taken in at once.

    :raises PackageInvalidError: when it cannot be opened, or what is here afterwards is not what was given. Nothing of
        it is kept then.
    :raises MoveRefusedError: when it is served here already, this move is over, or somebody else takes it in just now.
    """
    check_parts(file, manifest, key)
    at_once = bool(
        rows("SELECT FROM gateway_move WHERE institution = %s AND direction = 'out'", [manifest.institution])
    )
    with transaction.atomic() if at_once else contextlib.nullcontext():
        first = _begin_taking(manifest, at)
        for number, (table, lines) in enumerate(read_parts(file, manifest, key, first), first):
            _take_part(manifest, number, table, lines, cipher)
        try:
            _end_taking(manifest, cipher, by, at)
        except PackageInvalidError:
            if not at_once:
                _forget_arrival(manifest.institution)
            raise


@transaction.atomic
def _begin_taking(manifest: Manifest, at: dt.datetime) -> int:
    """Let an institution be here, closed, and return the part to go on with."""
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
    begun = rows(
        "SELECT parts FROM gateway_move WHERE institution = %s AND move = %s AND package = %s FOR UPDATE",
        [institution, manifest.move, manifest.mark],
    )
    if begun:
        return int(begun[0]["parts"])
    holdings.clear(institution)
    run(
        "UPDATE gateway_move SET package = %s, parts = 0 WHERE institution = %s AND move = %s",
        [manifest.mark, institution, manifest.move],
    )
    return 0


@transaction.atomic
def _take_part(manifest: Manifest, number: int, table: str, lines: list[Line], cipher: PayloadCipher) -> None:
    """Store one part, once: two imports of a package cannot both."""
    took = run(
        "UPDATE gateway_move SET parts = %s WHERE institution = %s AND move = %s AND package = %s AND parts = %s"
        " AND ended_at IS NULL",
        [number + 1, manifest.institution, manifest.move, manifest.mark, number],
    )
    if not took:
        raise MoveRefusedError("it is being taken in, or was called off, by somebody else just now")
    holdings.store(manifest.institution, table, lines, cipher)


@transaction.atomic
def _end_taking(manifest: Manifest, cipher: PayloadCipher, by: Actor, at: dt.datetime) -> None:
    # The row is held, so that nobody begins anew with another package meanwhile.
    held = rows(
        "SELECT FROM gateway_move WHERE institution = %s AND move = %s AND package = %s AND ended_at IS NULL"
        " FOR UPDATE",
        [manifest.institution, manifest.move, manifest.mark],
    )
    if not held:
        raise MoveRefusedError("it is being taken in, or was called off, by somebody else just now")
    if digest_of(holdings.digests(manifest.institution, cipher)) != manifest.digest:
        raise PackageInvalidError("what is here now is not what was given")
    _note(manifest, "in")
    append(kind=EntryKind.INSTITUTION_TAKEN, body=_proof(manifest) | {"from": manifest.giver, "by": str(by)}, at=at)


@transaction.atomic
def _forget_arrival(institution: str) -> None:
    """Be as if nothing had come, where a package was taken in only in part and nothing was told of it."""
    holdings.clear(institution)
    run("DELETE FROM gateway_move WHERE institution = %s AND ended_at IS NULL AND direction = 'in'", [institution])
    run("DELETE FROM gateway_institution WHERE institution = %s", [institution])


def _check_may_come(manifest: Manifest) -> None:
    under_way = move_under_way(manifest.institution)
    if under_way is not None:
        if (str(under_way["move"]), under_way["direction"]) != (manifest.move, "in"):
            raise MoveRefusedError(f"another move is under way: {under_way['direction']} {under_way['other']}")
        return
    if rows("SELECT FROM gateway_move WHERE move = %s AND ended_at IS NOT NULL", [manifest.move]):
        raise MoveRefusedError("this move is over")
    known = rows(
        "SELECT m.move::text, m.direction, m.state FROM gateway_institution i LEFT JOIN gateway_move m"
        " ON m.institution = i.institution WHERE i.institution = %s ORDER BY m.began_at DESC NULLS LAST",
        [manifest.institution],
    )
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
    """Open an institution again of which nothing was given yet, or let go of one taken in only in part; say whether.

    What was given or taken in whole the network may have heard of: then only the network can call it off.
    """
    found = rows(
        "UPDATE gateway_move SET state = %s, ended_at = %s WHERE institution = %s AND ended_at IS NULL"
        " AND direction = 'out' AND digest = '' RETURNING move::text, other",
        [MoveState.CALLED_OFF.value, at, institution],
    )
    arriving = rows(
        "SELECT move::text, other FROM gateway_move WHERE institution = %s AND ended_at IS NULL"
        " AND direction = 'in' AND digest = '' FOR UPDATE",
        [institution],
    )
    if arriving:
        _forget_arrival(institution)
    for row, way in [*((row, "to") for row in found), *((row, "from") for row in arriving)]:
        body = {"institution": institution, "move": row["move"], way: row["other"], "why": why, "by": str(by)}
        append(kind=EntryKind.MOVE_CALLED_OFF, body=body, at=at)
    return bool(found or arriving)


def _let_go_of_arrival(institution: str) -> None:
    was_here = rows("SELECT FROM gateway_move WHERE institution = %s AND direction = 'out'", [institution])
    if was_here:
        holdings.keep_records_only(institution)
        return
    holdings.clear(institution)
    run("DELETE FROM gateway_institution WHERE institution = %s", [institution])
