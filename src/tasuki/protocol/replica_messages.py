"""Registering replicas (副本登録): what a town tells its gateway of them, a sheet for each layout.

Apart from `messages`: by far the most of what towns send, so what replicas have in common is said once, and what each
has of its own without the names of its parts. Read one by one, with all names, a list took more than twice as long.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Self

from pydantic import Field, WithJsonSchema, model_validator

from tasuki.protocol.envelope import MAX_ITEMS, Item
from tasuki.protocol.messages import DataSet, Institution, UnifiedNumber, Word

_Person = Annotated[UnifiedNumber, Field(title="unified_person_number")]
_Key = Annotated[Word, Field(title="record_key")]
_Revision = Annotated[int, Field(title="revision", ge=1, le=2_000_000_000)]
_Ordinal = Annotated[int, Field(title="ordinal", ge=1, le=9_000_000_000_000_000_000)]
_Taken = Annotated[bool, Field(title="taken")]
_LONGEST = 200_000
_DOCUMENT = {"type": "string", "title": "payload", "pattern": r"^[^\x00]*$", "maxLength": _LONGEST}

#: What a sheet says of one replica.
ReplicaRow = tuple[
    _Person, _Key, _Revision, _Ordinal, _Taken, Annotated[bytes, Field(max_length=_LONGEST), WithJsonSchema(_DOCUMENT)]
]
#: The same as a town writes it: its document is still text.
WrittenRow = tuple[_Person, _Key, _Revision, _Ordinal, _Taken, str]


class _Sheet(Item):
    institution: Institution
    data_set: DataSet
    layout_version: Word
    published_from: dt.date
    published_to: dt.date | None = None
    replicas: list[Any]

    @property
    def size(self) -> int:
        return len(self.replicas)


class ReplicaSheet(_Sheet):
    """Town to gateway: replicas (副本) of one data set in one layout version, each replacing whatever has the same key.

    Each is a list of six: whose it is (団体内統合宛名番号); the name of the record within the data set (`record_key`);
    `revision`, that of the record, for comparison only; `ordinal`, the sender's own order: of two messages about one
    replica the higher counts, whichever comes first; whether the screening was taken; the document (`payload`, at
    most 200,000 bytes), empty to delete the replica.
    """

    replicas: Annotated[list[ReplicaRow], Field(min_length=1, max_length=MAX_ITEMS)]

    @model_validator(mode="after")
    def _no_document_has_a_nul(self) -> Self:
        # Asked of all at once: one by one it takes a fifth of the time in which a list is read.
        if b"\0" in b"".join(payload for *_, payload in self.replicas):
            raise ValueError("no NUL")
        return self


class WrittenSheet(_Sheet):
    """A `ReplicaSheet` as a town writes it. Made with `model_construct`, it is checked by the gateway alone."""

    replicas: Annotated[list[WrittenRow], Field(min_length=1, max_length=MAX_ITEMS)]


def in_parts(sheets: Iterable[WrittenSheet], most: int) -> Iterator[list[WrittenSheet]]:
    """Split sheets, in their order, into lists that tell of at most so many replicas each."""
    part: list[WrittenSheet] = []
    room = most
    for sheet in sheets:
        rest = sheet.replicas
        while rest:
            fitting, rest = rest[:room], rest[room:]
            part.append(sheet.model_copy(update={"replicas": fitting}))
            room -= len(fitting)
            if not room:
                yield part
                part, room = [], most
    if part:
        yield part
