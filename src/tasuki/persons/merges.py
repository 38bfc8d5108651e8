"""Merge, split and undo as they take effect (統合・分割・取消し). Parts of operations.

A merge moves nothing: the loser's number becomes an alias of the survivor's, so undoing it takes the alias away and
everything stands as it stood. A split moves links, which are written down and moved back. While it is decided, the
people concerned are in quarantine; what the gateway must be told waits in order (`GatewayTask`).
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from tasuki.nodes.sql import rows, run
from tasuki.persons.case_keeping import note
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.dealing import fresh_numbers
from tasuki.persons.desk import subjects_of
from tasuki.persons.placing import Subject
from tasuki.persons.stopping import end_quarantine_of_case, quarantine_for_case, tell_gateway
from tasuki.persons.telling import tell_of_people
from tasuki.persons.types.cases import Case, CaseAct, CaseKind, CaseState, Decided, Proposed, Refusal, RefusedDecision
from tasuki.persons.types.changes import ChangeKind
from tasuki.persons.types.merging import GatewayTaskKind, SystemNumber
from tasuki.shared.actor import Actor

ALIAS: Final = "index"


def why_no_merge(survivor: str, loser: str, people: dict[str, Subject]) -> Refusal | None:
    if survivor == loser or not are_roots([survivor, loser]):
        return Refusal.CHANGED_SINCE
    if people[survivor].hashes and people[loser].hashes:
        return Refusal.TWO_NUMBERS
    return None


def are_roots(people: Sequence[str]) -> bool:
    [found] = rows(
        "SELECT count(*) AS n FROM persons_person WHERE unified_person_number = ANY(%s) AND survivor IS NULL",
        [list(people)],
        alias=ALIAS,
    )
    return bool(found["n"] == len(set(people)))


def why_no_split(person: str, links: Sequence[SystemNumber]) -> Refusal | None:
    standing = {(link.system, link.number) for link, _ in links_of([person])}
    parting = {(one.system, one.number) for one in links}
    if not are_roots([person]) or not parting <= standing:
        return Refusal.CHANGED_SINCE
    return Refusal.NOTHING_LEFT if not parting or parting == standing else None


def links_of(people: Sequence[str]) -> list[tuple[SystemNumber, str]]:
    """Return the systems' numbers of people, aliases included, each with the number it is written under."""
    found = rows(
        "SELECT s.system, s.system_person_number, s.unified_person_number FROM persons_system_person s"
        " JOIN persons_root r USING (unified_person_number) WHERE r.person = ANY(%s)"
        " ORDER BY s.system, s.system_person_number",
        [list(people)],
        alias=ALIAS,
    )
    return [(SystemNumber(row["system"], row["system_person_number"]), row["unified_person_number"]) for row in found]


def standing_act(act_id: UUID) -> tuple[str, dict[str, Any]] | None:
    for kind in ("merge", "split"):
        found = rows(
            f"SELECT * FROM persons_{kind} WHERE {kind}_id = %s AND undone_at IS NULL",  # noqa: S608 — one of two
            [act_id],
            alias=ALIAS,
        )
        if found:
            return kind, found[0]
    return None


def propose(
    kind: CaseKind,
    act: CaseAct,
    person: str,
    other: str | None,
    levels: Mapping[str, str],
    subject: Mapping[str, object],
    reason: str,
    by: Actor,
    at: dt.datetime,
) -> Proposed:
    case_id = uuid.uuid4()
    run(
        "INSERT INTO persons_case (case_id, kind, state, system, system_person_number, person, other, levels, subject,"
        " opened_at, opened_by, act, proposed_at, proposed_by, reason, decided_by, decision_reason)"
        " VALUES (%s, %s, 'PROPOSED', '', '', %s, %s, %s::jsonb, %s::jsonb, %s, %s, %s, %s, %s, %s, '', '')",
        [
            case_id, kind.value, person, other, _json(levels), _json(subject), at, str(by), act.value, at, str(by),
            reason,
        ],
        alias=ALIAS,
    )  # fmt: skip
    note(case_id, CaseState.PROPOSED, act, reason, by, at)
    quarantine_for_case(case_id, [person, *([other] if other else [])], by, at)
    return Proposed(case_id)


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def apply_merge(case: Case, by: Actor, at: dt.datetime) -> Decided | RefusedDecision:
    """Make the loser's number an alias of the survivor's, with all that are aliases of it. Part of `approve_case`."""
    if case.person is None or case.other is None:
        return RefusedDecision(Refusal.UNKNOWN_PERSON)
    refusal = why_no_merge(case.person, case.other, subjects_of({case.person, case.other}))
    if refusal is not None:
        return RefusedDecision(refusal)
    run(
        "INSERT INTO persons_merge (merge_id, survivor, loser, reason, proposed_by, merged_at, merged_by, undone_by,"
        " undo_reason) VALUES (%s, %s, %s, %s, %s, %s, %s, '', '')",
        [uuid.uuid4(), case.person, case.other, case.reason, case.proposed_by, at, str(by)],
        alias=ALIAS,
    )
    run(
        "UPDATE persons_person SET survivor = %s WHERE unified_person_number = %s OR survivor = %s",
        [case.person, case.other, case.other],
        alias=ALIAS,
    )
    _renew(ChangeKind.MERGED, [case.person, case.other], case, by, at)
    return Decided(case.person)


