"""Contact and mailing address of a resident: written by staff, kept apart from what the register says."""

import datetime as dt
from dataclasses import asdict

import orjson
from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import rows, run
from tasuki.screening.errors import NoSuchPerson
from tasuki.screening.queries import residents as queries
from tasuki.screening.types.residents import ChangedMeanwhile, Contact, ContactDetails
from tasuki.shared.actor import Actor

_COLUMNS = (
    "phone", "mailing_name", "mailing_postal_code", "mailing_address", "mailing_from", "mailing_to",
    "letter_language", "note",
)  # fmt: skip
_STORE = """
INSERT INTO screening_contact (system_person_number, {columns}, revision, updated_at, updated_by)
VALUES (%s, {places}, 1, %s, %s)
ON CONFLICT (system_person_number) DO UPDATE SET {changes}, revision = screening_contact.revision + 1,
  updated_at = EXCLUDED.updated_at, updated_by = EXCLUDED.updated_by
""".format(
    columns=", ".join(_COLUMNS),
    places=", ".join(["%s"] * len(_COLUMNS)),
    changes=", ".join(f"{column} = EXCLUDED.{column}" for column in _COLUMNS),
)


@transaction.atomic
def change_contact(
    *, system_person_number: str, details: ContactDetails, revision: int, reason: str, by: Actor, at: dt.datetime
) -> Contact | ChangedMeanwhile:
    """Write a resident's contact down, with the former one kept.

    :param revision: the one whoever writes had before their eyes; 0 where there was none. When another stands by now,
        nothing is changed.
    :raises NoSuchPerson: when the number is nobody's.
    """
    if not rows("SELECT FROM screening_resident WHERE system_person_number = %s FOR UPDATE", [system_person_number]):
        raise NoSuchPerson(NoSuchPerson.__doc__)
    standing = queries.contact_of(system_person_number)
    if standing.revision != revision:
        return ChangedMeanwhile()
    values = asdict(details)
    run(_STORE, [system_person_number, *(values[column] for column in _COLUMNS), at, str(by)])
    run(
        "INSERT INTO screening_contact_change (system_person_number, changed_at, changed_by, reason, before, after)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [
            system_person_number,
            at,
            str(by),
            reason,
            "{}" if standing.revision == 0 else _written(standing.details),
            _written(details),
        ],
    )
    append(
        kind=EntryKind.CONTACT_CHANGED,
        body={"person": system_person_number, "revision": revision + 1, "by": str(by)},
        at=at,
    )
    return queries.contact_of(system_person_number)


def _written(details: ContactDetails) -> str:
    return orjson.dumps(asdict(details)).decode()
