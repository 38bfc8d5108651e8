"""Answering permits for our own institutions (番号法22条, 令29条), automatically unless a person is on hold."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import orjson
from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.gateway.bounds import fitting
from tasuki.gateway.closing import Closed, closed
from tasuki.gateway.operations.inquiries import answer_digest
from tasuki.gateway.payloads import PayloadCipher, place_of
from tasuki.nodes.sql import Row, listed, rows
from tasuki.protocol.envelope import listing, wire_time
from tasuki.protocol.messages import (
    STRONGEST_FIRST,
    Accepted,
    DataSetAnswer,
    HeldDecision,
    Permit,
    Provision,
    State,
)
from tasuki.protocol.portal import portal
from tasuki.protocol.transitions import Party, sources, states_of, step_taken, steps, table
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

_KNOWN = """
SELECT r.number, i.institution IS NOT NULL AS served, g.unified_person_number, g.hold,
  coalesce(g.non_disclosure, false) OR coalesce(v.non_disclosure, false) AS non_disclosure, v.state, v.provided_at,
  v.outcome, v.linkage_code AS used_code
FROM jsonb_to_recordset(%s::jsonb) AS r(number text, provider text, code text)
LEFT JOIN gateway_institution i ON i.institution = r.provider
LEFT JOIN gateway_person g ON g.institution = r.provider AND g.linkage_code = r.code
LEFT JOIN gateway_provision v ON v.institution = r.provider AND v.transaction_number = r.number::uuid
"""

_REPLICAS = """
SELECT r.number, g.institution, g.unified_person_number, g.data_set, g.record_key, g.layout_version, g.taken, g.payload
FROM jsonb_to_recordset(%s::jsonb) AS r(number text, provider text, person text, data_sets text[])
JOIN gateway_replica g ON g.institution = r.provider AND g.unified_person_number = r.person
  AND g.data_set = ANY(r.data_sets)
WHERE g.removed_at IS NULL AND g.published_from <= %s AND (g.published_to IS NULL OR g.published_to > %s)
ORDER BY r.number, g.data_set, g.record_key, length(g.layout_version), g.layout_version
"""

_STORE = """
INSERT INTO gateway_provision AS v
 (institution, transaction_number, inquirer, linkage_code, unified_person_number, data_sets, procedure, department,
  non_disclosure, basis, requested_at, permitted_at, valid_until, notified_at, state, provided_at, answer_sha256, given,
  outcome)
SELECT institution, transaction_number, inquirer, linkage_code, unified_person_number, data_sets, procedure,
  department, non_disclosure, basis, requested_at, permitted_at, valid_until, %s::timestamptz, state, provided_at,
  answer_sha256, given, ''
FROM jsonb_to_recordset(%s::jsonb) AS r(institution text, transaction_number uuid, inquirer text, linkage_code text,
  unified_person_number text, data_sets text[], procedure text, department text, non_disclosure boolean, basis text,
  requested_at timestamptz, permitted_at timestamptz, valid_until timestamptz, state text, provided_at timestamptz,
  answer_sha256 text, given text[])
ON CONFLICT (institution, transaction_number) DO UPDATE
  SET state = EXCLUDED.state, provided_at = EXCLUDED.provided_at, answer_sha256 = EXCLUDED.answer_sha256,
    given = EXCLUDED.given, non_disclosure = v.non_disclosure OR EXCLUDED.non_disclosure
WHERE (v.state, EXCLUDED.state) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
  OR v.state = 'provided' AND EXCLUDED.state = 'provided' AND v.answer_sha256 <> EXCLUDED.answer_sha256
RETURNING transaction_number::text AS number
"""

#: Ends a permit keeps, whatever was registered since. What was provided is given again: its reply may be lost.
_ENDED = {state.value for state in states_of(Party.PROVIDER) if table().states[state].ends} - {State.PROVIDED}
_KINDS = {State.HELD: EntryKind.ANSWER_HELD, State.WITHHELD: EntryKind.ANSWER_WITHHELD}


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What becomes of a permit, in the form it is kept and recorded in: its fields, the provider's code, the answer."""

    permit: Row
    code: str
    provision: Provision
    digest: list[Row]


