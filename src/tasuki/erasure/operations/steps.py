"""The erasure itself, step by step; each is stamped when it is done, so that an interrupted one goes on where it was.

tell     the gateway stops answering about these people, or hears that results were taken back
delete   the town's own tables, in one transaction with its record
forget   the gateway forgets the people, replicas and code, then the index lets go of them
prove    every table is looked through; what is left is a proof that names nobody
"""

import datetime as dt
from collections.abc import Mapping
from typing import Final
from uuid import UUID

import orjson
from django.db import transaction

from tasuki.erasure import queries
from tasuki.erasure.catalogue import SYSTEMS, Fate
from tasuki.erasure.due import obstacles
from tasuki.erasure.errors import RowsLeftError
from tasuki.erasure.lists import add_what_belongs, check_list
from tasuki.erasure.places import counted, delete_unguarded, digested, files_beyond
from tasuki.erasure.queries import keyed
from tasuki.erasure.types import Erasure, State, Subject
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import byte_array, rows, run
from tasuki.persons import operations as index
from tasuki.persons.types.merging import GatewayTaskKind
from tasuki.screening.operations.erasing import take_back_results
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

#: So a key ends whose person the index keeps, because another system knows them.
_KNOWN_ELSEWHERE: Final = "DELETE FROM erasure_item WHERE erasure_id = %s AND kind = 'UNIFIED' AND NOT key = ANY(%s)"


def carry_on(
    *, erasure_id: UUID, secret: bytes, backups_kept: dt.timedelta, by: Actor, at: dt.datetime
) -> State | None:
    """Take an approved erasure its next step, if it may be taken now; give how it stands then, None where it waits.

    :raises ListChangedError: when the list is not the one that was approved.
    :raises RowsLeftError: when something is still there that was to go; the next round deletes again.
    """
    found = queries.erasure(erasure_id)
    if found is None or found.state not in (State.APPROVED, State.UNDER_WAY):
        return None
    if found.told_at is None:
        done = _tell(found, secret, by, at)
    elif found.deleted_at is None:
        done = _delete(found, secret, by, at)
    elif found.indexed_at is None:
        done = _forget(found, by, at)
    else:
        done = _prove(found, secret, backups_kept, by, at)
    standing = queries.erasure(erasure_id)
    return standing.state if done and standing is not None else None


@transaction.atomic
def record_certificate(*, erasure_id: UUID, by: Actor, at: dt.datetime) -> None:
    """Record, before it is given, that somebody took the certificate of an erasure."""
    append(kind=EntryKind.CERTIFICATE_TAKEN, body=_body(erasure_id, by), at=at)


def _tell(found: Erasure, secret: bytes, by: Actor, at: dt.datetime) -> bool:
    keys = check_list(found, secret)
    if _is_stopped(found, keys, at):
        return False
    with transaction.atomic():
        append(kind=EntryKind.ERASURE_BEGUN, body=_body(found.erasure_id, by), at=at)
    with transaction.atomic():
        _stamp(found, "told_at", at)
        add_what_belongs(found)
        if found.subject is Subject.RESULT:
            take_back_results(result_ids=[UUID(key) for key in keys["RESULT"]], by=by, at=at)
        # Another database: should this transaction fail, the people are stopped all the same, and asked for again.
        people = queries.keys_of(found.erasure_id).get("UNIFIED", [])
        index.have_gateway(kind=GatewayTaskKind.STOP, people=people, by=by, at=at)
    return True


def _delete(found: Erasure, secret: bytes, by: Actor, at: dt.datetime) -> bool:
    keys = check_list(found, secret)
    if _is_stopped(found, keys, at) or _gateway_waits(found, keys):
        return False
    with transaction.atomic():
        run("SELECT FROM erasure_request WHERE erasure_id = %s FOR UPDATE", [found.erasure_id])
        add_what_belongs(found)
        keys = queries.keys_of(found.erasure_id)
        before, digest = counted(keys, [Fate.ERASED, Fate.INDEX]), digested(keys, secret)
        body = {"digest": digest, "counts": before, "list": found.list_digest}
        append(kind=EntryKind.RECORDS_ERASED, body=_body(found.erasure_id, by) | body, at=at)
        rows("SELECT * FROM erasure_take(%s)", [found.erasure_id])
        delete_unguarded(keys)
        # A second round, after something came in between, adds to what the first one found.
        former = {} if found.proof is None else found.proof.erased
        total = {name: former.get(name, 0) + before.get(name, 0) for name in {*former, *before}}
        run(
            "UPDATE erasure_request SET deleted_at = %s, digest = CASE digest WHEN '' THEN %s ELSE digest END,"
            " proof = %s::jsonb WHERE erasure_id = %s",
            [at, digest, orjson.dumps({"erased": total, "kept": {}}).decode(), found.erasure_id],
        )
    return True


