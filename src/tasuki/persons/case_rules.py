"""What may be decided about a case, and by how many people: the two-person rule as a table. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tasuki.persons.types.cases import CaseAct, CaseKind

_K, _A = CaseKind, CaseAct
#: People needed by kind and act. Two where the gate is overridden, or where who is who changes for other systems.
PEOPLE_NEEDED: Final[Mapping[CaseKind, Mapping[CaseAct, int]]] = MappingProxyType(
    {
        _K.ITEMS_DIFFER: {_A.LINK: 2, _A.NEW: 1, _A.SEND_BACK: 1},
        _K.HOUSEHOLD_MEMBER: {_A.LINK: 2, _A.LINK_OTHER: 1, _A.NEW: 1, _A.SEND_BACK: 1},
        _K.SHARED_NUMBER: {_A.NEW: 1, _A.SEND_BACK: 1},
        _K.NUMBER_CHANGED: {_A.LINK: 2, _A.NEW: 1, _A.SEND_BACK: 1},
        _K.TOO_LITTLE_KNOWN: {_A.LINK: 2, _A.NEW: 1, _A.SEND_BACK: 1},
        _K.NOT_IN_REGISTER: {_A.KEEP_NUMBER: 2, _A.LINK_OTHER: 2, _A.NEW: 1, _A.SEND_BACK: 1},
        _K.SAME_NAME: {_A.LINK: 2, _A.LINK_OTHER: 2, _A.NEW: 1, _A.SEND_BACK: 1},
        _K.CANDIDATES: {_A.LINK: 1, _A.LINK_OTHER: 1, _A.NEW: 1, _A.SEND_BACK: 1},
        _K.MERGE: {_A.MERGE: 2, _A.SEND_BACK: 1},
        _K.SPLIT: {_A.SPLIT: 2, _A.SEND_BACK: 1},
        _K.UNDO: {_A.UNDO: 2, _A.SEND_BACK: 1},
        # Either way it is about everybody of a system: neither a button nor a shrug of one person.
        _K.MASS_STOP: {_A.STOP_ALL: 2, _A.LEAVE_ALL: 2},
        # That somebody else is described is overridden by two, as at the gate.
        _K.LINKED_TO_OTHER: {_A.MOVE_LINK: 2, _A.PART_LINK: 2, _A.CONFIRM: 2, _A.SEND_BACK: 1},
        _K.LINK_DOUBTFUL: {_A.CONFIRM: 1, _A.MOVE_LINK: 2, _A.PART_LINK: 2, _A.SEND_BACK: 1},
        _K.NUMBERED_TWICE: {_A.MERGE: 2, _A.CONFIRM: 1, _A.SEND_BACK: 1},
    }
)


def people_needed(kind: CaseKind, act: CaseAct) -> int | None:
    """Return how many people it takes to decide that, or None where it is not to be decided about such a case."""
    return PEOPLE_NEEDED[kind].get(act)