@transaction.atomic(savepoint=False)
def answer_permits(
    *, permits: Sequence[tuple[Permit, str]], cipher: PayloadCipher, by: Actor, at: dt.datetime
) -> list[Provision]:
    """Answer each permit, given with the provider's code, and record the answer before it leaves.

    A permit is used once: asked again, it gets the outcome it had, and nothing is recorded twice; if what is given has
    changed since, that is recorded. Held people are not answered until someone released the inquiry; the permit lapses
    if nobody does. For an institution that is suspended, or moving, nothing is answered: its permits are put off, and
    recorded so. What is too much for one reply is put off too: the inquirer's gateway asks again.
    """
    shut = closed()
    known = {row["number"]: row for row in rows(_KNOWN, [listed(_question(*pair) for pair in permits)])}
    states = {
        permit.transaction_number: State.PERMITTED if permit.provider in shut else _state(permit, code, known, at)
        for permit, code in permits
    }
    unsettled = [permit for permit, _ in permits if states[permit.transaction_number] is None]
    replicas = _replicas(unsettled, known, at)
    given, later = _that_fit(unsettled, replicas)
    states |= dict.fromkeys((permit.transaction_number for permit in later), State.PERMITTED)
    answers = _answers(given, replicas, cipher)
    provisions = [_provision(permit, states, answers, known, at) for permit, _ in permits]
    outcomes = [
        _Outcome(permit.model_dump(mode="json"), code, provision, answer_digest(provision))
        for (permit, code), provision in zip(permits, provisions, strict=True)
    ]
    stored = _store(outcomes, known, replicas, at)
    append_many(
        entries=[
            _entry(outcome, known, by, at) for outcome in outcomes if outcome.permit["transaction_number"] in stored
        ],
        at=at,
    )
    put_off = [permit for permit, _ in permits if permit.provider in shut]
    append_many(entries=_put_off(put_off, shut, by), at=at)
    return provisions


def _put_off(permits: Sequence[Permit], shut: Mapping[str, Closed], by: Actor) -> list[Entry]:
    """Return the record of what is not answered now, one for each institution that cannot be had."""
    numbers: dict[str, list[str]] = defaultdict(list)
    for permit in permits:
        numbers[permit.provider].append(permit.transaction_number)
    return [
        Entry(
            EntryKind.ANSWER_PUT_OFF,
            {"institution": provider, "cause": shut[provider].cause.value, "numbers": one, "by": str(by)},
        )
        for provider, one in sorted(numbers.items())
    ]


def _question(permit: Permit, code: str) -> Row:
    return {"number": permit.transaction_number, "provider": permit.provider, "code": code}


def _state(permit: Permit, code: str, known: Mapping[str, Row], at: dt.datetime) -> State | None:
    """Return the state a permit has without looking at replicas; none when it is to be answered from them."""
    row = known[permit.transaction_number]
    if not row["served"]:
        return State.PROVIDER_UNKNOWN
    if row["used_code"] is not None and row["used_code"] != code:
        # The transaction number was used for another person; a permit is for one use.
        return State.FAILED
    if row["state"] in _ENDED:
        return State(row["state"])
    if at > permit.valid_until:
        return State.LAPSED
    if row["unified_person_number"] is None:
        return State.PROVIDER_HAS_NO_CODE
    if row["state"] is None and (row["hold"] or (_is_own(permit) and row["non_disclosure"])):
        # What is not to be disclosed is not disclosed to the person either, unless the town says so (番号法23条2項).
        return State.HELD
    return State.HELD if row["state"] == State.HELD else None


def _is_own(permit: Permit) -> bool:
    """Say whether the person asks about themselves."""
    return permit.inquirer == portal().institution


#: Replicas by the transaction number they answer and their data set.
_Replicas = Mapping[tuple[str, str], Sequence[Row]]


def _replicas(permits: Sequence[Permit], known: Mapping[str, Row], at: dt.datetime) -> _Replicas:
    questions = [
        {
            "number": permit.transaction_number,
            "provider": permit.provider,
            "person": known[permit.transaction_number]["unified_person_number"],
            "data_sets": permit.data_sets,
        }
        for permit in permits
    ]
    today = civil_date(at)
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows(_REPLICAS, [listed(questions), today, today]) if questions else ():
        found[row["number"], row["data_set"]].append(row)
    return found


