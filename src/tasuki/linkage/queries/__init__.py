"""Reads about a town's exchanges."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from tasuki.evidence.queries import entries_of
from tasuki.linkage.queries.corrections import count_corrected
from tasuki.linkage.types import (
    LATE,
    SYSTEM,
    DailyReconciliation,
    DifferenceView,
    HeldCount,
    HomeCounts,
    InquiryView,
    LinkState,
    LoadKind,
    ProviderView,
    ReconciliationView,
    ReplicaLoad,
    StepTaken,
)
from tasuki.nodes.sql import Row, rows
from tasuki.persons import queries as index
from tasuki.persons.queries import people as people_of_index
from tasuki.protocol.messages import State
from tasuki.protocol.portal import portal
from tasuki.protocol.transitions import Party
from tasuki.screening.sight import in_sight

_VIEW = """
SELECT i.transaction_number::text, i.system_person_number, i.provider, coalesce(p.name, i.provider) AS provider_name,
  coalesce(p.name_en, i.provider) AS provider_name_en, i.state, i.state_at, i.requested_at, i.requested_by,
  i.permitted_at, i.provided_at, i.received_at, i.valid_until, i.cancel_asked_at, i.purged_at, i.adopted_at,
  i.adopted_count, i.basis, i.reason, i.answers
FROM linkage_inquiry i LEFT JOIN linkage_provider p ON p.institution = i.provider
"""


def _view(row: Row) -> InquiryView:
    answers: list[dict[str, Any]] = orjson.loads(row["answers"]) if isinstance(row["answers"], str) else row["answers"]
    found = sum(len(answer["payloads"]) for answer in answers)
    return InquiryView(**row | {"state": State(row["state"]), "answers": answers, "found": found})


def inquiries_of(person: str) -> list[InquiryView]:
    """Return a person's inquiries, the newest first."""
    found = rows(_VIEW + " WHERE i.system_person_number = %s ORDER BY i.requested_at DESC", [person])
    return [_view(row) for row in found]


def inquiries_since(people: Sequence[str], since: dt.datetime) -> list[InquiryView]:
    """Return the inquiries about people since a time, in their order."""
    found = rows(
        _VIEW + " WHERE i.system_person_number = ANY(%s) AND i.requested_at >= %s ORDER BY i.requested_at",
        [list(people), since],
    )
    return [_view(row) for row in found]


def institution_names() -> dict[str, tuple[str, str]]:
    """Return what institutions are called, in Japanese and English; the portal, which asks for people, comes last."""
    found = rows("SELECT institution, name, name_en FROM linkage_provider ORDER BY name")
    own = portal().own_results.words
    return {row["institution"]: (row["name"], row["name_en"]) for row in found} | {
        portal().institution: (own.ja, own.en)
    }


def inquiry(transaction_number: str) -> InquiryView | None:
    """Return one inquiry."""
    found = rows(_VIEW + " WHERE i.transaction_number = %s", [transaction_number])
    return _view(found[0]) if found else None


def steps_taken(transaction_number: str) -> list[StepTaken]:
    """Return the steps an inquiry made in this town, in their order, from the town's evidence."""
    found = [(one.recorded_at, orjson.loads(one.body)) for one in entries_of(transaction_number)]
    return [StepTaken(at, State(body["state"]), body["cause"]) for at, body in found if body.get("party") == Party.TOWN]


def answers_to_adopt(limit: int = 100, offset: int = 0) -> list[InquiryView]:
    """Return answers that hold results nobody has adopted yet, the oldest first."""
    found = rows(
        f"{_VIEW} WHERE i.state = 'received' AND i.adopted_at IS NULL AND {in_sight('i.system_person_number')}"
        " ORDER BY i.received_at LIMIT %s OFFSET %s",
        [limit, offset],
    )
    return [_view(row) for row in found]


