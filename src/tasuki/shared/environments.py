"""Real and dummy environments (本番環境・模擬環境), and what fictitious data is recognised by (ADR 0005, 0031)."""

import re
from enum import StrEnum
from typing import Final


class Environment(StrEnum):
    """What a node holds, said once when it is made: records of real people, or of fictitious ones only."""

    REAL = "real"
    DUMMY = "dummy"


#: Begins every fictitious 個人番号. Any well-formed number may coincide with one that was really issued; the fixed
#: prefix makes ours recognisable, so that tests can look for leaks and staff can tell the data from real data.
FICTITIOUS_NUMBER_PREFIX: Final = "9999"
#: Fictitious institutions are in district 99 of Tokyo, which there is not.
_FICTITIOUS_FACILITY: Final = re.compile(r"13[0-9]99[0-9]{5}")
#: What the family names of fictitious people begin with: words that mean "mock", "sample" or "imagined".
FICTITIOUS_NAMES: Final = (
    "架", "模", "仮", "擬", "試", "例", "襷", "空", "見本", "想定", "髙架", "髙模", "髙例", "𠮷模", "𠮷例", "高擬",
    "SAMPLE", "MOCKUP", "SPECIMEN", "EXAMPLE", "FICTIO", "DUMMY", "PLACEHOLDER", "ENSAYO", "MUSTER", "ESEMPIO",
)  # fmt: skip


def has_fictitious_number(individual_number: str) -> bool:
    """Say whether an individual number is one of those dealt to fictitious people."""
    return individual_number.startswith(FICTITIOUS_NUMBER_PREFIX)


def has_fictitious_name(name: str) -> bool:
    """Say whether a name is made of the words fictitious people are named by."""
    return name.startswith(FICTITIOUS_NAMES)


def may_hold_person(environment: Environment, *, individual_number: str, name: str) -> bool:
    """Say whether a person may be taken in.

    Where only fictitious people may be, each must be recognisable: by the number, or by the name where there is none. A
    real resident's number may happen to begin alike, so where real people are kept both marks together keep one out.
    """
    if environment is Environment.DUMMY:
        return has_fictitious_number(individual_number) if individual_number else has_fictitious_name(name)
    return not (has_fictitious_number(individual_number) and has_fictitious_name(name))


def is_fictitious_facility(facility_number: str) -> bool:
    """Say whether a 保険医療機関番号 is one of those dealt to fictitious institutions."""
    return _FICTITIOUS_FACILITY.fullmatch(facility_number) is not None


def may_hold_facility(environment: Environment, facility_number: str) -> bool:
    """Say whether results of an institution, or the institution itself, may be taken in."""
    return is_fictitious_facility(facility_number) == (environment is Environment.DUMMY)
