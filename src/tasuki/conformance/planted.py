"""Faults planted on purpose into a demonstration's gateway, to show that the scenarios find them.

Nothing of this is loaded by a node's own settings: only `tasuki.config.settings.planted` installs it, and those
settings refuse to start a node that is no demonstration (ADR 0023).
"""

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, Final

from tasuki.nodes.types import Peer
from tasuki.protocol.messages import Accepted, Permit
from tasuki.protocol.replica_messages import ReplicaSheet

#: Names the fault, and the settings that plant it.
FAULT: Final = "TASUKI_PLANTED_FAULT"
SETTINGS: Final = "tasuki.config.settings.planted"


def _replace(module: ModuleType, name: str, faulty: Callable[..., Any]) -> Callable[..., Any]:
    """Put a faulty function in the place of a module's own, and return that one."""
    whole: Callable[..., Any] = getattr(module, name)
    setattr(module, name, faulty)
    return whole


def _permit_unchecked() -> None:
    """Answer whatever permit is brought, whoever signed it."""
    from tasuki.gateway import exchange
    from tasuki.nodes.types import NodeConfig, NodeKind

    def believe(_content: bytes, _signature: str, me: NodeConfig, **_rest: Any) -> Peer:
        return me.peers_of_kind(NodeKind.NETWORK)[0]

    _replace(exchange, "check_signature", believe)


def _hold_ignored() -> None:
    """Answer about protected people by itself."""
    from tasuki.gateway.operations import provisions

    def answer_all(permit: Permit, code: str, known: Mapping[str, Any], at: Any) -> Any:
        return whole(permit, code, {number: {**row, "hold": False} for number, row in known.items()}, at)

    whole = _replace(provisions, "_state", answer_all)


def _validity_ignored() -> None:
    """Answer permits whose validity is over."""
    from tasuki.gateway.operations import provisions

    def answer_late(permit: Permit, code: str, known: Mapping[str, Any], _at: Any) -> Any:
        return whole(permit, code, known, permit.valid_until)

    whole = _replace(provisions, "_state", answer_late)


def _nothing_recorded() -> None:
    """Answer without a record."""
    from tasuki.gateway.operations import provisions

    def forget(*, entries: Sequence[Any], at: Any) -> list[Any]:
        del entries, at
        return []

    _replace(provisions, "append_many", forget)


def _replays_accepted() -> None:
    """Act on the same message as often as it comes."""
    from tasuki.api import endpoint
    from tasuki.api.gateway import inquiries, routes

    def accept(*, sender: str, message: str, at: Any) -> None:
        del sender, message, at

    def accept_all(*, messages: Sequence[tuple[str, str]], at: Any) -> set[tuple[str, str]]:
        del at
        return set(messages)

    _replace(endpoint, "accept_once", accept)
    _replace(routes, "accept_once", accept)
    _replace(inquiries, "accept_new", accept_all)


def _removal_ignored() -> None:
    """Go on answering from replicas that were taken back."""
    from tasuki.api.gateway import routes

    def keep(*, items: Sequence[ReplicaSheet], **rest: Any) -> Any:
        kept = [item for item in items if all(payload for *_, payload in item.replicas)]
        return whole(items=kept, **rest) if kept else [Accepted(accepted=True) for _ in items]

    whole = _replace(routes, "register_replicas", keep)


def _town_unchecked() -> None:
    """Let any town speak for any institution."""
    from tasuki.api.gateway import inquiries

    def allow(_town: str, _items: Any) -> None:
        return None

    _replace(inquiries, "not_allowed", allow)


FAULTS: Final[Mapping[str, Callable[[], None]]] = {
    "permit-unchecked": _permit_unchecked,
    "hold-ignored": _hold_ignored,
    "validity-ignored": _validity_ignored,
    "nothing-recorded": _nothing_recorded,
    "replays-accepted": _replays_accepted,
    "removal-ignored": _removal_ignored,
    "town-unchecked": _town_unchecked,
}


def plant(fault: str) -> None:
    """Put a fault into this process.

    :raises KeyError: when there is none of that name.
    """
    FAULTS[fault]()
