"""Words and sender in versions, the record of what was made, and to whom letters go."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import transaction
from django.db.utils import ProgrammingError

from tasuki.letters import queries
from tasuki.letters.operations import next_numbers, record_letters, write_sender, write_wording
from tasuki.letters.tables import APPEND_ONLY_TABLES
from tasuki.letters.types import Destination, Letter, LetterKind, Sender, Wording, WordingLanguage
from tasuki.nodes.sql import rows, run
from tasuki.screening.operations.contacts import change_contact
from tasuki.screening.queries.recipients import NoLetter, recipients
from tasuki.screening.types.residents import ContactDetails, LetterLanguage
from tests.integration.screening.town import AT, BY, NUMBER, register, resident

pytestmark = pytest.mark.django_db
KIND, JA = LetterKind.REMINDER, WordingLanguage.JAPANESE
ON = date(2026, 11, 23)


def write(wording: Wording) -> object:
    return write_wording(wording=wording, reason="わかりやすく", by=BY, at=AT)


def test_words_are_versions_and_two_writers_do_not_overwrite_each_other() -> None:
    shipped = queries.wording(KIND, JA)
    assert shipped.version == 0
    first = write(replace(shipped, title="まだ間に合います"))
    assert isinstance(first, Wording)
    assert (first.version, queries.wording(KIND, JA).title) == (1, "まだ間に合います")
    assert write(replace(shipped, title="別の題")) is None
    assert isinstance(write(replace(shipped, version=1)), Wording)
    assert [one.version for one in queries.wording_versions(KIND, JA)] == [2, 1, 0]
    assert queries.wording(KIND, WordingLanguage.ENGLISH).version == 0


def test_words_with_a_problem_are_not_stored() -> None:
    problems = write(replace(queries.wording(KIND, JA), body="{住所}"))
    assert isinstance(problems, tuple)
    assert queries.wording(KIND, JA).version == 0
    assert rows("SELECT FROM evidence_entry WHERE kind = 'wording_changed'") == []


def test_the_sender_is_a_version_too() -> None:
    sender = Sender("健康づくり課", "000-0001", "架空区1-1", "03-0000-0000", "", window_left=30.0)
    stored = write_sender(sender=sender, reason="初め", by=BY, at=AT)
    assert stored is not None
    assert (stored.version, stored.window_left) == (1, 30.0)
    assert write_sender(sender=sender, reason="もう一度", by=BY, at=AT) is None


def test_letters_are_recorded_with_their_evidence_and_numbers_never_come_twice() -> None:
    numbers = next_numbers(count=3, by=BY, at=AT)
    assert len(set(numbers) | set(next_numbers(count=3, by=BY, at=AT))) == 6
    letter = Letter(Destination("架空", "", ""), NUMBER, "第1号", ON, subject="case-1")
    assert record_letters(letters=[letter], wording=queries.wording(KIND, JA), by=BY, at=AT) == 1
    (stored,) = queries.letters_of(NUMBER)
    assert (stored.kind, stored.number, stored.subject) == (KIND, "第1号", "case-1")
    assert [one.letter_id for one in queries.letters_about([KIND], ["case-1"])] == [stored.letter_id]
    (entry,) = rows("SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind = 'letters_made'")
    assert NUMBER not in entry["body"]


@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
def test_what_was_written_stays(table: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        run(f"DELETE FROM {table}")  # noqa: S608 — our own tables


def test_who_gets_a_letter_where_and_in_which_language() -> None:
    numbers = [f"000100000{one}" for one in range(1, 8)]
    register(
        resident(numbers[0]),
        resident(numbers[1], died_date=date(2026, 11, 1)),
        resident(numbers[2], moved_out_date=date(2026, 11, 1)),
        resident(numbers[3], protected_from=date(2026, 11, 1)),
        resident(numbers[4], address=""),
        resident(numbers[5]),
    )
    elsewhere = ContactDetails(
        mailing_address="模擬市1", mailing_postal_code="111-1111", mailing_name="例示様方",
        mailing_from=ON, mailing_to=date(2026, 12, 1), letter_language=LetterLanguage.NEPALI,
    )  # fmt: skip
    change_contact(system_person_number=numbers[5], details=elsewhere, revision=0, reason="申出", by=BY, at=AT)
    found, none = recipients(numbers, ON)
    assert none == {
        numbers[1]: NoLetter.DIED,
        numbers[2]: NoLetter.MOVED_OUT,
        numbers[3]: NoLetter.PROTECTED,
        numbers[4]: NoLetter.NO_ADDRESS,
        numbers[6]: NoLetter.UNKNOWN,
    }
    assert found[numbers[0]].destination.address == "架空区仮想町四丁目24番14号"
    assert found[numbers[5]].destination == Destination("襷崎　達也", "111-1111", "模擬市1", "例示様方")
    assert found[numbers[5]].language is WordingLanguage.EASY_JAPANESE
    later, _ = recipients(numbers, date(2026, 12, 1))
    assert later[numbers[5]].destination.care_of == ""
    asked, _ = recipients([numbers[3]], ON, with_protected=True)
    assert numbers[3] in asked
