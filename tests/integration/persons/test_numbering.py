"""People get one number each, whichever system knows them."""

from datetime import UTC, datetime

import pytest

from tasuki.persons import queries
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.operations import close_acquisitions, number_people, open_acquisitions
from tasuki.persons.types import NumberingFault, NumberingProblem, PersonToNumber
from tasuki.shared.actor import system_actor

pytestmark = pytest.mark.django_db(databases=["index"])

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
BY = system_actor("test")
CIPHER = NumberCipher(lambda purpose: purpose.encode().ljust(32, b".")[-32:])
FIRST, SECOND = "999951519640", "999918523810"


def test_a_person_keeps_the_number_and_another_system_shares_it() -> None:
    people = [PersonToNumber("0001", FIRST), PersonToNumber("0002", None)]
    report = number_people(system="health", people=people, cipher=CIPHER, by=BY, at=AT)
    assert (report.numbered, report.linked, report.already_numbered, report.problems) == (2, 0, 0, ())
    again = number_people(system="health", people=people, cipher=CIPHER, by=BY, at=AT)
    assert (again.numbered, again.linked, again.already_numbered) == (0, 0, 2)
    other = number_people(system="tax", people=[PersonToNumber("9", FIRST)], cipher=CIPHER, by=BY, at=AT)
    assert (other.numbered, other.linked) == (0, 1)
    unified = queries.unified_numbers("health", ["0001", "0002", "0003"])
    assert queries.unified_numbers("tax", ["9"]) == {"9": unified["0001"]}
    assert queries.system_numbers("health", list(unified.values())) == {n: s for s, n in unified.items()}
    assert queries.find_by_individual_number(FIRST, CIPHER) == unified["0001"]


def test_two_people_of_one_system_do_not_share_an_individual_number() -> None:
    people = [PersonToNumber("0001", FIRST), PersonToNumber("0002", FIRST), PersonToNumber("0003", "123456789012")]
    report = number_people(system="health", people=people, cipher=CIPHER, by=BY, at=AT)
    assert report.problems == (
        NumberingProblem(2, "0002", NumberingFault.SHARED_NUMBER, "0001"),
        NumberingProblem(3, "0003", NumberingFault.INVALID_NUMBER),
    )
    assert set(queries.unified_numbers("health", ["0001", "0002", "0003"])) == {"0001"}


def test_an_acquisition_opens_once_and_its_number_is_deleted_when_the_code_is_bound() -> None:
    people = [PersonToNumber("0001", FIRST), PersonToNumber("0002", None)]
    number_people(system="health", people=people, cipher=CIPHER, by=BY, at=AT)
    missing = queries.missing_codes()
    numbers = iter(f"{n:032x}" for n in range(10))
    everyone = list(queries.unified_numbers("health", ["0001", "0002"]).values())
    opened = open_acquisitions(unified_numbers=everyone, new_number=lambda: next(numbers), cipher=CIPHER, by=BY, at=AT)
    assert [(one.unified_person_number, one.individual_number) for one in opened] == [(missing[0], FIRST)]
    again = open_acquisitions(unified_numbers=everyone, new_number=lambda: next(numbers), cipher=CIPHER, by=BY, at=AT)
    assert again == opened
    assert close_acquisitions(acquisition_numbers=[opened[0].acquisition_number], by=BY, at=AT) == 1
    assert (queries.missing_codes(), queries.counts().open_acquisitions) == ([], 0)
