"""Who signed in, for as long as they sit before the page: in the memory of this process, and nowhere else.

A sitting holds the portal's code for a person and the keys that open their answers. Nothing of it is written: a process
that ends has forgotten everybody, and so has one that is told to, or left alone.
"""

import datetime as dt
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tasuki.protocol.self_reading import NamedInstitution

LONGEST_SECONDS: Final = 15 * 60.0
IDLE_SECONDS: Final = 5 * 60.0
#: Together at most: beyond that nobody is let in, rather than somebody thrown out.
MOST: Final = 1_000
_LOOK_SECONDS: Final = 10.0
_TOKEN_BYTES: Final = 32


class TooManySittings(Exception):
    """As many people are signed in as there is room for."""


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """What somebody asked for in this sitting, and the key that opens its answers. Empty choices mean everything."""

    number: str
    key: X25519PrivateKey = field(repr=False)
    asked_at: dt.datetime
    providers: tuple[NamedInstitution, ...] = ()
    programmes: tuple[str, ...] = ()


@dataclass(slots=True)
class Sitting:
    """One person before the page."""

    portal_code: str = field(repr=False)
    began: float
    seen: float
    requests: tuple[OwnRequest, ...] = ()

    def is_over(self, now: float) -> bool:
        return now >= self.began + LONGEST_SECONDS or now >= self.seen + IDLE_SECONDS

    def request(self, place: int) -> OwnRequest | None:
        """Return the request at a place in the order of asking, which begins at one."""
        return self.requests[place - 1] if 1 <= place <= len(self.requests) else None


class Sittings:
    """Every sitting of this process, by a token that only its browser has."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._found: dict[str, Sitting] = {}
        self._cleaner: threading.Thread | None = None

    def begin(self, portal_code: str) -> str:
        """Begin a sitting and return its token.

        :raises TooManySittings: when there is no room.
        """
        now = self._clock()
        with self._lock:
            self._forget(now)
            if len(self._found) >= MOST:
                raise TooManySittings
            token = secrets.token_urlsafe(_TOKEN_BYTES)
            self._found[token] = Sitting(portal_code, now, now)
            if self._cleaner is None or not self._cleaner.is_alive():
                self._cleaner = threading.Thread(target=self._clean, name="sittings", daemon=True)
                self._cleaner.start()
        return token

    def find(self, token: str) -> Sitting | None:
        """Return the sitting of a token, seen just now; None when there is none, or it is over."""
        now = self._clock()
        with self._lock:
            self._forget(now)
            found = self._found.get(token)
            if found is not None:
                found.seen = now
            return found

    def add(self, token: str, request: OwnRequest) -> int | None:
        """Keep a request in a sitting that goes on, and return its place; None when it ended meanwhile."""
        with self._lock:
            sitting = self._found.get(token)
            if sitting is None:
                return None
            sitting.requests = (*sitting.requests, request)
            return len(sitting.requests)

    def drop(self, token: str, number: str) -> None:
        """Forget a request that was refused."""
        with self._lock:
            sitting = self._found.get(token)
            if sitting is not None:
                sitting.requests = tuple(one for one in sitting.requests if one.number != number)

    def end(self, token: str) -> None:
        """Forget a sitting at once."""
        with self._lock:
            self._found.pop(token, None)

    def count(self) -> int:
        with self._lock:
            return len(self._found)

    def _forget(self, now: float) -> None:
        for token, sitting in list(self._found.items()):
            if sitting.is_over(now):
                del self._found[token]

    def _clean(self) -> None:
        """Forget whoever left without a word, also when nobody asks any more; ends once nobody is left."""
        while True:
            time.sleep(_LOOK_SECONDS)
            with self._lock:
                self._forget(self._clock())
                if not self._found:
                    self._cleaner = None
                    return
