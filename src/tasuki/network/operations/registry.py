"""Who takes part."""

import datetime as dt

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.network.types import InstitutionClass
from tasuki.nodes.sql import rows
from tasuki.shared.actor import Actor
from tasuki.shared.institutions import Institution as InstitutionValue

_ENTER = """
INSERT INTO network_institution AS known
  (institution, name, name_en, municipality_code, institution_class, gateway, assessed_on, joined_at)
SELECT r.institution, r.name, r.name_en, r.municipality_code, r.institution_class,
  coalesce((SELECT i.gateway FROM network_institution i JOIN network_move m ON m.institution = i.institution
    WHERE i.institution = r.institution AND m.state <> 'called_off' LIMIT 1), r.gateway),
  r.assessed_on, r.joined_at
FROM (VALUES (%s, %s, %s, %s, %s, %s, %s::date, %s::timestamptz))
  AS r(institution, name, name_en, municipality_code, institution_class, gateway, assessed_on, joined_at)
ON CONFLICT (institution) DO UPDATE SET name = excluded.name, name_en = excluded.name_en,
  municipality_code = excluded.municipality_code, institution_class = excluded.institution_class,
  gateway = excluded.gateway, assessed_on = excluded.assessed_on
WHERE (known.name, known.name_en, known.municipality_code, known.institution_class, known.gateway, known.assessed_on)
  IS DISTINCT FROM (excluded.name, excluded.name_en, excluded.municipality_code, excluded.institution_class,
    excluded.gateway, excluded.assessed_on)
RETURNING institution, gateway
"""


@transaction.atomic(savepoint=False)
def register_member(
    *,
    member: InstitutionValue,
    institution_class: InstitutionClass,
    gateway: str,
    assessed_on: dt.date | None,
    by: Actor,
    at: dt.datetime,
) -> None:
    """Enter an institution into the registry, or change its entry. Routing follows `gateway` from then on.

    An institution that has moved, or is moving, stays where the move left it: a file is not asked about that.
    What is so already is not recorded again.
    """
    facts = [member.name, member.name_en, member.municipality_code, institution_class.value, gateway, assessed_on]
    for entered in rows(_ENTER, [member.code, *facts, at]):
        body = {
            "institution": member.code,
            "class": institution_class.value,
            "gateway": entered["gateway"],
            "assessed_on": None if assessed_on is None else assessed_on.isoformat(),
            "by": str(by),
        }
        append(kind=EntryKind.INSTITUTION_JOINED, body=body, at=at)
