"""The network's background work for people who ask about themselves: carried on, ended, reported, let go of."""

from tasuki.network.operations.self_inquiries import lapse_self_inquiries
from tasuki.network.operations.self_requests import purge_answers
from tasuki.network.own_exchange import LIST, OwnExchange
from tasuki.network.queries import self_inquiries_due
from tasuki.runtime import issuer, now, peer_client, this_system


def _exchange() -> OwnExchange:
    return OwnExchange(issuer(), peer_client(), this_system(), now)


def continue_own_inquiries() -> None:
    """End what has lapsed, and take up what is due."""
    lapse_self_inquiries(by=this_system(), at=now())
    _exchange().drive(self_inquiries_due(LIST, now()))


def report_own_ends() -> None:
    """Tell providers' gateways how people's own inquiries ended.

    :raises ExchangeFailed: when one of them cannot be had; its receipts stay due.
    """
    _exchange().report()


def purge_own_answers() -> None:
    """Delete the content of answers that were fetched, or that nobody fetched in time."""
    purge_answers(by=this_system(), at=now())