def open_inquiries(most: int) -> list[Row]:
    """Return inquiries that have not ended, the longest untouched first, as the operations send them."""
    return rows(
        "SELECT transaction_number::text, system_person_number, provider, data_sets, procedure, department,"
        " non_disclosure, valid_for_seconds, requested_at, state, cancel_asked_at"
        " FROM linkage_inquiry WHERE state IN ('created', 'sent', 'permitted', 'held') ORDER BY state_at LIMIT %s",
        [most],
    )


def unacknowledged(most: int) -> list[str]:
    """Return ended inquiries of which the gateway does not know that they are safe here."""
    found = rows(
        "SELECT transaction_number::text AS number FROM linkage_inquiry"
        " WHERE received_at IS NOT NULL AND acknowledged_at IS NULL LIMIT %s",
        [most],
    )
    return [row["number"] for row in found]


def providers() -> list[ProviderView]:
    """Return everyone this town can ask."""
    found = rows("SELECT municipality_code, institution, name, name_en FROM linkage_provider ORDER BY name")
    return [ProviderView(**row) for row in found]


def provider_of(municipality_code: str) -> ProviderView | None:
    """Return whom to ask about a municipality's former residents."""
    found = rows(
        "SELECT municipality_code, institution, name, name_en FROM linkage_provider WHERE municipality_code = %s",
        [municipality_code],
    )
    return ProviderView(**found[0]) if found else None


def counts_by_state(since: dt.datetime | None = None) -> dict[str, int]:
    """Return how many inquiries are in each state."""
    found = rows(
        "SELECT state, count(*) AS number FROM linkage_inquiry WHERE %s::timestamptz IS NULL OR requested_at >= %s"
        " GROUP BY state ORDER BY state",
        [since, since],
    )
    return {row["state"]: row["number"] for row in found}


def home_counts() -> HomeCounts:
    """Return what waits to be done, for the home page."""
    seen = in_sight("system_person_number")
    [row] = rows(
        "SELECT (SELECT count(*) FROM linkage_inquiry WHERE state = 'received' AND adopted_at IS NULL"  # noqa: S608 — a condition of ours
        f" AND {seen}) AS adopt,"
        " (SELECT count(*) FROM linkage_inquiry WHERE state IN ('created', 'sent', 'permitted', 'held')"
        f" AND {seen}) AS open,"
        " (SELECT count(*) FROM screening_outbox) AS waiting,"
        " (SELECT min(created_at) FROM screening_outbox) AS oldest"
    )
    people = index.counts()
    corrected = count_corrected()
    return HomeCounts(
        answers_to_adopt=row["adopt"],
        answers_corrected=corrected,
        inquiries_open=row["open"],
        codes_missing=people.with_number - people.with_code,
        outbox_waiting=row["waiting"],
        outbox_oldest_at=row["oldest"],
    )


def held_count() -> HeldCount | None:
    """Return how many inquiries wait for our answer by hand, as last heard; None before the gateway was ever asked."""
    found = rows("SELECT asked_at, waiting, first_deadline FROM linkage_held_waiting")
    return HeldCount(**found[0]) if found else None


def unasked_movers(people: Sequence[str], provider: str) -> list[str]:
    """Return those of the people whom this provider was never asked about."""
    asked = {
        row["person"]
        for row in rows(
            "SELECT DISTINCT system_person_number AS person FROM linkage_inquiry"
            " WHERE provider = %s AND system_person_number = ANY(%s)",
            [provider, list(people)],
        )
    }
    return [person for person in people if person not in asked]


def states_of(transaction_numbers: Sequence[str]) -> list[str]:
    """Return the states of these inquiries."""
    found = rows(
        "SELECT state FROM linkage_inquiry WHERE transaction_number = ANY(%s::uuid[])", [list(transaction_numbers)]
    )
    return [row["state"] for row in found]


def people_being_asked_about() -> set[str]:
    """Return everyone with an inquiry of ours under way, by 宛名番号."""
    found = rows(
        "SELECT DISTINCT system_person_number AS person FROM linkage_inquiry"
        " WHERE state IN ('created', 'sent', 'permitted', 'held')"
    )
    return {row["person"] for row in found}