def _forget(found: Erasure, by: Actor, at: dt.datetime) -> bool:
    keys = queries.keys_of(found.erasure_id)
    people = keys.get("UNIFIED", [])
    if found.forgotten_at is None and people:
        with transaction.atomic():
            body = {"count": len(people)}
            append(kind=EntryKind.PEOPLE_FORGOTTEN, body=_body(found.erasure_id, by) | body, at=at)
        with transaction.atomic():
            _stamp(found, "forgotten_at", at)
            index.have_gateway(kind=GatewayTaskKind.FORGET, people=people, by=by, at=at)
        return True
    if _told_of(people):
        return False
    with transaction.atomic():
        if found.subject is Subject.PERSON:
            gone = index.erase_people(systems=SYSTEMS, numbers=keys["PERSON"], by=by, at=at)
            run("DELETE FROM linkage_told_hold WHERE unified_person_number = ANY(%s)", [people])
            if found.proof is not None and found.proof.erased.get("persons_person"):
                run(_KNOWN_ELSEWHERE, [found.erasure_id, gone])
        _stamp(found, "indexed_at", at)
    return True


def _prove(found: Erasure, secret: bytes, backups_kept: dt.timedelta, by: Actor, at: dt.datetime) -> bool:
    keys = queries.keys_of(found.erasure_id)
    left = counted(keys, [Fate.ERASED, Fate.INDEX])
    if left:
        # Something came in between, such as a file taken in: it is deleted as the rest was.
        run(
            "UPDATE erasure_request SET deleted_at = NULL, forgotten_at = NULL, indexed_at = NULL"
            " WHERE erasure_id = %s",
            [found.erasure_id],
        )
        raise RowsLeftError(", ".join(f"{name}: {count}" for name, count in sorted(left.items())))
    erased = {} if found.proof is None else dict(found.proof.erased)
    kept, until = counted(keys, [Fate.KEPT]), civil_date(at + backups_kept)
    beyond = {
        name: {"count": one.count, "until": None if one.until is None else one.until.isoformat()}
        for name, one in files_beyond(at).items()
    }
    with transaction.atomic():
        body = {
            "digest": found.digest, "list": found.list_digest, "erased": erased, "kept": kept, "beyond": beyond,
            "backups_until": until.isoformat(),
        }  # fmt: skip
        append(kind=EntryKind.ERASURE_PROVEN, body=_body(found.erasure_id, by) | body, at=at)
        hashes = byte_array(keyed(secret, kind, key) for kind, some in keys.items() for key in some)
        run(
            "INSERT INTO erasure_erased_key (erasure_id, keyed) SELECT %s, unnest(%s::bytea[])",
            [found.erasure_id, hashes],
        )
        run("DELETE FROM erasure_item WHERE erasure_id = %s", [found.erasure_id])
        run(
            "UPDATE erasure_request SET proven_at = %s, backups_until = %s, proof = %s::jsonb WHERE erasure_id = %s",
            [at, until, orjson.dumps({"erased": erased, "kept": kept, "beyond": beyond}).decode(), found.erasure_id],
        )
    return True


def _is_stopped(found: Erasure, keys: Mapping[str, list[str]], at: dt.datetime) -> bool:
    """Say whether something stands in the way by now, and keep what; an erasure goes on by itself once it is gone."""
    # Whoever was deleted in a first round is no longer in the register.
    is_second = found.proof is not None
    hindered = {} if is_second else obstacles(found.subject, keys.get(found.subject.value, []), civil_date(at))
    words = " ".join(sorted(hindered))
    if words != found.stopped_by:
        run("UPDATE erasure_request SET stopped_by = %s WHERE erasure_id = %s", [words, found.erasure_id])
    return bool(hindered)


def _gateway_waits(found: Erasure, keys: Mapping[str, list[str]]) -> bool:
    """Say whether the gateway has yet to be told of what goes."""
    if found.subject is not Subject.RESULT:
        return _told_of(keys.get("UNIFIED", []))
    waiting = rows(
        "SELECT DISTINCT system_person_number AS number FROM screening_outbox WHERE result_id = ANY(%s::uuid[])",
        [keys["RESULT"]],
    )
    # Of whoever has no number in the index the gateway knows nothing.
    return bool(queries.numbered([row["number"] for row in waiting]))


def _told_of(people: list[str]) -> bool:
    return bool(rows("SELECT FROM persons_gateway_task WHERE person = ANY(%s) LIMIT 1", [people], alias="index"))


def _stamp(found: Erasure, step: str, at: dt.datetime) -> None:
    run(f"UPDATE erasure_request SET {step} = %s WHERE erasure_id = %s", [at, found.erasure_id])  # noqa: S608 — our words


def _body(erasure_id: UUID, by: Actor) -> dict[str, object]:
    return {"erasure_id": str(erasure_id), "by": str(by)}
