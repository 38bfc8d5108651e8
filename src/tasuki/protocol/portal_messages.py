"""The items of notices to the portal (お知らせ): a kind and a day, and nothing else about anybody."""

import datetime as dt
from enum import StrEnum

from tasuki.protocol.envelope import Item
from tasuki.protocol.messages import Code, Institution, Moment, Transaction, UnifiedNumber


class PortalNoticeKind(StrEnum):
    """What a notice says; the portal has the words."""

    DETAILED_EXAMINATION_OPEN = "detailed_examination_open"


class PortalNoticeState(StrEnum):
    """Where a notice stands."""

    WAITING = "waiting"
    """It has not reached the portal's inbox yet."""
    DELIVERED = "delivered"
    FETCHED = "fetched"
    EXPIRED = "expired"
    TAKEN_BACK = "taken_back"
    HELD = "held"
    """The gateway let nothing out about somebody it answers for by hand only."""
    NO_CODE = "no_code"
    REFUSED = "refused"
    """The network does not take it: the sender does not speak for the institution, or its time is over."""


class PortalNotice(Item):
    """Town to gateway: tell this person something through the portal, until it expires."""

    institution: Institution
    notice_id: Transaction
    unified_person_number: UnifiedNumber
    kind: PortalNoticeKind
    day: dt.date
    expires_at: Moment


class CodedNotice(Item):
    """Gateway to network: the same, the person named by the institution's linkage code."""

    institution: Institution
    notice_id: Transaction
    linkage_code: Code
    kind: PortalNoticeKind
    day: dt.date
    expires_at: Moment


class PortalNoticeAsked(Item):
    """Town to gateway to network: how does a notice stand? With `take_back`, it goes unless it was fetched."""

    institution: Institution
    notice_id: Transaction
    take_back: bool = False


class PortalNoticeProgress(Item):
    """Back again: where a notice stands, and since when."""

    notice_id: Transaction
    state: PortalNoticeState
    at: dt.datetime
