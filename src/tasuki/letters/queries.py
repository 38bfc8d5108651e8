"""Reads of letters."""

from collections.abc import Sequence
from datetime import datetime

from tasuki.letters.types import IssuedLetter, LetterKind, Sender, Wording, WordingLanguage
from tasuki.letters.wording import shipped_wording
from tasuki.nodes.sql import Row, rows

_WORDING = "kind, language, title, opening, body, notes, version, reason, written_at, written_by"
_SENDER = (
    "department, postal_code, address, phone, hours, window_left, window_top, window_width, window_height, version,"
    " reason, written_at, written_by"
)
_LETTER = (
    "letter_id, kind, language, system_person_number AS person, number, subject, wording_version, issued_at, issued_by"
)
#: What letters say of their sender until somebody writes it down.
UNKNOWN_SENDER = Sender(department="", postal_code="", address="", phone="", hours="")


def wording(kind: LetterKind, language: WordingLanguage) -> Wording:
    """Return the words in use: the newest staff wrote, else those this release ships."""
    found = rows(
        f"SELECT {_WORDING} FROM letters_wording WHERE kind = %s AND language = %s ORDER BY version DESC LIMIT 1",  # noqa: S608 — columns of ours
        [kind.value, language.value],
    )
    return _wording(found[0]) if found else shipped_wording(kind, language)


def wording_versions(kind: LetterKind, language: WordingLanguage) -> list[Wording]:
    """Return every version of the words, newest first; the shipped one is the last."""
    found = rows(
        f"SELECT {_WORDING} FROM letters_wording WHERE kind = %s AND language = %s ORDER BY version DESC",  # noqa: S608 — as above
        [kind.value, language.value],
    )
    return [*map(_wording, found), shipped_wording(kind, language)]


def sender() -> Sender:
    """Return who sends the letters; empty until somebody wrote it down."""
    found = rows(f"SELECT {_SENDER} FROM letters_sender ORDER BY version DESC LIMIT 1")  # noqa: S608 — as above
    return Sender(**found[0]) if found else UNKNOWN_SENDER


def letters_of(person: str) -> list[IssuedLetter]:
    """Return the letters made for a resident, newest first."""
    found = rows(
        f"SELECT {_LETTER} FROM letters_letter WHERE system_person_number = %s ORDER BY issued_at DESC, letter_id",  # noqa: S608 — as above
        [person],
    )
    return [_letter(row) for row in found]


def letters_of_people(people: Sequence[str], since: datetime) -> list[IssuedLetter]:
    """Return the letters made for residents since a time, in their order."""
    found = rows(
        f"SELECT {_LETTER} FROM letters_letter WHERE system_person_number = ANY(%s) AND issued_at >= %s"  # noqa: S608 — as above
        " ORDER BY issued_at, letter_id",
        [list(people), since],
    )
    return [_letter(row) for row in found]


def letters_about(kinds: Sequence[LetterKind], subjects: Sequence[str]) -> list[IssuedLetter]:
    """Return the letters of some kinds made about some subjects, newest first."""
    found = rows(
        f"SELECT {_LETTER} FROM letters_letter WHERE kind = ANY(%s) AND subject = ANY(%s)"  # noqa: S608 — as above
        " ORDER BY issued_at DESC, letter_id",
        [[one.value for one in kinds], list(subjects)],
    )
    return [_letter(row) for row in found]


def last_made(kinds: Sequence[LetterKind], subjects: Sequence[str]) -> dict[str, datetime]:
    """Return when a letter of some kinds was made last, by subject."""
    made: dict[str, datetime] = {}
    for one in letters_about(kinds, subjects):
        made.setdefault(one.subject, one.issued_at)
    return made


def _wording(row: Row) -> Wording:
    return Wording(**row | {"kind": LetterKind(row["kind"]), "language": WordingLanguage(row["language"])})


def _letter(row: Row) -> IssuedLetter:
    return IssuedLetter(**row | {"kind": LetterKind(row["kind"]), "language": WordingLanguage(row["language"])})
