"""How a value is written: digits, and length in the bytes the national limits count."""

import re
from typing import Final

_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def is_number(value: str) -> bool:
    """Return whether a value is half-width digits with at most one decimal point: no sign, no exponent."""
    return _NUMBER.fullmatch(value) is not None


def bytes_used(value: str) -> int:
    """Count the bytes of a value in CP932.

    The national limits are in bytes of the files associations and vendors exchange, which are CP932 in practice: one
    byte for half-width, two for full-width. UTF-8 would refuse 34 kanji where 50 are allowed. A character CP932 does
    not have is sent as one gaiji or 〓, so it counts as two.
    """
    if value.isascii():
        return len(value)
    try:
        return len(value.encode("cp932"))
    except UnicodeEncodeError:
        return sum(len(character.encode("cp932", errors="ignore")) or 2 for character in value)
