"""Whom the gateway answers about by hand only (自動応答不可), as their town tells it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.gateway.turns import HOLDS, await_turn
from tasuki.nodes.sql import listed, rows
from tasuki.protocol.messages import ACCEPTED, Accepted, Hold
from tasuki.shared.actor import Actor

# Most of what is told stands already, and the server locks every row an upsert meets and writes that down: so whom
# nothing changes about is found first, in the order of the index (OFFSET 0: or it would go through everybody).
_SET: Final = """
WITH told AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(%s::jsonb)
    AS t(institution text, people text[], hold boolean, non_disclosure boolean)
), stands AS MATERIALIZED (
  SELECT t.institution, p.unified_person_number AS person FROM told t CROSS JOIN LATERAL (
    SELECT unified_person_number FROM gateway_person g
    WHERE g.institution = t.institution AND g.unified_person_number = ANY(t.people)
      AND g.hold = t.hold AND g.non_disclosure = t.non_disclosure OFFSET 0
  ) AS p
)
INSERT INTO gateway_person AS p (institution, unified_person_number, hold, non_disclosure)
SELECT institution, person, hold, non_disclosure FROM told CROSS JOIN LATERAL unnest(people) AS u(person)
WHERE (institution, person) NOT IN (SELECT institution, person FROM stands)
ORDER BY institution, person
ON CONFLICT (institution, unified_person_number)
DO UPDATE SET hold = EXCLUDED.hold,
  non_disclosure = EXCLUDED.non_disclosure OR EXCLUDED.hold AND p.non_disclosure
WHERE p.hold <> EXCLUDED.hold OR EXCLUDED.non_disclosure AND NOT p.non_disclosure
  OR p.non_disclosure AND NOT EXCLUDED.non_disclosure AND NOT EXCLUDED.hold
RETURNING institution, unified_person_number, hold, non_disclosure
"""


@transaction.atomic(savepoint=False)
def set_holds(*, items: Sequence[Hold], by: Actor, at: dt.datetime) -> list[Accepted]:
    """Stop or resume automatic answers for people, and record each change.

    That records about somebody are not disclosed ends with their hold only: a hold for another reason does not lift it.
    Of somebody a list tells of twice, the stricter counts.
    """
    # A list still under way may be about to change somebody who seems to stand as told.
    await_turn(HOLDS, (item.institution for item in items))
    changed = rows(_SET, [listed(_by_what_holds(items))])
    append_many(
        entries=[
            Entry(EntryKind.PROVISION_STOPPED if row["hold"] else EntryKind.PROVISION_RESUMED, row | {"by": str(by)})
            for row in changed
        ],
        at=at,
    )
    return [ACCEPTED] * len(items)


def _by_what_holds(items: Sequence[Hold]) -> list[dict[str, Any]]:
    """Give each person once, with all of whom the same holds."""
    said: dict[tuple[str, str], tuple[bool, bool]] = {}
    for item in items:
        for person in item.unified_person_numbers:
            hold, non_disclosure = said.get((item.institution, person), (False, False))
            said[item.institution, person] = hold or item.hold, non_disclosure or item.non_disclosure
    people: defaultdict[tuple[str, bool, bool], list[str]] = defaultdict(list)
    for (institution, person), (hold, non_disclosure) in said.items():
        people[institution, hold, non_disclosure].append(person)
    return [
        {"institution": institution, "people": some, "hold": hold, "non_disclosure": non_disclosure}
        for (institution, hold, non_disclosure), some in people.items()
    ]
