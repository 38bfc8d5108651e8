"""The items of a person's inquiry about themselves (自己情報): what the portal asks, and what comes back, sealed.

The portal makes a key for each request and keeps its private half. Providers' gateways seal what they answer for that
key, so that the network keeps answers it cannot read.
"""

import datetime as dt
from enum import StrEnum
from typing import Annotated

import orjson
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from pydantic import Field, TypeAdapter

from tasuki.protocol.envelope import Item
from tasuki.protocol.messages import (
    Base64,
    Code,
    DataSet,
    DataSetAnswer,
    Institution,
    PermitDocument,
    State,
    Transaction,
)
from tasuki.protocol.sealing import open_list, seal_list

#: A public key of 32 bytes.
AnswerKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]
#: Institutions named in one request at most, and requests asked about in one message.
MOST_PROVIDERS = 50


class PortalCodeAsked(Item):
    """Portal to network: which code has the portal for this person?

    This stands for the way by the person's card and J-LIS, which is the state's own.
    """

    resident_record_code: Annotated[str, Field(pattern=r"^[0-9]{11}$")]


class PortalCodeTold(Item):
    """Network to portal: its code for a person."""

    portal_code: Code


class SelfRequested(Item):
    """Portal to network: whoever has this code asks for what institutions hold about them.

    Without providers, every institution that has a code of theirs is asked; without data sets, for all there are.
    """

    request_number: Transaction
    portal_code: Code
    answer_key: AnswerKey
    providers: Annotated[list[Institution], Field(max_length=MOST_PROVIDERS)] = []
    data_sets: Annotated[list[DataSet], Field(max_length=16)] = []


class SelfAnswersAsked(Item):
    """Portal to network: what has come of a request?"""

    request_number: Transaction
    portal_code: Code


class SelfOutcome(StrEnum):
    """What the network says of a request as a whole."""

    TAKEN = "taken"
    CODE_UNKNOWN = "code_unknown"
    """The code is not one the network issued to the portal."""
    NO_LEGAL_BASIS = "no_legal_basis"
    NOBODY_TO_ASK = "nobody_to_ask"
    """No institution that may be asked has a code of the person."""
    NUMBER_USED = "number_used"
    """The number names another request; nothing is said of that one."""
    TOO_MANY = "too_many"
    """As often as a person may ask, or what is asked for is still to be answered; `again_at` says from when."""
    UNKNOWN = "unknown"
    """There is no such request under this code."""


class SelfState(StrEnum):
    """What the person is told of one institution's answer. It never tells that something is withheld or on hold."""

    WAITING = "waiting"
    GIVEN = "given"
    NOTHING = "nothing"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    """Nobody answered in time; it may be asked again."""
    GONE = "gone"
    """It was given, and its time in the inbox is over."""


_TOLD = {
    State.SENT: SelfState.WAITING,
    State.PERMITTED: SelfState.WAITING,
    State.HELD: SelfState.WAITING,
    State.RECEIVED: SelfState.GIVEN,
    State.NOT_SCREENED: SelfState.GIVEN,
    State.NO_REPLICA: SelfState.NOTHING,
    State.OTHER_LAYOUT: SelfState.NOTHING,
    State.WITHHELD: SelfState.NOTHING,
    State.PROVIDER_HAS_NO_CODE: SelfState.NOTHING,
    State.PROVIDER_UNKNOWN: SelfState.REFUSED,
    State.REFUSED_NO_LEGAL_BASIS: SelfState.REFUSED,
    State.REFUSED_NO_ASSESSMENT: SelfState.REFUSED,
    State.OWN_CODE_MISSING: SelfState.REFUSED,
    State.LAPSED: SelfState.UNANSWERED,
    # Until it takes part again.
    State.REFUSED_SUSPENDED: SelfState.UNANSWERED,
    State.FAILED: SelfState.UNANSWERED,
    State.PURGED: SelfState.GONE,
}


def states_told_as(told: SelfState) -> list[str]:
    """Return the states of an inquiry of which the person is told this."""
    return sorted(state.value for state, said in _TOLD.items() if said is told)


def told_as(state: State, *, has_content: bool) -> SelfState:
    """Return what the person is told of an inquiry that stands like this."""
    told = _TOLD[state]
    if told is SelfState.GIVEN and not has_content:
        # Of a person not screened whose content is gone, or was lost on the way, there is nothing to be had anew.
        return SelfState.GONE if state is State.RECEIVED else SelfState.NOTHING
    return told


class SelfAnswer(Item):
    """What one institution answered; the content is sealed for the key of the request."""

    transaction_number: Transaction
    provider: Institution
    provider_name: str
    provider_name_en: str = ""
    state: SelfState
    requested_at: dt.datetime
    provided_at: dt.datetime | None
    basis: str
    is_corrected: bool = False
    sealed: Base64 = ""


class SelfProgress(Item):
    """Network to portal: how a request stands, and what was answered so far."""

    request_number: Transaction
    outcome: SelfOutcome
    expires_at: dt.datetime | None = None
    again_at: dt.datetime | None = None
    answers: list[SelfAnswer] = []


class SelfPermits(Item):
    """Network to a provider's gateway: permits of the portal's, and for which key each answer is to be sealed."""

    document: PermitDocument
    answer_keys: dict[Transaction, AnswerKey]


class SelfProvision(Item):
    """Provider's gateway to network: the outcome for one permit of the portal's, its content sealed for the person."""

    transaction_number: Transaction
    state: State
    provided_at: dt.datetime
    non_disclosure: bool = False
    sealed: Base64 = ""


_ANSWERS = TypeAdapter(list[DataSetAnswer])


def _purpose(transaction_number: str) -> str:
    return f"tasuki own results {transaction_number}"


def seal_answers(transaction_number: str, answers: list[DataSetAnswer], key: X25519PublicKey) -> str:
    """Return answers readable by whoever made the key of the request, and for this inquiry only."""
    content = [orjson.dumps(one.model_dump(mode="json")).decode() for one in answers]
    return seal_list(content, key, _purpose(transaction_number))


def open_answers(transaction_number: str, sealed: str, key: X25519PrivateKey) -> list[DataSetAnswer]:
    """Return what was answered.

    :raises NotForUs: when it was sealed for another key or inquiry, or altered.
    """
    content = open_list(sealed, key, _purpose(transaction_number))
    return _ANSWERS.validate_python([orjson.loads(one) for one in content])