def apply_split(case: Case, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decided | RefusedDecision:
    """Give the parting systems' numbers a new number of their own. Part of `approve_case`."""
    if case.person is None:
        return RefusedDecision(Refusal.UNKNOWN_PERSON)
    links = [SystemNumber(system, number) for system, number in case.subject["links"]]
    refusal = why_no_split(case.person, links)
    if refusal is not None:
        return RefusedDecision(refusal)
    wanted = {(one.system, one.number) for one in links}
    moved = [(link, under) for link, under in links_of([case.person]) if (link.system, link.number) in wanted]
    [parted] = fresh_numbers(1)
    run("INSERT INTO persons_person (unified_person_number, numbered_at) VALUES (%s, %s)", [parted, at], alias=ALIAS)
    takes_number = bool(case.subject["takes_number"])
    _move(case, moved, parted, by, at, takes_number=takes_number)
    if takes_number:
        _move_number(case.person, parted, cipher)
    quarantine_for_case(case.case_id, [parted], by, at)
    _renew(ChangeKind.SPLIT, [case.person, parted], case, by, at)
    return Decided(parted)


def apply_move(case: Case, by: Actor, at: dt.datetime) -> Decided | RefusedDecision:
    """Give one system's number to whom its statement describes. Part of `approve_case`."""
    if case.person is None or case.other is None:
        return RefusedDecision(Refusal.UNKNOWN_PERSON)
    link = SystemNumber(case.system, case.system_person_number)
    moved = [(one, under) for one, under in links_of([case.person]) if one == link]
    if not moved or not are_roots([case.person, case.other]):
        return RefusedDecision(Refusal.CHANGED_SINCE)
    _move(case, moved, case.other, by, at, to_known=True)
    _renew(ChangeKind.SPLIT, [case.person, case.other], case, by, at)
    return Decided(case.other)


def _move(
    case: Case,
    moved: Sequence[tuple[SystemNumber, str]],
    parted: str,
    by: Actor,
    at: dt.datetime,
    *,
    takes_number: bool = False,
    to_known: bool = False,
) -> None:
    """Write links over to a person, and note where each of them stood."""
    _relink([(link, parted) for link, _ in moved])
    run(
        "INSERT INTO persons_split (split_id, origin, parted, moved, takes_number, to_known, reason, proposed_by,"
        " split_at, split_by, undone_by, undo_reason) VALUES (%s, %s, %s, %s::jsonb, %s, %s, %s, %s, %s, %s, '', '')",
        [
            uuid.uuid4(), case.person, parted, _json([[one.system, one.number, under] for one, under in moved]),
            takes_number, to_known, case.reason, case.proposed_by, at, str(by),
        ],
        alias=ALIAS,
    )  # fmt: skip


def _relink(links: Sequence[tuple[SystemNumber, str]]) -> None:
    run(
        "UPDATE persons_system_person s SET unified_person_number = r.person"
        " FROM unnest(%s::text[], %s::text[], %s::text[]) AS r(system, number, person)"
        " WHERE s.system = r.system AND s.system_person_number = r.number",
        [[link.system for link, _ in links], [link.number for link, _ in links], [person for _, person in links]],
        alias=ALIAS,
    )


def _move_number(origin: str, target: str, cipher: NumberCipher) -> None:
    """Seal an individual number anew for another person."""
    held = rows(
        "SELECT c.unified_person_number, c.sealed_number, c.key_id FROM persons_number_custody c"
        " JOIN persons_root r USING (unified_person_number) WHERE r.person = %s",
        [origin],
        alias=ALIAS,
    )
    for row in held:
        number = cipher.open(row["unified_person_number"], bytes(row["sealed_number"]), row["key_id"])
        run(
            "UPDATE persons_number_custody SET unified_person_number = %s, sealed_number = %s, number_hash = %s,"
            " key_id = %s WHERE unified_person_number = %s",
            [target, cipher.seal(target, number), cipher.hash(number), cipher.key_id, row["unified_person_number"]],
            alias=ALIAS,
        )


def apply_undo(case: Case, cipher: NumberCipher, by: Actor, at: dt.datetime) -> Decided | RefusedDecision:
    """Bring back how it stood before a merge or a split. Part of `approve_case`."""
    [(kind, act_id)] = case.subject.items()
    standing = standing_act(UUID(act_id))
    if standing is None:
        return RefusedDecision(Refusal.CHANGED_SINCE)
    row = standing[1]
    refusal = None if kind == "merge" else _undo_split(row, cipher)
    if refusal is not None:
        return RefusedDecision(refusal)
    run(
        f"UPDATE persons_{kind} SET undone_at = %s, undone_by = %s, undo_reason = %s WHERE {kind}_id = %s",  # noqa: S608 — ours
        [at, str(by), case.reason, act_id],
        alias=ALIAS,
    )
    if kind == "merge":
        _find_survivors_again(str(row["survivor"]))
    _renew(ChangeKind.RETURNED, [one for one in (case.person, case.other) if one is not None], case, by, at)
    return Decided(case.person)


#: Follows the merges that stand from a person's whole former tree, and writes down where each of them ends.
_SURVIVORS: Final = """
WITH RECURSIVE root AS (
  SELECT coalesce(survivor, unified_person_number) AS person FROM persons_person WHERE unified_person_number = %s
), tree AS (
  SELECT p.unified_person_number AS person FROM persons_person p, root
  WHERE p.unified_person_number = root.person OR p.survivor = root.person
), way AS (
  SELECT person, person AS reached FROM tree
  UNION ALL
  SELECT way.person, m.survivor FROM way JOIN persons_merge m ON m.loser = way.reached AND m.undone_at IS NULL
), ended AS (
  SELECT person, reached FROM way
  WHERE NOT EXISTS (SELECT FROM persons_merge m WHERE m.loser = way.reached AND m.undone_at IS NULL)
)
UPDATE persons_person p SET survivor = nullif(ended.reached, p.unified_person_number)
FROM ended WHERE p.unified_person_number = ended.person
"""


def _find_survivors_again(person: str) -> None:
    run(_SURVIVORS, [person], alias=ALIAS)


def _undo_split(row: dict[str, Any], cipher: NumberCipher) -> Refusal | None:
    """Move the links of a split back, unless something about its people changed since."""
    moved = row["moved"] if isinstance(row["moved"], list) else orjson.loads(row["moved"])
    here = {(link.system, link.number): under for link, under in links_of([row["parted"]])}
    expected = {(system, number): row["parted"] for system, number, _ in moved}
    # Whom links were moved to had links before, and may have more by now; a new number has none but these.
    is_untouched = expected.items() <= here.items() if row["to_known"] else here == expected
    if not is_untouched or not are_roots([row["parted"]]) or (not row["to_known"] and _is_merged_into(row["parted"])):
        return Refusal.CHANGED_SINCE
    if row["takes_number"]:
        _move_number(row["parted"], row["origin"], cipher)
    _relink([(SystemNumber(system, number), under) for system, number, under in moved])
    return None


def _is_merged_into(person: str) -> bool:
    return bool(
        rows("SELECT FROM persons_merge WHERE survivor = %s AND undone_at IS NULL LIMIT 1", [person], alias=ALIAS)
    )


def _renew(kind: ChangeKind, people: Sequence[str], case: Case, by: Actor, at: dt.datetime) -> None:
    """Have the gateway forget these people and hear of them anew, as they are now; then end their quarantine.

    Business systems that know them are told of it as well.

    Codes go with it: whose individual number stands behind a code may have changed, so each is acquired again.
    """
    run("DELETE FROM persons_acquisition WHERE unified_person_number = ANY(%s)", [list(people)], alias=ALIAS)
    run(
        "UPDATE persons_person SET code_bound_at = NULL WHERE unified_person_number = ANY(%s)",
        [list(people)],
        alias=ALIAS,
    )
    tell_gateway(GatewayTaskKind.FORGET, list(people), at)
    tell_of_people(kind, people, at)
    end_quarantine_of_case(case.case_id, by, at)
