"""The items nodes send each other, one class each. OpenAPI is generated from these.

Nobody's name, address or individual number has a field here, with one exception: `AcquisitionRequest`, which only a
town's index sends, and only to J-LIS (番号法21条の2第2項, 令27条).
"""

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from tasuki.protocol.amending import Amendment
from tasuki.protocol.envelope import MAX_ITEMS, Item

Institution = Annotated[str, Field(pattern=r"^[0-9]{16}$")]
UnifiedNumber = Annotated[str, Field(pattern=r"^[0-9]{15}$")]
Transaction = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
DataSet = Annotated[str, Field(pattern=r"^TM[0-9]{14}$")]
Procedure = Annotated[str, Field(pattern=r"^JT[0-9]{14}$")]
Code = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
AcquisitionId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
#: Short text of the sender's own. PostgreSQL stores no NUL, and no control character belongs in any of these.
Word = Annotated[str, Field(max_length=40, pattern=r"^[^\x00-\x1f]*$")]
#: Up to which layout version (版) the asker reads each of the data sets, in their order; empty where it reads any.
Layouts = Annotated[list[Annotated[str, Field(pattern=r"^[0-9]{1,4}$")]], Field(max_length=16)]
#: People told of in one reply about what is registered.
MOST_REGISTERED = 2_000
Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]*={0,2}$")]


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("no NUL")
    return text


#: A document. A pattern that says the same took a quarter of the time in which a replica is read.
Payload = Annotated[
    str, Field(max_length=200_000, json_schema_extra={"pattern": r"^[^\x00]*$"}), AfterValidator(_without_nul)
]


def _can_be_stored(at: dt.datetime) -> dt.datetime:
    """Return a time in UTC; years and offsets that no clock shows and PostgreSQL does not store are refused."""
    if not 1900 <= at.year < 2200:
        raise ValueError("a year from 1900 to 2199 is expected")
    return at.astimezone(dt.UTC)


#: A time somebody states: with its time zone, and of our times.
Moment = Annotated[AwareDatetime, AfterValidator(_can_be_stored)]
Seconds = Annotated[int, Field(ge=1, le=90 * 86400)]


class State(StrEnum):
    """Where an inquiry stands (番号法21条–23条); which follows which, and where, is in `exchange.toml`."""

    CREATED = "created"
    SENT = "sent"
    PERMITTED = "permitted"
    NOTIFIED = "notified"
    HELD = "held"
    RELEASED = "released"
    PROVIDED = "provided"
    RECEIVED = "received"
    REFUSED_NO_LEGAL_BASIS = "refused_no_legal_basis"
    REFUSED_NO_ASSESSMENT = "refused_no_assessment"
    REFUSED_SUSPENDED = "refused_suspended"
    PROVIDER_HAS_NO_CODE = "provider_has_no_code"
    PROVIDER_UNKNOWN = "provider_unknown"
    OWN_CODE_MISSING = "own_code_missing"
    NO_REPLICA = "no_replica"
    OTHER_LAYOUT = "other_layout"
    NOT_SCREENED = "not_screened"
    WITHHELD = "withheld"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    PURGED = "purged"


#: The states in which a town and its gateway still wait.
OPEN_STATES = frozenset({State.CREATED, State.SENT, State.PERMITTED, State.HELD})

#: What an answer as a whole is, by what its parts are: the first of these that is among them.
STRONGEST_FIRST = (State.RECEIVED, State.OTHER_LAYOUT, State.NOT_SCREENED, State.NO_REPLICA)


class Accepted(Item):
    """The plain acknowledgement of one item, in the order sent. `again` says that it may be accepted later."""

    accepted: bool
    reason: str = ""
    again: bool = False


#: The acknowledgement without more to say; one for every item of a list.
ACCEPTED: Final = Accepted(accepted=True)


# --- linkage codes (番号法21条の2) ---


class AcquisitionOpened(Item):
    """Town to gateway: an acquisition is under way, and whose it is inside the town."""

    institution: Institution
    acquisition_number: AcquisitionId
    unified_person_number: UnifiedNumber


class AcquisitionRequest(Item):
    """Town to J-LIS: the individual number, under an acquisition number that means nothing elsewhere."""

    institution: Institution
    acquisition_number: AcquisitionId
    individual_number: Annotated[str, Field(pattern=r"^[0-9]{12}$")]


class CodeRequest(Item):
    """J-LIS to network: the resident-record code of one acquisition."""

    institution: Institution
    acquisition_number: AcquisitionId
    resident_record_code: Annotated[str, Field(pattern=r"^[0-9]{11}$")]


