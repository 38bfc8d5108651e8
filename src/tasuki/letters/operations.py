"""What is written about letters: words, sender, and which letters were made for whom."""

import datetime as dt
from collections.abc import Sequence
from hashlib import sha256
from uuid import uuid4

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.letters import queries
from tasuki.letters.types import Letter, Sender, Wording, WordingProblem
from tasuki.letters.wording import problems_with
from tasuki.nodes.sql import copy_rows, rows, run
from tasuki.shared.actor import Actor

# Any constants: "words are being written", "the sender is being written".
_WORDING_LOCK, _SENDER_LOCK = 0x574F_5244, 0x5345_4E44


@transaction.atomic
def write_wording(
    *, wording: Wording, reason: str, by: Actor, at: dt.datetime
) -> Wording | tuple[WordingProblem, ...] | None:
    """Bring new words into use as the next version; give what is wrong with them, if anything.

    :param wording: its `version` is the one whoever writes started from; None is given when another stands by now.
    """
    problems = problems_with(wording)
    if problems:
        return tuple(problems)
    run("SELECT pg_advisory_xact_lock(%s)", [_WORDING_LOCK])
    standing = queries.wording(wording.kind, wording.language)
    if standing.version != wording.version:
        return None
    run(
        "INSERT INTO letters_wording (kind, language, version, title, opening, body, notes, reason, written_at,"
        " written_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            wording.kind.value, wording.language.value, standing.version + 1, wording.title.strip(),
            wording.opening.strip(), wording.body.strip(), wording.notes.strip(), reason, at, str(by),
        ],
    )  # fmt: skip
    append(
        kind=EntryKind.WORDING_CHANGED,
        body={"letter": wording.kind, "language": wording.language, "version": standing.version + 1, "by": str(by)},
        at=at,
    )
    return queries.wording(wording.kind, wording.language)


@transaction.atomic
def write_sender(*, sender: Sender, reason: str, by: Actor, at: dt.datetime) -> Sender | None:
    """Bring another sender into use as the next version; None when another stands than `sender` started from."""
    run("SELECT pg_advisory_xact_lock(%s)", [_SENDER_LOCK])
    standing = queries.sender()
    if standing.version != sender.version:
        return None
    run(
        "INSERT INTO letters_sender (version, department, postal_code, address, phone, hours, window_left, window_top,"
        " window_width, window_height, reason, written_at, written_by)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            standing.version + 1, sender.department, sender.postal_code, sender.address, sender.phone, sender.hours,
            sender.window_left, sender.window_top, sender.window_width, sender.window_height, reason, at, str(by),
        ],
    )  # fmt: skip
    return queries.sender()


@transaction.atomic
def record_letters(*, letters: Sequence[Letter], wording: Wording, by: Actor, at: dt.datetime) -> int:
    """Record letters that were made, in the transaction in which whoever made them gets them; give how many."""
    # One row for each thing a letter is about, so that whoever looks for letters about it finds this one.
    issued = [(uuid4(), one, subject) for one in letters for subject in (one.subject, *one.also)]
    copy_rows(
        "letters_letter",
        ("letter_id", "kind", "language", "wording_version", "system_person_number", "number", "subject", "issued_at",
         "issued_by"),
        (
            (letter_id, wording.kind.value, wording.language.value, wording.version, one.person, one.number,
             subject, at, str(by))
            for letter_id, one, subject in issued
        ),
    )  # fmt: skip
    digest = sha256("".join(f"{letter_id}{one.person}" for letter_id, one, _subject in issued).encode()).hexdigest()
    append(
        kind=EntryKind.LETTERS_MADE,
        body={"letter": wording.kind, "count": len(letters), "digest": digest, "by": str(by)},
        at=at,
    )
    return len(letters)


@transaction.atomic
def next_numbers(*, count: int, by: Actor, at: dt.datetime) -> list[int]:
    """Deal numbers for letters; those dealt and not used are gaps, which nothing minds."""
    del by, at
    dealt = rows("SELECT nextval('letters_number') AS number FROM generate_series(1, %s)", [count])
    return [row["number"] for row in dealt]