def _that_fit(permits: Sequence[Permit], replicas: _Replicas) -> tuple[Sequence[Permit], Sequence[Permit]]:
    """Part what is answered now from what is too much for one reply."""
    count = fitting(
        sum(
            len(row["payload"])
            for code in permit.data_sets
            for row in replicas.get((permit.transaction_number, code), ())
        )
        for permit in permits
    )
    return permits[:count], permits[count:]


def _answers(permits: Sequence[Permit], replicas: _Replicas, cipher: PayloadCipher) -> dict[str, list[DataSetAnswer]]:
    return {
        permit.transaction_number: [
            _data_set_answer(code, replicas.get((permit.transaction_number, code), []), layout, cipher)
            for code, layout in zip_longest(permit.data_sets, permit.layouts)
        ]
        for permit in permits
    }


def _data_set_answer(
    data_set: str, replicas: Sequence[Row], layout: str | None, cipher: PayloadCipher
) -> DataSetAnswer:
    if not replicas:
        return DataSetAnswer(data_set=data_set, state=State.NO_REPLICA)
    readable = _readable(replicas, layout)
    if readable is None:
        return DataSetAnswer(data_set=data_set, state=State.OTHER_LAYOUT)
    taken = [row for row in readable if row["taken"]]
    if not taken:
        return DataSetAnswer(data_set=data_set, state=State.NOT_SCREENED)
    payloads = [
        cipher.decrypt(
            row["institution"],
            place_of(
                row["institution"],
                row["unified_person_number"],
                row["data_set"],
                row["record_key"],
                row["layout_version"],
            ),
            bytes(row["payload"]),
        ).decode()
        for row in taken
    ]
    return DataSetAnswer(data_set=data_set, state=State.RECEIVED, payloads=payloads)


def _readable(replicas: Sequence[Row], layout: str | None) -> list[Row] | None:
    """Return each record in the newest layout version the asker reads, or None where one stands in none of them.

    Part of an answer would look like the whole, so a record that cannot be read withholds its data set.

    :param replicas: of one data set, with the versions of a record from the oldest to the newest.
    :param layout: the newest version the asker reads; None for any.
    """
    newest: dict[str, Row] = {}
    for row in replicas:
        if layout is None or _order(row["layout_version"]) <= _order(layout):
            newest[row["record_key"]] = row
    return list(newest.values()) if len(newest) == len({row["record_key"] for row in replicas}) else None


def _order(layout_version: str) -> tuple[int, str]:
    """Order layout versions by number, as far as PostgreSQL orders them too."""
    return len(layout_version), layout_version


def _provision(
    permit: Permit,
    states: Mapping[str, State | None],
    answers: Mapping[str, list[DataSetAnswer]],
    known: Mapping[str, Row],
    at: dt.datetime,
) -> Provision:
    state = states[permit.transaction_number]
    given = answers.get(permit.transaction_number, []) or _given_before(permit, state)
    if known[permit.transaction_number]["state"] == State.PROVIDED and state is None:
        state = State.RECEIVED
    elif state is None:
        parts = {answer.state for answer in given}
        state = next(one for one in STRONGEST_FIRST if one in parts)
    return Provision(
        transaction_number=permit.transaction_number,
        state=state,
        provided_at=known[permit.transaction_number]["provided_at"] or at,
        # Either side may find that the record is not to be disclosed (番号法23条2項); both must know.
        non_disclosure=permit.non_disclosure or known[permit.transaction_number]["non_disclosure"],
        answers=given,
    )


def _given_before(permit: Permit, state: State | None) -> list[DataSetAnswer]:
    """Return what was said of each data set when this permit was answered first, as far as its end tells that alone.

    Of several data sets of which one was not screened, it is not kept which; then only the end is repeated.
    """
    is_told = state == State.NO_REPLICA or (state == State.NOT_SCREENED and len(permit.data_sets) == 1)
    return [DataSetAnswer(data_set=one, state=state) for one in permit.data_sets] if state and is_told else []