class AcquisitionOutcome(StrEnum):
    ISSUED = "issued"
    ALREADY_ISSUED = "already_issued"
    UNKNOWN_NUMBER = "unknown_number"
    UNKNOWN_INSTITUTION = "unknown_institution"
    INSTITUTION_SUSPENDED = "institution_suspended"


class AcquisitionReply(Item):
    """What became of one acquisition; never the code itself, which goes to the gateway alone."""

    acquisition_number: AcquisitionId
    outcome: AcquisitionOutcome


class CodeIssued(Item):
    """Network to gateway: the institution's code for the person of an acquisition."""

    institution: Institution
    acquisition_number: AcquisitionId
    linkage_code: Code


class CodeStatusAsked(Item):
    """Town to gateway: is the code of this acquisition bound?"""

    institution: Institution
    acquisition_number: AcquisitionId
    unified_person_number: UnifiedNumber


class CodeStatus(Item):
    acquisition_number: AcquisitionId
    bound: bool


# --- replicas ---


class Hold(Item):
    """Town to gateway: answer for these people by hand only (自動応答不可), or automatically again."""

    institution: Institution
    unified_person_numbers: Annotated[list[UnifiedNumber], Field(min_length=1, max_length=MAX_ITEMS)]
    hold: bool
    non_disclosure: bool = False

    @property
    def size(self) -> int:
        return len(self.unified_person_numbers)


class Forgotten(Item):
    """Town to gateway: forget what is registered of this number, its linkage code included (統合・分割)."""

    institution: Institution
    unified_person_number: UnifiedNumber


class CodeForgotten(Item):
    """Town to gateway: forget this person's linkage code, whose individual number was deleted for good (番号法20条).

    `deleted_at` says when: a code that was bound later belongs to a number that came again, and stays.
    """

    institution: Institution
    unified_person_number: UnifiedNumber
    deleted_at: Moment


class RegisteredAsked(Item):
    """Town to gateway: what is registered of the people numbered behind `after`, up to and with `upto`?"""

    institution: Institution
    after: Annotated[str, Field(pattern=r"^[0-9]{0,15}$")]
    upto: UnifiedNumber
    most: Annotated[int, Field(ge=1, le=MOST_REGISTERED)]


class RegisteredReplica(Item):
    """One replica as it is registered; `sha256` is that of its payload, and empty where the payload is damaged."""

    data_set: DataSet
    record_key: Word
    revision: int
    ordinal: int
    layout_version: Word
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]


class RegisteredPerson(Item):
    """Gateway to town: a person it knows of, in the order of their numbers; never the code itself, nor any content."""

    unified_person_number: UnifiedNumber
    hold: bool
    bound: bool
    replicas: list[RegisteredReplica]


# --- inquiry (番号法19条8号, 21条, 22条) ---


def check_layouts(data_sets: Sequence[str], layouts: Sequence[str]) -> None:
    """Refuse layout versions that do not stand beside the data sets one by one.

    :raises ValueError: saying so.
    """
    if layouts and len(layouts) != len(data_sets):
        raise ValueError("layouts must name one version for each data set, or none")


class Inquiry(Item):
    """Town to gateway: ask a provider about one person. The person is named by the town's own unified number."""

    transaction_number: Transaction
    institution: Institution
    unified_person_number: UnifiedNumber
    provider: Institution
    data_sets: Annotated[list[DataSet], Field(min_length=1, max_length=16)]
    layouts: Layouts = []
    procedure: Procedure
    department: Word
    non_disclosure: bool = False
    requested_at: Moment
    valid_for_seconds: Seconds | None = None

    @model_validator(mode="after")
    def _each_data_set_has_its_layout(self) -> Self:
        check_layouts(self.data_sets, self.layouts)
        return self


class InquiryAsked(Item):
    """Town to gateway: how does this inquiry stand?"""

    institution: Institution
    transaction_number: Transaction


class DataSetAnswer(Item):
    """The answer for one data set: the replicas' payloads, or why there are none."""

    data_set: DataSet
    state: State
    payloads: list[str] = []


class InquiryProgress(Item):
    """Gateway to town: the state, when it was reached, and the answer once there is one."""

    transaction_number: Transaction
    state: State
    at: dt.datetime
    permitted_at: dt.datetime | None = None
    provided_at: dt.datetime | None = None
    valid_until: dt.datetime | None = None
    basis: str = ""
    reason: str = ""
    non_disclosure: bool = False
    answers: list[DataSetAnswer] = []


class AnswerRead(Item):
    """Town to gateway: the answer is safely stored, so the gateway may let go of it."""

    institution: Institution
    transaction_number: Transaction


