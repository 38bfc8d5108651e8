"""Tables of the person index, in a schema and under a role of their own.

An individual number in use stands in one table only, encrypted and found by a keyed hash; one that waits for a decision
stands sealed with its case, and whatever a file brings, with the whole file. Names, birth dates and addresses stand in
what systems state of people, and in what they stated before, and folded in what is compared. Nothing here says what a
person's results are.
"""

from tasuki.persons.models.custody import Acquisition, CodeAttempt, CustodyChange, NumberCustody, NumberKey
from tasuki.persons.models.deciding import (
    Case,
    CaseEvent,
    GatewayTask,
    Inspection,
    Merge,
    PendingNumber,
    Quarantine,
    Split,
)
from tasuki.persons.models.matching import MatchKey, MatchLink, MatchRecord
from tasuki.persons.models.people import BusinessSystem, FormerStatement, Person, StatedColumns, Statement, SystemPerson
from tasuki.persons.models.service import (
    ApiClient,
    ApiSecret,
    MatchWaiting,
    PeopleFile,
    PersonErasure,
    TokenFailure,
    UsedAssertion,
)
from tasuki.persons.models.telling import RegisterCarried, RegisterChange, ToldProtection

__all__ = [
    "Acquisition",
    "ApiClient",
    "ApiSecret",
    "BusinessSystem",
    "Case",
    "CaseEvent",
    "CodeAttempt",
    "CustodyChange",
    "FormerStatement",
    "GatewayTask",
    "Inspection",
    "MatchKey",
    "MatchLink",
    "MatchRecord",
    "MatchWaiting",
    "Merge",
    "NumberCustody",
    "NumberKey",
    "PendingNumber",
    "PeopleFile",
    "Person",
    "PersonErasure",
    "Quarantine",
    "RegisterCarried",
    "RegisterChange",
    "Split",
    "StatedColumns",
    "Statement",
    "SystemPerson",
    "TokenFailure",
    "ToldProtection",
    "UsedAssertion",
]
