"""Messages that the users of one system share: whoever asks at the same moment asks in one list.

A message costs its sender and its recipient a signature each way, a request and a flush to disk, however much it says.
"""

import threading
from collections.abc import Callable, Sequence
from itertools import accumulate, chain
from typing import Any, Final, Protocol, TypeVar

from pydantic import BaseModel

from tasuki.nodes.types import Peer
from tasuki.protocol.coalesce import Coalescer
from tasuki.protocol.envelope import MAX_ITEMS, MessageKind
from tasuki.protocol.errors import ExchangeFailed, Phase

ReplyT = TypeVar("ReplyT", bound=BaseModel)
#: What people do one by one, and is answered item by item, in order.
SHARED: Final = frozenset({MessageKind.INQUIRIES, MessageKind.ANSWERS_READ})
#: A longer list gains nothing by company, and would keep others waiting.
FEW: Final = 50
#: How long a list waits for those who were just answered, in seconds: programs ask again within it, on a busy machine.
GATHER: Final = 0.01
#: A peer that did not reply for so long will not reply to those who waited behind that list either.
PATIENCE: Final = 5.0

Items = Sequence[BaseModel] | Sequence[dict[str, Any]] | bytes
_Ask = Sequence[BaseModel]
_Outcome = list[Any] | ExchangeFailed


class Sender(Protocol):
    """Sends a list to a peer and returns the list in reply, as `PeerClient.send` does."""

    def send(self, peer: Peer, path: str, kind: MessageKind, items: Items, reply: type[ReplyT]) -> list[ReplyT]:
        """Send a list and return the peer's list in reply.

        :raises ExchangeFailed: when there is none.
        """
        ...


class SharingSender:
    """Sends what threads have for a peer at the same moment in one list. One for a whole process.

    :param after: called after each list in the thread that sent it, to give back what sending took there.
    """

    def __init__(self, sender: Sender, after: Callable[[], None] = lambda: None) -> None:
        self._sender = sender
        self._after = after
        self._lists: dict[tuple[str, MessageKind], Coalescer[_Ask, _Outcome]] = {}
        self._making = threading.Lock()

    def send(self, peer: Peer, path: str, kind: MessageKind, items: Items, reply: type[ReplyT]) -> list[ReplyT]:
        """Send a list, with what others have to send.

        :raises ExchangeFailed: as the sender does; of a list that was refused, only to those whose part is refused.
        """
        if kind not in SHARED or isinstance(items, bytes) or len(items) > FEW:
            return self._sender.send(peer, path, kind, items, reply)
        with self._making:
            shared = self._lists.get((peer.name, kind))
            if shared is None:
                shared = self._lists[peer.name, kind] = self._list(peer, path, kind, reply)
        [outcome] = shared.submit([items])  # type: ignore[list-item]  # of these kinds there are models only
        if isinstance(outcome, ExchangeFailed):
            raise outcome
        return outcome

    def _list(self, peer: Peer, path: str, kind: MessageKind, reply: type[BaseModel]) -> Coalescer[_Ask, _Outcome]:
        def send(items: _Ask) -> list[Any]:
            replies = self._sender.send(peer, path, kind, items, reply)
            if len(replies) != len(items):
                # Who should get which is not to be told then.
                raise ExchangeFailed(peer.name, Phase.PARSE, "the reply is not as long as the list")
            return replies

        def send_all(asks: list[_Ask]) -> list[_Outcome]:
            try:
                return _together(asks, send)
            finally:
                self._after()

        return Coalescer(send_all, most=MAX_ITEMS, weigh=len, gather=GATHER, fail_together_after=PATIENCE)


def _together(asks: list[_Ask], send: Callable[[_Ask], list[Any]]) -> list[_Outcome]:
    """Send everybody's items in one list, or each on their own if that list is refused: nothing has happened then."""
    try:
        replies = send(list(chain.from_iterable(asks)))
    except ExchangeFailed as failure:
        if failure.may_retry or len(asks) == 1:
            raise
        return [_outcome(ask, send) for ask in asks]
    ends = list(accumulate(map(len, asks)))
    return [replies[end - len(ask) : end] for ask, end in zip(asks, ends, strict=True)]


def _outcome(ask: _Ask, send: Callable[[_Ask], list[Any]]) -> _Outcome:
    try:
        return send(ask)
    except ExchangeFailed as failure:
        return failure