def _store(outcomes: Sequence[_Outcome], known: Mapping[str, Row], replicas: _Replicas, at: dt.datetime) -> set[str]:
    """Keep the outcome of each permit and return those whose outcome is new."""
    plain = [
        {
            "institution": outcome.permit["provider"],
            "linkage_code": outcome.code,
            "unified_person_number": known[outcome.permit["transaction_number"]]["unified_person_number"],
            "non_disclosure": outcome.provision.non_disclosure,
            "state": _kept(outcome.provision.state).value,
            "provided_at": None if outcome.provision.state == State.HELD else wire_time(outcome.provision.provided_at),
            "answer_sha256": hashlib.sha256(orjson.dumps(outcome.digest)).hexdigest() if outcome.digest else "",
            "given": [
                f"{code}/{row['record_key']}"
                for code in outcome.permit["data_sets"]
                for row in replicas.get((outcome.permit["transaction_number"], code), ())
                if row["taken"]
            ],
            **{name: outcome.permit[name] for name in _AS_PERMITTED},
        }
        for outcome in outcomes
        if outcome.provision.state not in (State.PROVIDER_UNKNOWN, State.FAILED, State.PERMITTED)
    ]
    return {row["number"] for row in rows(_STORE, [at, listed(plain), *steps(Party.PROVIDER)])}


#: What is kept of a permit as it stands there.
_AS_PERMITTED = (
    "transaction_number", "inquirer", "data_sets", "procedure", "department", "basis", "requested_at", "permitted_at",
    "valid_until",
)  # fmt: skip


def _kept(state: State) -> State:
    """Return our own word for what the inquirer is told."""
    return State.PROVIDED if state == State.RECEIVED else state


def _entry(outcome: _Outcome, known: Mapping[str, Row], by: Actor, at: dt.datetime) -> Entry:
    provision = outcome.provision
    body: Row = {
        **outcome.permit,
        "code": outcome.code,
        **step_taken(Party.PROVIDER, _kept(provision.state)),
        "non_disclosure": provision.non_disclosure,
        "provided_at": wire_time(provision.provided_at),
        "answers": outcome.digest,
        "by": str(by),
    }
    if known[provision.transaction_number]["state"] is None:
        # The step before this one, made in the same moment: the permit arrived.
        body["notified_at"] = wire_time(at)
    return Entry(_KINDS.get(provision.state, EntryKind.ANSWER_SENT), body, provision.transaction_number)


@transaction.atomic(savepoint=False)
def decide_held(*, items: Sequence[HeldDecision], by: Actor, at: dt.datetime) -> list[Accepted]:
    """Release held inquiries, to be answered when next asked for, or withhold their answers for good.

    A person's own inquiry is not released with a record that is to be kept from that very person.
    """
    changed = rows(
        "UPDATE gateway_provision v SET state = CASE WHEN r.release THEN 'released' ELSE 'withheld' END,"
        " provided_at = CASE WHEN r.release THEN NULL ELSE %s::timestamptz END,"
        " non_disclosure = v.non_disclosure OR r.non_disclosure"
        " FROM jsonb_to_recordset(%s::jsonb)"
        "   AS r(institution text, transaction_number uuid, release boolean, non_disclosure boolean)"
        " WHERE v.institution = r.institution AND v.transaction_number = r.transaction_number"
        " AND v.state = ANY(%s) AND v.valid_until >= %s AND NOT (r.release AND r.non_disclosure AND v.inquirer = %s)"
        " RETURNING v.institution, v.transaction_number::text AS number, v.linkage_code AS code, v.state, v.inquirer,"
        "  v.non_disclosure",
        [
            at,
            listing(items),
            sources(Party.PROVIDER, State.RELEASED),
            at,
            portal().institution,
        ],
    )
    append_many(
        entries=[
            Entry(
                EntryKind.PROVISION_RESUMED if row["state"] == "released" else EntryKind.ANSWER_WITHHELD,
                row | {**step_taken(Party.PROVIDER, row["state"]), "by": str(by)},
                row["number"],
            )
            for row in changed
        ],
        at=at,
    )
    done = {row["number"] for row in changed}
    return [
        Accepted(accepted=True)
        if item.transaction_number in done
        else Accepted(accepted=False, reason="not held, its validity is over, or it contradicts itself")
        for item in items
    ]
