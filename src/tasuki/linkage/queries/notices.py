"""Notices to residents through the portal: whom they may go to, and how those that were sent stand."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from uuid import UUID

from tasuki.linkage.types import SYSTEM
from tasuki.linkage.types.notices import Addressees, NoticeList, NotTold, SentNotice
from tasuki.nodes.sql import Row, rows
from tasuki.persons import queries as index
from tasuki.persons.queries import people as people_of_index
from tasuki.protocol.portal import portal
from tasuki.protocol.portal_messages import PortalNoticeKind, PortalNoticeState
from tasuki.screening import queries as screening
from tasuki.screening.queries.residents import protected_among
from tasuki.screening.types import Person
from tasuki.shared.dates import civil_date

_LISTS = """
SELECT l.*, (SELECT jsonb_object_agg(s.state, s.n) FROM (
    SELECT state, count(*) AS n FROM linkage_portal_notice n WHERE n.list_id = l.list_id GROUP BY state) AS s
  ) AS states
FROM (
  SELECT list_id, kind, day, expires_at, sent_at, sent_by,
    count(*) FILTER (WHERE state IN ('waiting', 'delivered') AND take_back_asked_at IS NOT NULL) AS taking_back
  FROM linkage_portal_notice WHERE %(one)s::uuid IS NULL OR list_id = %(one)s
  GROUP BY list_id, kind, day, expires_at, sent_at, sent_by
  ORDER BY sent_at DESC, list_id LIMIT %(limit)s OFFSET %(offset)s
) AS l ORDER BY l.sent_at DESC, l.list_id
"""


def addressees(people: Sequence[str], kind: PortalNoticeKind, at: dt.datetime) -> Addressees:
    """Sort people (宛名番号) into those who may be told now and those left out, each for one reason."""
    on = civil_date(at)
    asked = list(dict.fromkeys(people))
    residents = screening.people(asked)
    unified = index.unified_numbers(SYSTEM, asked)
    closed = closed_people(unified, on)
    bound = index.people_with_codes(sorted(set(unified.values())))
    lately = _told_lately(asked, kind, at)
    told: list[str] = []
    left_out: Counter[NotTold] = Counter()
    for number in asked:
        reason = _reason(residents.get(number), unified.get(number), closed, bound, on)
        if reason is None and number in lately:
            reason = NotTold.TOLD_LATELY
        if reason is None:
            told.append(number)
        else:
            left_out[reason] += 1
    return Addressees(tuple(told), left_out)


def closed_people(unified: Mapping[str, str], on: dt.date) -> set[str]:
    """Return whom nothing may leave about, by 団体内統合宛名番号.

    That is whoever is protected under any of their numbers, now or ahead, and whoever is in quarantine.
    """
    everyone = sorted(set(unified.values()))
    numbers = people_of_index.numbers_with(SYSTEM, everyone)
    protected = protected_among(list(chain.from_iterable(numbers.values())), on)
    return people_of_index.quarantined(everyone) | {
        person for person, own in numbers.items() if not protected.isdisjoint(own)
    }


def _reason(
    resident: Person | None, person: str | None, closed: set[str], bound: set[str], on: dt.date
) -> NotTold | None:
    if resident is None or not resident.lives_here(on):
        return NotTold.GONE
    if resident.is_protected(on) or person in closed:
        return NotTold.PROTECTED
    return None if person in bound else NotTold.NO_CODE


def _told_lately(people: Sequence[str], kind: PortalNoticeKind, at: dt.datetime) -> set[str]:
    found = rows(
        "SELECT DISTINCT system_person_number FROM linkage_portal_notice WHERE system_person_number = ANY(%s)"
        " AND kind = %s AND (state IN ('waiting', 'delivered') OR state = 'fetched' AND sent_at > %s)",
        [list(people), kind.value, at - portal().again_after],
    )
    return {row["system_person_number"] for row in found}


def notice_lists(limit: int, offset: int) -> tuple[int, list[NoticeList]]:
    """Return how many lists of notices were sent, and some of them, the newest first."""
    [row] = rows("SELECT count(DISTINCT list_id) AS n FROM linkage_portal_notice")
    found = rows(_LISTS, {"one": None, "limit": limit, "offset": offset})
    return int(row["n"]), [_list(one) for one in found]


def notice_list(list_id: UUID) -> NoticeList | None:
    """Return one list of notices."""
    found = rows(_LISTS, {"one": list_id, "limit": 1, "offset": 0})
    return _list(found[0]) if found else None


def _list(row: Row) -> NoticeList:
    states = {PortalNoticeState(state): count for state, count in json.loads(row["states"]).items()}
    return NoticeList(**row | {"kind": PortalNoticeKind(row["kind"]), "states": states})


def notices_to(system_person_number: str) -> list[SentNotice]:
    """Return the notices sent to a person, the newest first."""
    found = rows(
        "SELECT kind, day, expires_at, sent_at, state, state_at FROM linkage_portal_notice"
        " WHERE system_person_number = %s ORDER BY sent_at DESC, notice_id",
        [system_person_number],
    )
    return [
        SentNotice(**row | {"kind": PortalNoticeKind(row["kind"]), "state": PortalNoticeState(row["state"])})
        for row in found
    ]
