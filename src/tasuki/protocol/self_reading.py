"""The items by which the portal shows a person what the network itself has about them: never the content of an answer.

Each message is about one person: the portal asks for whoever signed in, and for nobody else.
"""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from tasuki.protocol.envelope import Item
from tasuki.protocol.flow import OUTCOMES, Outcome
from tasuki.protocol.messages import Code, DataSet, Institution, Moment, State, Transaction
from tasuki.protocol.portal_messages import PortalNoticeKind

#: Exchange records in one reply; earlier ones are asked for with the place where it ended.
RECORDS_A_PAGE: Final = 50
#: Requests listed in one reply, the newest; more cannot be open under the limit of a day.
REQUESTS_TOLD: Final = 50


class NamedInstitution(Item):
    """An institution, and what people call it."""

    institution: Institution
    name: str
    name_en: str


class SelfInboxAsked(Item):
    """Portal to network: what is there for this person?"""

    portal_code: Code


class InboxNotice(Item):
    """A notice to the person (お知らせ): who sent it, of which kind, on which day."""

    sender: NamedInstitution
    kind: PortalNoticeKind
    day: dt.date
    expires_at: dt.datetime


class SelfStanding(Item):
    """How a request of the person's stands: how many institutions were asked, and how many are still to answer."""

    request_number: Transaction
    requested_at: dt.datetime
    expires_at: dt.datetime
    asked: int
    waiting: int


class SelfInbox(Item):
    """Network to portal: the notices of a person, and the requests whose time is not over, the newest first."""

    notices: list[InboxNotice]
    requests: list[SelfStanding]


class SelfHoldersAsked(Item):
    """Portal to network: which institutions may this person ask about themselves?"""

    portal_code: Code


class SelfHolders(Item):
    """Network to portal: institutions that have a code of the person and may be asked; whether they hold anything
    nobody knows before asking."""

    institutions: list[NamedInstitution]


class RecordsPlace(Item):
    """Where one page of records ended."""

    requested_at: Moment
    transaction_number: Transaction


class SelfRecordsAsked(Item):
    """Portal to network: who asked whom about this person? Before a place, where one page was not all."""

    portal_code: Code
    before: RecordsPlace | None = None


class RecordOutcome(StrEnum):
    """What came of an exchange, as the person is told: why nothing was given is not among it."""

    PROVIDED = "provided"
    NOTHING = "nothing"
    REFUSED = "refused"


_TOLD: Final[Mapping[Outcome, RecordOutcome]] = {
    Outcome.ANSWERED: RecordOutcome.PROVIDED,
    Outcome.NOTHING_HELD: RecordOutcome.NOTHING,
    # That a town decided so would tell that it had a reason.
    Outcome.NOT_ANSWERED: RecordOutcome.NOTHING,
    Outcome.REFUSED: RecordOutcome.REFUSED,
}
#: Ends that the provider has not spoken of: it may yet say that the record is not to be disclosed.
_UNSPOKEN: Final = frozenset({State.LAPSED, State.FAILED, State.CANCELLED})


def record_outcome(state: State) -> RecordOutcome:
    """Return what a person is told of an exchange that ended like this.

    :raises KeyError: when it is not over.
    """
    return _TOLD[OUTCOMES[state]]


def told_states() -> list[str]:
    """Return the states in which an exchange is over, and whoever was asked has had its say about the record."""
    return sorted(state.value for state, outcome in OUTCOMES.items() if outcome in _TOLD and state not in _UNSPOKEN)


class SelfRecord(Item):
    """One exchange about the person (情報提供等の記録), as it is disclosed to them."""

    transaction_number: Transaction
    requested_at: dt.datetime
    provided_at: dt.datetime | None
    inquirer: NamedInstitution
    provider: NamedInstitution
    data_sets: list[DataSet]
    department: str
    procedure: str
    basis: str
    outcome: RecordOutcome
    is_own: bool
    is_corrected: bool


class SelfRecords(Item):
    """Network to portal: the records, the newest first; `earlier` says where to go on, when there are more."""

    records: Annotated[list[SelfRecord], Field(max_length=RECORDS_A_PAGE)]
    earlier: RecordsPlace | None = None
