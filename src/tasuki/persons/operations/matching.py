"""What matching compares is kept up to date: statements that are new or changed are taken in, some at a time."""

import datetime as dt
from typing import Final

from django.db import transaction

from tasuki.matching.matcher import japanese
from tasuki.nodes.sql import rows
from tasuki.persons import match_store
from tasuki.persons.candidates import compared, record_name
from tasuki.persons.desk import items_of
from tasuki.shared.actor import Actor

ALIAS: Final = "index"
# Whatever somebody is registering at this moment is left for the next round.
_TAKE: Final = """
WITH taken AS (
  DELETE FROM persons_match_waiting WHERE (system, system_person_number) IN (
    SELECT system, system_person_number FROM persons_match_waiting LIMIT %s FOR UPDATE SKIP LOCKED)
  RETURNING system, system_person_number
)
SELECT t.* FROM taken JOIN persons_statement t USING (system, system_person_number)
"""


@transaction.atomic(using=ALIAS)
def take_into_matching(*, most: int, by: Actor, at: dt.datetime) -> int:
    """Take waiting statements into what matching compares, and give how many were.

    Who stated what stands in the record of the registration; nothing of it changes here.
    """
    del by, at
    taken = rows(_TAKE, [most], alias=ALIAS)
    records = {record_name(row["system"], row["system_person_number"]): compared(items_of(row)) for row in taken}
    if records:
        match_store.put_many(japanese(), records)
    return len(taken)
