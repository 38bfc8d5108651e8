"""What the portal asks the network, each by one signed message about one person."""

from typing import TypeVar

from pydantic import BaseModel

from tasuki.nodes.keys import encode_key
from tasuki.portal import own
from tasuki.portal.sittings import OwnRequest
from tasuki.protocol.envelope import MessageKind
from tasuki.protocol.self_messages import (
    PortalCodeAsked,
    PortalCodeTold,
    SelfAnswersAsked,
    SelfProgress,
    SelfRequested,
)
from tasuki.protocol.self_reading import (
    NamedInstitution,
    RecordsPlace,
    SelfHolders,
    SelfHoldersAsked,
    SelfInbox,
    SelfInboxAsked,
    SelfRecords,
    SelfRecordsAsked,
)

ReplyT = TypeVar("ReplyT", bound=BaseModel)


def _told(path: str, kind: MessageKind, item: BaseModel, reply: type[ReplyT]) -> ReplyT:
    """Send one item and return what comes back.

    :raises ExchangeFailed: when the network is away, in maintenance, or refuses.
    """
    [told] = own.client().send(own.network(), path, kind, [item], reply)
    return told


def portal_code(resident_record_code: str) -> str:
    """Return the portal's own code for a person; it stands for what the card does."""
    asked = PortalCodeAsked(resident_record_code=resident_record_code)
    return _told("/v1/portal-codes", MessageKind.PORTAL_CODES, asked, PortalCodeTold).portal_code


def inbox(code: str) -> SelfInbox:
    """Return a person's notices and requests."""
    return _told("/v1/self-inbox", MessageKind.SELF_INBOX, SelfInboxAsked(portal_code=code), SelfInbox)


def holders(code: str) -> list[NamedInstitution]:
    """Return whom a person may ask."""
    asked = SelfHoldersAsked(portal_code=code)
    return _told("/v1/self-holders", MessageKind.SELF_HOLDERS, asked, SelfHolders).institutions


def request(code: str, one: OwnRequest, data_sets: list[str]) -> SelfProgress:
    """Ask for a person's own results; the same request sent again asks nothing twice."""
    asked = SelfRequested(
        request_number=one.number,
        portal_code=code,
        answer_key=encode_key(one.key.public_key()),
        providers=[provider.institution for provider in one.providers],
        data_sets=data_sets,
    )
    return _told("/v1/self-requests", MessageKind.SELF_REQUESTS, asked, SelfProgress)


def answers(code: str, one: OwnRequest) -> SelfProgress:
    """Return what has come of a request, still sealed."""
    asked = SelfAnswersAsked(request_number=one.number, portal_code=code)
    return _told("/v1/self-answers", MessageKind.SELF_ANSWERS, asked, SelfProgress)


def records(code: str, before: RecordsPlace | None) -> SelfRecords:
    """Return who asked whom about a person, the newest first."""
    asked = SelfRecordsAsked(portal_code=code, before=before)
    return _told("/v1/self-records", MessageKind.SELF_RECORDS, asked, SelfRecords)
