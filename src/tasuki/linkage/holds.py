"""For whom the gateway was told to answer by hand only: they are told of again even when nothing else of them is."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from django.db import transaction

from tasuki.nodes.sql import rows, run, text_array
from tasuki.protocol.messages import Hold
from tasuki.shared.actor import Actor

#: People told of at once at most.
LIST: Final = 5_000


def told_holds(people: Iterable[str]) -> set[str]:
    """Return for whom of these people (団体内統合宛名番号) the gateway was told to hold."""
    found = rows(
        "SELECT unified_person_number FROM linkage_told_hold WHERE unified_person_number = ANY(%s::text[])",
        [text_array(people)],
    )
    return {row["unified_person_number"] for row in found}


def telling(institution: str, people: Sequence[str], *, hold: bool, non_disclosure: bool = False) -> list[Hold]:
    """Word that people are to be answered by hand only, or automatically again, as it goes to the gateway."""
    return [
        Hold(
            institution=institution,
            unified_person_numbers=people[start : start + LIST],
            hold=hold,
            non_disclosure=non_disclosure,
        )
        for start in range(0, len(people), LIST)
    ]


@transaction.atomic
def note_holds(*, people: Iterable[str], by: Actor, at: dt.datetime) -> None:
    """Note for whom the gateway is about to be told to hold: before it is, because its reply may get lost.

    No evidence: the gateway records each change, and whoever decided it did here.
    """
    del by
    run(
        "INSERT INTO linkage_told_hold (unified_person_number, told_at)"
        " SELECT DISTINCT person, %s::timestamptz FROM unnest(%s::text[]) AS t(person) ON CONFLICT DO NOTHING",
        [at, text_array(people)],
    )


@transaction.atomic
def note_released(*, people: Iterable[str], by: Actor, at: dt.datetime) -> None:
    """Note for whom the gateway has been told to answer automatically again."""
    del by, at
    run("DELETE FROM linkage_told_hold WHERE unified_person_number = ANY(%s::text[])", [text_array(people)])
