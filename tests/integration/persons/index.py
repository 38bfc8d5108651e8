"""A small index to test with: a register of a few people, and a care system that registers some of them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from tasuki.persons.cipher import NumberCipher
from tasuki.persons.operations import number_people, register_people, state_people
from tasuki.persons.stating import lines_of
from tasuki.persons.types import REGISTER, PersonToNumber, RegistrationReport
from tasuki.persons.types.items import BasicItems, Registration
from tasuki.shared.actor import staff_actor
from tasuki.shared.environments import Environment

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CLERK, APPROVER = staff_actor("7", "例示 花子"), staff_actor("8", "架空 次郎")
CIPHER = NumberCipher(lambda purpose: purpose.encode().ljust(32, b".")[-32:])
#: Fictitious numbers with a right check digit.
NUMBERS = ("999951519640", "999918523810", "999904521369", "999993307197", "999943861622")
TARO = BasicItems("例示　太郎", "レイジ　タロウ", "1984-06-02", "1", "架空区模擬町一丁目1番", household_number="77")
HANAKO = replace(TARO, name="例示　花子", kana_name="レイジ　ハナコ", birth_date="1986-01-15", sex="2")
JIRO = BasicItems("見本　二郎", "ミホン　ジロウ", "1950-03-31", "1", "架空区見本町2-2", household_number="78")


def registered(*people: Registration) -> None:
    """Let the resident register say these people."""
    number_people(
        system=REGISTER,
        people=[PersonToNumber(one.system_person_number, one.individual_number) for one in people],
        cipher=CIPHER,
        by=CLERK,
        at=AT,
        also=("screening",),
    )
    state_people(system=REGISTER, lines=lines_of(people), by=CLERK, at=AT)


def the_usual_three() -> None:
    """Let the register say a couple of one household, and a man who lives elsewhere."""
    registered(
        Registration("0001", TARO, NUMBERS[0]), Registration("0002", HANAKO, NUMBERS[1]), Registration("0003", JIRO)
    )


def register(people: Iterable[Registration], *, system: str = "care") -> RegistrationReport:
    """Let a business system register people."""
    return register_people(
        system=system, people=list(people), environment=Environment.DUMMY, cipher=CIPHER, by=CLERK, at=AT
    )
