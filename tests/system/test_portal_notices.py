"""A notice through real processes: from a town over its gateway to the network, fetched by the portal."""

import datetime as dt
import json
from typing import Any

import pytest

from tasuki.protocol.portal import portal
from tasuki.protocol.portal_messages import PortalNotice, PortalNoticeAsked, PortalNoticeKind, PortalNoticeState
from tests.system.relay import Relay, person_of_a, resident_record_code
from tests.system.town_client import new_id, now

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("relay")]


def notice(relay: Relay, person: str) -> PortalNotice:
    at = now()
    return PortalNotice(
        institution=relay.town_a.institution, notice_id=new_id(at), unified_person_number=person,
        kind=PortalNoticeKind.DETAILED_EXAMINATION_OPEN, day=at.date(), expires_at=at + dt.timedelta(days=30),
    )  # fmt: skip


def standing(relay: Relay, sent: PortalNotice, *, take_back: bool = False) -> PortalNoticeState:
    asked = PortalNoticeAsked(institution=sent.institution, notice_id=sent.notice_id, take_back=take_back)
    [told] = relay.town_a.link.notice_status([asked])
    return told.state


def inbox(relay: Relay, place: int) -> list[dict[str, Any]]:
    """Fetch a person's notices as the portal: with its own code, which comes by the resident-record code."""
    code = json.loads(relay.command("portal-code", "--node", "network", "--json", given=resident_record_code(place)))
    found: list[dict[str, Any]] = json.loads(
        relay.command("portal-inbox", "--node", "network", "--json", given=code["code"])
    )["notices"]
    return found


def test_a_notice_reaches_the_portal_and_no_other_code_opens_it(relay: Relay) -> None:
    place = 50
    sent = notice(relay, person_of_a(place))
    for _ in range(2):
        [told] = relay.town_a.link.send_notices([sent])
        assert told.state is PortalNoticeState.DELIVERED
    assert inbox(relay, place + 1) == []
    [fetched] = inbox(relay, place)
    assert (fetched["institution"], fetched["kind"], fetched["day"]) == (
        relay.town_a.institution, "detailed_examination_open", f"{sent.day}",
    )  # fmt: skip
    assert standing(relay, sent, take_back=True) is PortalNoticeState.FETCHED
    for node, kind in (("gateway-east", "portal_notices_carried"), ("network", "portal_notices_kept")):
        assert relay.count(node, "evidence_entry WHERE kind = %s", [kind]) >= 2, node
    # The network knows the portal's code for the person, and no code of the town's lies beside it.
    [kept] = relay.rows("network", "SELECT * FROM network_portal_notice WHERE notice_id = %s", [sent.notice_id])
    issued = relay.rows(
        "network", "SELECT institution FROM network_issued_code WHERE linkage_code = %s", [kept["portal_code"]]
    )
    assert [row["institution"] for row in issued] == [portal().institution]


def test_a_notice_is_taken_back_and_nothing_leaves_about_somebody_on_hold(relay: Relay) -> None:
    place = 52
    sent = notice(relay, person_of_a(place))
    relay.town_a.link.send_notices([sent])
    assert standing(relay, sent, take_back=True) is PortalNoticeState.TAKEN_BACK
    assert inbox(relay, place) == []
    relay.town_a.hold(person_of_a(place))
    held = notice(relay, person_of_a(place))
    [told] = relay.town_a.link.send_notices([held])
    assert told.state is PortalNoticeState.HELD
    assert relay.count("network", "network_portal_notice WHERE notice_id = %s", [held.notice_id]) == 0
    relay.town_a.hold(person_of_a(place), on=False)


def test_the_commands_refuse_another_node_and_a_line_that_is_no_code(relay: Relay) -> None:
    relay.command("portal-inbox", "--node", "gateway-east", given="0" * 32, status=2)
    relay.command("portal-inbox", "--node", "network", given="not a code", status=2)
    relay.command("portal-code", "--node", "network", given="1", status=2)
