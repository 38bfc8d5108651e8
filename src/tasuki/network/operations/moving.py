"""Moving an institution to another gateway: the network hears of it from both, and decides who is in charge."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from tasuki.evidence.operations import append, append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.nodes.sql import Row, rows, run
from tasuki.protocol.envelope import listing
from tasuki.protocol.moving import MovePart, MoveStanding, MoveState, MoveTold
from tasuki.shared.actor import Actor

# The gateway in charge begins a move; a second one of an institution waits until the first is over.
_BEGIN = """
INSERT INTO network_move (move, institution, giver, taker, given_digest, taken_digest, state, began_at)
SELECT r.move, r.institution, r.giver, r.taker, '', '', 'open', %(at)s
FROM jsonb_to_recordset(%(told)s::jsonb) AS r(move uuid, institution text, giver text, taker text, part text)
JOIN network_institution i ON i.institution = r.institution AND i.gateway = %(gateway)s
WHERE r.part = 'given' AND r.giver = %(gateway)s
ON CONFLICT DO NOTHING
"""
_HEAR = """
UPDATE network_move m SET
  given_digest = CASE r.part WHEN 'given' THEN r.digest ELSE m.given_digest END,
  taken_digest = CASE r.part WHEN 'taken' THEN r.digest ELSE m.taken_digest END
FROM jsonb_to_recordset(%(told)s::jsonb)
  AS r(move uuid, institution text, giver text, taker text, part text, digest text)
WHERE m.move = r.move AND m.institution = r.institution AND m.giver = r.giver AND m.taker = r.taker
  AND m.state = 'open' AND %(gateway)s = CASE r.part WHEN 'given' THEN m.giver ELSE m.taker END
  AND r.digest <> CASE r.part WHEN 'given' THEN m.given_digest ELSE m.taken_digest END
RETURNING m.move::text, r.part
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """The institution is served by another gateway from now on."""

    giver: str
    taker: str


@dataclass(frozen=True, slots=True)
class NotReady:
    """Why it cannot be switched yet."""

    reason: str


@transaction.atomic(savepoint=False)
def tell_moves(*, items: Sequence[MoveTold], gateway: str, by: Actor, at: dt.datetime) -> list[MoveStanding]:
    """Hear what was given or taken in, record it once, and say where each move stands.

    :param gateway: who tells; of what it gives only while it is in charge, and of what it takes only what is given it.
    """
    values = {"told": listing(items), "gateway": gateway, "at": at}
    run(_BEGIN, values)
    heard = {(row["move"], row["part"]) for row in rows(_HEAR, values)}
    append_many(
        entries=[
            Entry(EntryKind.MOVE_TOLD, one.model_dump(mode="json") | {"by": str(by)})
            for one in items
            if (one.move, one.part.value) in heard
        ],
        at=at,
    )
    found = rows(
        "SELECT move::text, institution, giver, taker, state FROM network_move WHERE move = ANY(%s::uuid[])",
        [[one.move for one in items]],
    )
    known = {row["move"]: row for row in found}
    return [_standing(one, known.get(one.move), gateway) for one in items]


def _standing(told: MoveTold, row: Row | None, gateway: str) -> MoveStanding:
    if row is None:
        reason = "another gateway is in charge, or another move is under way"
        # The taker may be the first to speak: the giver's word is still to come.
        state = MoveState.REFUSED if told.part is MovePart.GIVEN else MoveState.OPEN
        return MoveStanding(move=told.move, state=state, reason=reason)
    speaker = row["giver"] if told.part is MovePart.GIVEN else row["taker"]
    if (row["institution"], row["giver"], row["taker"], speaker) != (told.institution, told.giver, told.taker, gateway):
        return MoveStanding(move=told.move, state=MoveState.REFUSED, reason="it is another move")
    return MoveStanding(move=told.move, state=MoveState(row["state"]))


@transaction.atomic(savepoint=False)
def switch_institution(*, institution: str, by: Actor, at: dt.datetime) -> Moved | NotReady:
    """Put the new gateway in charge of an institution, if it has taken in exactly what was given, and record it.

    Codes that wait for the former gateway go to the new one. From this moment the former one may neither ask for the
    institution nor be asked.
    """
    move = _open_move(institution)
    if move is None:
        return NotReady("no move is under way")
    if not move["given_digest"]:
        return NotReady(f"{move['giver']} has not told yet what it gave")
    if move["given_digest"] != move["taken_digest"]:
        return NotReady(f"{move['taker']} has not taken in what was given")
    run("UPDATE network_institution SET gateway = %s WHERE institution = %s", [move["taker"], institution])
    run("UPDATE network_code_delivery SET gateway = %s WHERE institution = %s", [move["taker"], institution])
    _end(move, MoveState.SWITCHED, at)
    facts = {key: move[key] for key in ("move", "institution", "giver", "taker", "given_digest")}
    append(kind=EntryKind.INSTITUTION_MOVED, body=facts | {"by": str(by)}, at=at)
    return Moved(move["giver"], move["taker"])


@transaction.atomic(savepoint=False)
def call_move_off(*, institution: str, why: str, by: Actor, at: dt.datetime) -> bool:
    """Leave the former gateway in charge, and say whether a move was under way."""
    move = _open_move(institution)
    if move is None:
        return False
    _end(move, MoveState.CALLED_OFF, at)
    facts = {key: move[key] for key in ("move", "institution", "giver", "taker")}
    append(kind=EntryKind.MOVE_CALLED_OFF, body=facts | {"why": why, "by": str(by)}, at=at)
    return True


def _open_move(institution: str) -> Row | None:
    found = rows(
        "SELECT move::text, institution, giver, taker, given_digest, taken_digest FROM network_move"
        " WHERE institution = %s AND ended_at IS NULL FOR UPDATE",
        [institution],
    )
    return found[0] if found else None


def _end(move: Row, state: MoveState, at: dt.datetime) -> None:
    run("UPDATE network_move SET state = %s, ended_at = %s WHERE move = %s", [state.value, at, move["move"]])
