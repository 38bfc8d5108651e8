"""Who gets which 団体内統合宛名番号: what stands, what a person of a list says, and what follows."""

from dataclasses import dataclass

import pytest

from tasuki.persons.operations.numbering import Holder, Numbering, Own
from tasuki.persons.types import NumberingFault, PersonToNumber

A, B = b"hash of one number", b"hash of another"


@dataclass(frozen=True)
class Case:
    """`own` stands for the person in this system, `holder` for whoever holds the number they state."""

    name: str
    own: Own | None
    holder: Holder | None
    stated: bytes | None
    unified: str | None
    takes_custody: bool = False
    fault: NumberingFault | None = None


CASES = [
    Case("new, no number", None, None, None, "fresh"),
    Case("new, number of nobody", None, None, A, "fresh", takes_custody=True),
    Case("new here, known elsewhere", None, Holder("1", None), A, "1"),
    Case("new here, number held here", None, Holder("1", "9"), A, None, fault=NumberingFault.SHARED_NUMBER),
    Case("known, says the same", Own("1", A), Holder("1", "0001"), A, "1"),
    Case("known, says nothing", Own("1", A), None, None, "1"),
    Case("known, number arrives", Own("1", None), None, A, "1", takes_custody=True),
    Case("known, number is another's", Own("1", None), Holder("2", None), A, "1", fault=NumberingFault.SHARED_NUMBER),
    Case("known by another number", Own("1", B), None, A, "1", fault=NumberingFault.NUMBER_CHANGED),
    Case("known, both known", Own("1", B), Holder("2", "9"), A, "1", fault=NumberingFault.NUMBER_CHANGED),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_number_once_given_stays_and_doubt_goes_to_a_clerk(case: Case) -> None:
    own = {} if case.own is None else {"0001": Own(case.own.unified, case.own.number_hash)}
    holders = {} if case.holder is None else {A: Holder(case.holder.unified, case.holder.system_number)}
    numbering = Numbering(own=own, holders=holders, fresh=iter(["fresh"]))
    numbering.take(1, PersonToNumber("0001", None if case.stated is None else "999951519640"), case.stated)
    found = numbering.own.get("0001")
    assert (found.unified if found else None) == case.unified
    assert [problem.fault for problem in numbering.problems] == ([] if case.fault is None else [case.fault])
    assert bool(numbering.custody) is case.takes_custody
    assert numbering.pairs == ([] if case.own or case.fault else [("0001", case.unified)])