def link_state(at: dt.datetime) -> LinkState:
    """Return what waits to be told to the gateway, and how sending went last."""
    found = rows("SELECT kind, count(*) AS n, min(created_at) AS oldest FROM screening_outbox GROUP BY kind")
    found += people_of_index.gateway_task_counts()
    oldest_at = min((row["oldest"] for row in found), default=None)
    [delivery] = rows(
        "SELECT d.succeeded_at, d.failed_at, coalesce(d.failed_peer, '') AS failed_peer,"
        " coalesce(d.failed_phase, '') AS failed_phase, coalesce(d.failed_reason, '') AS failed_reason"
        " FROM (SELECT) AS one LEFT JOIN linkage_delivery d ON TRUE"
    )
    is_late = oldest_at is not None and at - oldest_at >= LATE
    return LinkState(
        at=at,
        waiting={row["kind"]: row["n"] for row in sorted(found, key=lambda row: row["kind"])},
        oldest_at=oldest_at,
        unnumbered=_unnumbered() if is_late else 0,
        **delivery,
    )


def _unnumbered() -> int:
    """Return how many of those who have waited longest the index has not numbered."""
    oldest = rows(
        "SELECT DISTINCT system_person_number AS number FROM"
        " (SELECT system_person_number FROM screening_outbox ORDER BY id LIMIT 5000) AS longest"
    )
    numbers = [row["number"] for row in oldest]
    return len(set(numbers) - index.unified_numbers(SYSTEM, numbers).keys())


_RECONCILIATION: Final = (
    "SELECT reconciliation_id, started_at, ended_at, asked_by, is_repair, people, replicas, on_their_way, found,"
    " remaining FROM linkage_reconciliation"
)


def reconciliations(limit: int = 20) -> list[ReconciliationView]:
    """Return comparisons of originals, index and replicas, newest first."""
    found = rows(f"{_RECONCILIATION} ORDER BY started_at DESC LIMIT %s", [limit])
    return [_reconciliation(row) for row in found]


def reconciliation(reconciliation_id: UUID) -> ReconciliationView | None:
    """Return one comparison, or None where it is not kept."""
    found = rows(f"{_RECONCILIATION} WHERE reconciliation_id = %s", [reconciliation_id])
    return _reconciliation(found[0]) if found else None


def _reconciliation(row: Row) -> ReconciliationView:
    found = row["found"]
    return ReconciliationView(**row | {"found": orjson.loads(found) if isinstance(found, str) else found})


def differences(reconciliation_id: UUID, *, limit: int | None = None, offset: int = 0) -> list[DifferenceView]:
    """Return what a comparison found, by kind and the business system's number; everything unless `limit` is given."""
    found = rows(
        "SELECT kind, system_person_number, data_set, record_key FROM linkage_difference WHERE reconciliation_id = %s"
        " ORDER BY kind, system_person_number, data_set, record_key, id LIMIT %s OFFSET %s",
        [reconciliation_id, limit, offset],
    )
    return [DifferenceView(**row) for row in found]


def daily_reconciliation() -> DailyReconciliation:
    """Return when everything is compared each day: as the town set it last, else as this release ships it."""
    found = rows("SELECT hour, repairs, version FROM linkage_daily_reconciliation ORDER BY version DESC LIMIT 1")
    return DailyReconciliation(**found[0]) if found else DailyReconciliation()


_LOAD: Final = "SELECT load_id, kind, started_at, reached, done, total, ended_at FROM linkage_replica_load"


def unfinished_load() -> ReplicaLoad | None:
    """Return the registration of everything that is under way or was interrupted, if there is one."""
    found = rows(f"{_LOAD} WHERE ended_at IS NULL")
    return _load(found[0]) if found else None


def newest_load() -> ReplicaLoad | None:
    """Return the last registration of everything, if there ever was one."""
    found = rows(f"{_LOAD} ORDER BY started_at DESC LIMIT 1")
    return _load(found[0]) if found else None


def _load(row: Row) -> ReplicaLoad:
    return ReplicaLoad(**row | {"kind": LoadKind(row["kind"])})
