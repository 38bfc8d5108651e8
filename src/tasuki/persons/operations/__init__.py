"""What is written to the person index. Its evidence stands in the caller's log, recorded before the effect."""

from tasuki.persons.operations.acquisitions import close_acquisitions, note_told, open_acquisitions
from tasuki.persons.operations.cases import approve_case, decide_case, return_case, stop_overdue
from tasuki.persons.operations.erasing import erase_people, have_gateway
from tasuki.persons.operations.inspection import inspect_links
from tasuki.persons.operations.matching import take_into_matching
from tasuki.persons.operations.merging import propose_merge, propose_split, propose_undo
from tasuki.persons.operations.migrating import migrate_numbers
from tasuki.persons.operations.numbering import number_people
from tasuki.persons.operations.quarantine import begin_quarantine, close_tasks, end_quarantine
from tasuki.persons.operations.registration import register_non_registered, register_people
from tasuki.persons.operations.statements import state_people
from tasuki.persons.operations.systems import admit_system

__all__ = [
    "admit_system",
    "approve_case",
    "begin_quarantine",
    "close_acquisitions",
    "close_tasks",
    "decide_case",
    "end_quarantine",
    "erase_people",
    "have_gateway",
    "inspect_links",
    "migrate_numbers",
    "note_told",
    "number_people",
    "open_acquisitions",
    "propose_merge",
    "propose_split",
    "propose_undo",
    "register_non_registered",
    "register_people",
    "return_case",
    "state_people",
    "stop_overdue",
    "take_into_matching",
]
