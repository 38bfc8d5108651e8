"""The canonical bytes of a record: what is hashed, sealed, exported and verified."""

from collections.abc import Mapping
from datetime import UTC, datetime
from re import compile as compile_pattern

import orjson

from tasuki.evidence.errors import InvalidEntryError

# One record is a statement of codes and times, not a document; the limit keeps a line of an export readable.
MAX_BODY_BYTES = 65_536

_TRANSACTION_NUMBER = compile_pattern(r"[0-9A-Za-z][0-9A-Za-z._:-]{0,63}")


def encode_body(body: Mapping[str, object]) -> bytes:
    """Write a body as canonical JSON: sorted keys, no white space, UTF-8.

    Dates and times must be given as text, because a log that is read in seven years should not depend on how one
    library writes them.

    :raises InvalidEntryError: when a value has no canonical form or the body is too long.
    """
    try:
        encoded = orjson.dumps(body, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME)
    except TypeError as error:
        raise InvalidEntryError(f"The body of a record cannot be written as canonical JSON: {error}") from error
    if not encoded.startswith(b"{"):
        raise InvalidEntryError("The body of a record must be a mapping.")
    if len(encoded) > MAX_BODY_BYTES:
        raise InvalidEntryError(f"The body of a record has {len(encoded)} bytes; the limit is {MAX_BODY_BYTES}.")
    return encoded


def check_transaction_number(transaction_number: str | None) -> None:
    """Refuse a transaction number that could be read in two ways in a line of an export.

    :raises InvalidEntryError: when it is not 1 to 64 plain ASCII characters.
    """
    if transaction_number is not None and _TRANSACTION_NUMBER.fullmatch(transaction_number) is None:
        raise InvalidEntryError("A transaction number is 1 to 64 letters, digits, '.', '_', ':' or '-'.")


def check_aware(at: datetime) -> None:
    """Refuse a time without an offset, which could mean two instants.

    :raises InvalidEntryError: when the time is naive.
    """
    if at.utcoffset() is None:
        raise InvalidEntryError("The time of a record must carry its offset from UTC.")


def format_instant(at: datetime) -> str:
    """Write an aware time as RFC 3339 in UTC with microseconds."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def encode_leaf(*, kind: str, transaction_number: str | None, recorded_at: str, body: bytes) -> bytes:
    """Write the bytes of a leaf; `recorded_at` is the text that `format_instant` gives.

    Every column before the body ends where its JSON text ends, so two different rows never give the same bytes,
    whatever somebody writes into a column.
    """
    return b'{"kind":%b,"transaction_number":%b,"recorded_at":%b,"body":%b}' % (
        orjson.dumps(kind),
        orjson.dumps(transaction_number),
        orjson.dumps(recorded_at),
        body,
    )
