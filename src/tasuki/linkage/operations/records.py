"""Reading the exchange records the town's gateway keeps: searched, taken as a file, disclosed (番号法23条, 31条).

What is about to be read is recorded first. The gateway's records are the town's: a 中間サーバー keeps them for it.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.linkage.errors import PersonInQuarantine, TooManyRecords, UnknownPerson
from tasuki.linkage.gateway_client.dialects import Link
from tasuki.linkage.types import SYSTEM
from tasuki.linkage.types.records import Disclosure, RecordLine, RecordPage, RecordSearch
from tasuki.persons import queries as index
from tasuki.persons.queries import people as people_of_index
from tasuki.protocol.messages import Exchange, ExchangesAsked
from tasuki.protocol.record_messages import MOST_RECORDS, RecordsAsked
from tasuki.protocol.records import kept_since
from tasuki.shared.actor import Actor
from tasuki.shared.dates import JST

#: A file for people to read; what is larger is asked for in parts.
MOST_EXPORTED: Final = 20_000


def search_records(
    *, search: RecordSearch, institution: str, link: Link, offset: int, most: int, by: Actor, at: dt.datetime
) -> RecordPage:
    """Give one page of the records that are as looked for.

    :raises UnknownPerson: when the index has nobody of that 宛名番号; nothing was asked then.
    :raises ExchangeFailed: when the gateway cannot be had.
    """
    people = _numbers_of(search.person)
    _record(EntryKind.RECORDS_SEARCHED, search, by, at)
    found = link.records(_asked(search, institution, people, offset, most))
    return RecordPage(found.total, tuple(_lines(found.records)))


def export_records(
    *, search: RecordSearch, institution: str, link: Link, by: Actor, at: dt.datetime
) -> list[RecordLine]:
    """Give all records that are as looked for, to be taken away as a file.

    :raises UnknownPerson: when the index has nobody of that 宛名番号; nothing was asked then.
    :raises TooManyRecords: when there are more than one file is to hold.
    :raises ExchangeFailed: when the gateway cannot be had.
    """
    people = _numbers_of(search.person)
    _record(EntryKind.RECORDS_EXPORTED, search, by, at)
    found: list[Exchange] = []
    total = 1
    while len(found) < total:
        part = link.records(_asked(search, institution, people, len(found), MOST_RECORDS))
        total = part.total
        if total > MOST_EXPORTED:
            raise TooManyRecords(total)
        found += part.records
        if not part.records:
            break
    return _lines(found)


def disclose_records(
    *, person: str, institution: str, link: Link, by: Actor, at: dt.datetime, purpose: str = "disclosure"
) -> Disclosure:
    """Gather what the exchange records say of a person (宛名番号), as far as it may be disclosed to them.

    Records somebody found not to be disclosed are left out and counted (番号法23条2項): a page of ours may say how
    many, what the person gets never does.

    :raises UnknownPerson: when the index has nobody of that 宛名番号.
    :raises PersonInQuarantine: when the records may be somebody else's.
    :raises ExchangeFailed: when the gateway cannot be had.
    """
    since = kept_since(at)
    people = _numbers_of(person)
    if people_of_index.quarantined(people):
        raise PersonInQuarantine
    body = {"person": person, "staff": by.identifier, "part": purpose, "by": str(by)}
    with transaction.atomic():
        append(kind=EntryKind.RECORDS_DISCLOSED, body=body, at=at)
    asked = [ExchangesAsked(institution=institution, unified_person_number=one, since=since) for one in people]
    found = sorted(link.exchanges(asked), key=lambda one: (one.requested_at, one.transaction_number))
    disclosed = tuple(one for one in found if not one.non_disclosure)
    return Disclosure(at, since, disclosed, len(found) - len(disclosed))


def _numbers_of(person: str | None) -> list[str]:
    """Return every number under which the gateway may know a person; whoever was merged with them counts as they."""
    if person is None:
        return []
    unified = index.unified_numbers(SYSTEM, [person])
    if person not in unified:
        raise UnknownPerson
    known = people_of_index.index_person(unified[person])
    return sorted({known.person, *known.aliases})


@transaction.atomic
def _record(kind: EntryKind, search: RecordSearch, by: Actor, at: dt.datetime) -> None:
    body: dict[str, Any] = {"since": f"{search.since}", "until": f"{search.until}", "by": str(by)}
    if search.person is not None:
        body |= {"person": search.person, "staff": by.identifier, "part": "records"}
    narrowed = ("other", "direction", "procedure", "state", "non_disclosure", "number")
    body |= {name: getattr(search, name) for name in narrowed if getattr(search, name) is not None}
    append(kind=kind, body=body, at=at)


def _asked(search: RecordSearch, institution: str, people: list[str], offset: int, most: int) -> RecordsAsked:
    return RecordsAsked(
        institution=institution,
        since=dt.datetime.combine(search.since, dt.time(), tzinfo=JST),
        until=dt.datetime.combine(search.until + dt.timedelta(days=1), dt.time(), tzinfo=JST),
        people=people,
        other=search.other,
        direction=search.direction,
        procedure=search.procedure,
        state=search.state,
        non_disclosure=search.non_disclosure,
        transaction_number=search.number,
        offset=offset,
        most=most,
    )


def _lines(found: Sequence[Exchange]) -> list[RecordLine]:
    unified = sorted({one.unified_person_number for one in found if one.unified_person_number is not None})
    own = index.system_numbers(SYSTEM, unified)
    return [RecordLine(one, own.get(one.unified_person_number or "")) for one in found]
