"""From where a request comes, and whether a role may come from there."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

from tasuki.accounts.types import Role
from tasuki.nodes.types import NodeConfig


def client_address(request: HttpRequest) -> str:
    """Return the address of whoever asks; django-axes calls this as well.

    What a request says about where it came from is believed only when a configured proxy hands it over; of a chain, the
    last address that is no proxy of ours, since anybody may have written what stands before it.
    """
    node: NodeConfig = settings.NODE
    peer = str(request.META.get("REMOTE_ADDR", ""))
    if peer not in node.screens.proxies:
        return peer
    chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    return next((one for one in reversed(chain) if one not in node.screens.proxies and _is_address(one)), peer)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def may_come_from(role: Role, address: str) -> bool:
    """Say whether a role may sign in from an address; once ranges are set, who is not in them may not."""
    node: NodeConfig = settings.NODE
    ranges = node.screens.ranges()
    if not ranges:
        return True
    return _is_address(address) and any(ip_address(address) in one for one in ranges.get(role.value, ()))
