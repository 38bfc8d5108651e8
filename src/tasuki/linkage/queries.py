"""Reads about a town's exchanges."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import orjson

from tasuki.linkage.types import HomeCounts, InquiryView, ProviderView
from tasuki.nodes.sql import Row, rows
from tasuki.persons import queries as index
from tasuki.protocol.messages import State

_VIEW = """
SELECT i.transaction_number::text, i.system_person_number, i.provider, coalesce(p.name, i.provider) AS provider_name,
  coalesce(p.name_en, i.provider) AS provider_name_en, i.state, i.state_at, i.requested_at, i.requested_by,
  i.permitted_at, i.provided_at, i.received_at, i.valid_until, i.adopted_at, i.adopted_count, i.basis, i.reason,
  i.answers
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
    """Return what institutions are called, in Japanese and English."""
    found = rows("SELECT institution, name, name_en FROM linkage_provider")
    return {row["institution"]: (row["name"], row["name_en"]) for row in found}


def inquiry(transaction_number: str) -> InquiryView | None:
    """Return one inquiry."""
    found = rows(_VIEW + " WHERE i.transaction_number = %s", [transaction_number])
    return _view(found[0]) if found else None


def answers_to_adopt(limit: int = 100, offset: int = 0) -> list[InquiryView]:
    """Return answers that hold results nobody has adopted yet, the oldest first."""
    found = rows(
        _VIEW + " WHERE i.state = 'received' AND i.adopted_at IS NULL ORDER BY i.received_at LIMIT %s OFFSET %s",
        [limit, offset],
    )
    return [_view(row) for row in found]


def open_inquiries(most: int) -> list[Row]:
    """Return inquiries that have not ended, the longest untouched first, as the operations send them."""
    return rows(
        "SELECT transaction_number::text, system_person_number, provider, data_sets, procedure, department,"
        " non_disclosure, valid_for_seconds, requested_at, state FROM linkage_inquiry"
        " WHERE state IN ('created', 'sent', 'permitted', 'held') ORDER BY state_at LIMIT %s",
        [most],
    )


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
    [row] = rows(
        "SELECT (SELECT count(*) FROM linkage_inquiry WHERE state = 'received' AND adopted_at IS NULL) AS adopt,"
        " (SELECT count(*) FROM linkage_inquiry WHERE state IN ('created', 'sent', 'permitted', 'held')) AS open,"
        " (SELECT count(*) FROM screening_outbox) AS waiting,"
        " (SELECT min(created_at) FROM screening_outbox) AS oldest"
    )
    people = index.counts()
    return HomeCounts(
        answers_to_adopt=row["adopt"],
        inquiries_open=row["open"],
        codes_missing=people.with_number - people.with_code,
        outbox_waiting=row["waiting"],
        outbox_oldest_at=row["oldest"],
    )


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