class PermitRequest(Item):
    """Gateway to network: may this inquirer ask this provider, and who is the person there?"""

    transaction_number: Transaction
    inquirer: Institution
    inquirer_code: Code
    provider: Institution
    data_sets: Annotated[list[DataSet], Field(min_length=1, max_length=16)]
    layouts: Layouts = []
    procedure: Procedure
    department: Word
    non_disclosure: bool
    requested_at: Moment
    valid_for_seconds: Seconds | None = None

    @model_validator(mode="after")
    def _each_data_set_has_its_layout(self) -> Self:
        check_layouts(self.data_sets, self.layouts)
        return self


class DataSetRefusal(Item):
    data_set: DataSet
    state: State


class Decision(Item):
    """Network to gateway: the decision on one inquiry. A permit lies in the document at `document`, `position`."""

    transaction_number: Transaction
    state: State
    decided_at: dt.datetime
    valid_until: dt.datetime | None = None
    basis: str = ""
    refused: list[DataSetRefusal] = []
    provider_gateway: str = ""


class Permit(Item):
    """One permit, as the provider's gateway reads it. The provider's code travels apart, sealed (令26条)."""

    transaction_number: Transaction
    inquirer: Institution
    provider: Institution
    data_sets: list[DataSet]
    layouts: Layouts = []
    procedure: Procedure
    department: str
    non_disclosure: bool
    requested_at: dt.datetime
    permitted_at: dt.datetime
    valid_until: dt.datetime
    basis: str


class PermitDocument(Item):
    """Permits for one provider gateway under one signature of the network; the inquirer's gateway only carries it.

    `content` is the JSON of a `PermitList`, `signature` its detached JWS, `sealed_codes` the providers' codes,
    readable by the provider's gateway alone.
    """

    provider_gateway: str
    content: Annotated[str, Field(max_length=16_000_000)]
    signature: Annotated[str, Field(max_length=1024)]


class PermitList(Item):
    """What the network signs. `sealed_codes` holds, in order, the provider's code of each permit."""

    recipient: str
    issued_at: dt.datetime
    permits: list[Permit]
    sealed_codes: Base64


class PermitReply(Item):
    """Network to gateway: decisions for the whole list, and one document for each provider gateway."""

    decisions: list[Decision]
    documents: list[PermitDocument]


class Provision(Item):
    """Provider's gateway to inquirer's gateway: the outcome for one permit, and whether its record is disclosed.

    `permitted` says that the provider cannot be had now: nothing was answered, and asking again may help.
    """

    transaction_number: Transaction
    state: State
    provided_at: Moment
    non_disclosure: bool = False
    answers: list[DataSetAnswer] = []


class HeldAsked(Item):
    """Town to gateway: which inquiries wait for our answer by hand?"""

    institution: Institution


class HeldInquiry(Item):
    """Gateway to town: one inquiry that waits for an answer by hand, and until when the law waits."""

    transaction_number: Transaction
    unified_person_number: UnifiedNumber
    inquirer: Institution
    data_sets: list[DataSet]
    procedure: Procedure
    department: str
    basis: str
    non_disclosure: bool = False
    requested_at: dt.datetime
    valid_until: dt.datetime


class HeldDecision(Item):
    """Town to gateway: answer this held inquiry, or withhold the answer, and whether its record is disclosed."""

    institution: Institution
    transaction_number: Transaction
    release: bool
    non_disclosure: bool = False


class ExchangesAsked(Item):
    """Town to gateway: which exchanges were there about this person since then (番号法23条)?"""

    institution: Institution
    unified_person_number: UnifiedNumber
    since: Moment


class Direction(StrEnum):
    """Which side of an exchange the town was on."""

    INQUIRED = "inquired"
    PROVIDED = "provided"


class Exchange(Item):
    """Gateway to town: one exchange record, without what was answered. `other` is the institution on the other side.

    No person where the provider holds no code of whoever was asked about. `non_disclosure` says that somebody found the
    record not to be disclosed (番号法23条2項), whichever side it was.
    """

    transaction_number: Transaction
    unified_person_number: UnifiedNumber | None
    direction: Direction
    other: Institution
    data_sets: list[DataSet]
    procedure: Procedure
    department: str
    basis: str
    state: State
    requested_at: dt.datetime
    provided_at: dt.datetime | None = None
    received_at: dt.datetime | None = None
    refused_data_sets: list[DataSet] = []
    non_disclosure: bool = False
    corrected_at: dt.datetime | None = None
    amendments: list[Amendment] = []


class Receipt(Item):
    """Inquirer's gateway to network and provider's gateway: how an inquiry ended, for their exchange records."""

    transaction_number: Transaction
    inquirer: Institution
    provider: Institution
    state: State
    provided_at: Moment | None
    received_at: Moment
    non_disclosure: bool = False


class ReceiptKept(Accepted):
    """Network to inquirer's gateway: and this gateway serves the provider now, so it is to hear of the end too."""

    provider_gateway: str = ""
