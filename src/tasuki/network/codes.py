"""Linkage codes (符号): one for each institution and person, derived from secrets only the network holds.

番号法施行令27条5項 asks that the resident-record code cannot be restored from a code. Two keyed hashes in a row do
that: the first turns the resident-record code into the network's pivot for the person, the second, under a key of the
institution's own, the pivot into the institution's code. Without the keys neither can be computed nor compared.
"""

import hashlib
import hmac
from collections.abc import Callable
from functools import lru_cache

CODE_BYTES = 16


class CodeMaker:
    """Derives pivots and codes. `derive` gives the node's key for a named purpose."""

    def __init__(self, derive: Callable[[str], bytes]) -> None:
        self._derive = derive
        self._institution_key = lru_cache(maxsize=10_000)(lambda name: derive(f"linkage-code/{name}"))
        self._pivot_key = derive("linkage-code-pivot")

    def pivot(self, resident_record_code: str) -> bytes:
        return hmac.digest(self._pivot_key, resident_record_code.encode(), hashlib.sha256)

    def code(self, institution: str, pivot: bytes) -> str:
        return hmac.digest(self._institution_key(institution), pivot, hashlib.sha256)[:CODE_BYTES].hex()
