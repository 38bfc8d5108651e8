"""How often somebody may try to sign in: so that codes cannot be guessed."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

MOST_TRIES: Final = 5
SECONDS: Final = 60.0
#: Addresses remembered at once. Beyond that nobody may try: whoever comes from so many is guessing.
MOST_ADDRESSES: Final = 10_000


class Tries:
    """Counts tries by address, in memory. Every try counts, also a right one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._found: dict[str, deque[float]] = {}

    def may_try(self, address: str) -> bool:
        """Say whether this address may try once more, and count that."""
        now = self._clock()
        with self._lock:
            self._forget(now)
            tried = self._found.setdefault(address, deque())
            if len(tried) >= MOST_TRIES or len(self._found) > MOST_ADDRESSES:
                return False
            tried.append(now)
            return True

    def _forget(self, now: float) -> None:
        for address, tried in list(self._found.items()):
            while tried and tried[0] <= now - SECONDS:
                tried.popleft()
            if not tried:
                del self._found[address]
