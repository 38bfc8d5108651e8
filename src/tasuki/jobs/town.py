"""A town's background work: its changes reach the gateway, its codes and inquiries are followed up."""

import os
from functools import lru_cache

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from tasuki.eligibility import queries as eligibility
from tasuki.eligibility.operations.lists import refresh_changed
from tasuki.jobs.retry import PEER_AWAY
from tasuki.linkage import operations, queries
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.linkage.operations.inquiries import Asker
from tasuki.persons import operations as index
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.queries.people import gateway_tasks
from tasuki.runtime import keys, new_id, node, now, peer_client, this_system
from tasuki.shared.dates import civil_date


@lru_cache(maxsize=1)
def gateway_link() -> GatewayLink:
    own = node().own_town()
    return GatewayLink(peer_client(), node().peer(own.gateway), node().peer(own.jlis))


@lru_cache(maxsize=1)
def asker() -> Asker:
    own = node().own_town()
    return Asker(own.institution, gateway_link(), new_id, own.procedure, own.department)


@lru_cache(maxsize=1)
def number_cipher() -> NumberCipher:
    return NumberCipher(keys().derive)


def new_acquisition_number() -> str:
    return os.urandom(16).hex()


@app.task(name="send_outbox", queue="default", retry=PEER_AWAY)
def send_outbox() -> None:
    """Bring every waiting change to the gateway.

    :raises ExchangeFailed: when the gateway cannot be had; the job is tried again.
    """
    operations.send_outbox(institution=node().own_town().institution, link=gateway_link(), by=this_system(), at=now())


def start_sending() -> None:
    """Queue a delivery when something waits and none is queued."""
    if queries.home_counts().outbox_waiting == 0 and not gateway_tasks(1):
        return
    try:
        send_outbox.configure(queueing_lock="send_outbox", lock="send_outbox").defer()
    except AlreadyEnqueued:
        return


def confirm_codes() -> None:
    """Learn which codes have arrived at the gateway."""
    operations.confirm_codes(institution=node().own_town().institution, link=gateway_link(), by=this_system(), at=now())


def refresh_due_lists() -> None:
    """Bring whoever changed into the lists of who is due."""
    if eligibility.is_any_list_behind(civil_date(now())):
        refresh_changed(by=this_system(), at=now())


def continue_inquiries() -> None:
    """Send what never left, and ask about what is under way."""
    operations.continue_inquiries(asker=asker(), by=this_system(), at=now())


#: Whoever registers people at the same moment waits for one such round at most.
_TAKEN_AT_ONCE = 200


def take_into_matching() -> None:
    """Bring whoever was stated anew into what matching compares, until nobody waits."""
    while index.take_into_matching(most=_TAKEN_AT_ONCE, by=this_system(), at=now()):
        pass
