"""The first page of whoever signed in: what came for them, what they asked for, and what they can do."""

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tasuki.portal import asking
from tasuki.portal.guard import Seated, for_the_person
from tasuki.portal.words import name_of
from tasuki.protocol.self_reading import InboxNotice, SelfStanding
from tasuki.web.presenters.portal_words import NOTICES


@dataclass(frozen=True, slots=True)
class ShownNotice:
    """A notice as its person reads it."""

    label: str
    words: str
    sender: str
    day: dt.date
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ShownRequest:
    """A request as its person reads it; without a place its key is gone, and so nobody opens its answers."""

    place: int | None
    requested_at: dt.datetime
    expires_at: dt.datetime
    asked: int
    waiting: int


@for_the_person
@require_GET
def home(request: HttpRequest, seated: Seated) -> HttpResponse:
    """Show a person's notices, the newest first, and how their requests stand."""
    told = asking.inbox(seated.code)
    places = {one.number: place for place, one in enumerate(seated.sitting.requests, 1)}
    arrived = {one.request_number for one in told.requests}
    context = {
        "notices": [_notice(one) for one in told.notices],
        "requests": [_request(one, places.get(one.request_number)) for one in told.requests],
        # Asked for in this sitting, and nobody could say whether it arrived: it did not.
        "unsent": [(places[one.number], one.asked_at) for one in seated.sitting.requests if one.number not in arrived],
        "has_lost_keys": any(one.request_number not in places for one in told.requests),
    }
    return render(request, "portal/home.html", context)


def _notice(one: InboxNotice) -> ShownNotice:
    label, words = NOTICES[one.kind]
    return ShownNotice(str(label), str(words), name_of(one.sender), one.day, one.expires_at)


def _request(one: SelfStanding, place: int | None) -> ShownRequest:
    return ShownRequest(place, one.requested_at, one.expires_at, one.asked, one.waiting)
