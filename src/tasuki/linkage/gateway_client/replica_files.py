"""Replicas and people as files: an envelope that counts and vouches, and an attachment that holds the records.

The replicas in it are of the official shape (`layouts.replica`); envelope and the marks around each are ours and
provisional. Rendering is pure: the same records give the same bytes, whenever they are written.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import LayoutVersion
from tasuki.linkage.gateway_client.file_ledger import digest
from tasuki.linkage.gateway_client.official_codes import OfficialCodes
from tasuki.protocol.replica_messages import WrittenRow, WrittenSheet

_PROLOGUE: Final = '<?xml version="1.0" encoding="UTF-8"?>'
# A replica escapes every "<" that is text, so what follows one is the name of an element.
_TAG: Final = re.compile(r"<(/?)([A-Za-z_][A-Za-z0-9_.-]*)")


class RunKind(StrEnum):
    """Why replicas are written (登録区分)."""

    INITIAL = "initial"
    """当初: everything for the first time."""
    CHANGE = "change"
    """異動: what changed."""
    AGAIN = "re-registration"
    """再登録: everything once more."""
    LAYOUT_REVISION = "layout-revision"
    """版改定: everything in a new layout version."""


class FileKind(StrEnum):
    """What a file carries."""

    REPLICAS = "replicas"
    PEOPLE = "people"
    INQUIRIES = "inquiries"


class PersonAct(StrEnum):
    """What the intermediate server is to do about a person."""

    HOLD = "hold"
    RELEASE = "release"
    FORGET = "forget"
    FORGET_CODE = "forget-code"


@dataclass(frozen=True, slots=True)
class Attachment:
    """Records ready to be written, and what the envelope says of them."""

    kind: FileKind
    content: bytes
    records: int
    deletions: int


def versions_among(sheets: Sequence[WrittenSheet]) -> set[LayoutVersion]:
    """Return the layout versions that sheets put content in; a deletion names no element."""
    pairs = {(one.data_set, one.layout_version) for one in sheets if any(payload for *_, payload in one.replicas)}
    return {catalogue().layout_version(data_set, number) for data_set, number in pairs}


def replica_attachment(sheets: Sequence[WrittenSheet], codes: OfficialCodes) -> Attachment:
    """Render replicas, in their order."""
    elements = {(one.data_set, one.number): codes.elements(one) for one in versions_among(sheets)}
    told = [(sheet, row) for sheet in sheets for row in sheet.replicas]
    records = [_replica(number, sheet, row, elements) for number, (sheet, row) in enumerate(told, 1)]
    deletions = sum(not payload for _, (*_, payload) in told)
    return Attachment(FileKind.REPLICAS, _attachment(records), len(told), deletions)


def people_attachment(told: Sequence[tuple[str, PersonAct, Mapping[str, str]]]) -> Attachment:
    """Render what is told of people: number, act, and what else the act says."""
    records = [
        f"<Person{_attributes({'Number': str(number), 'UnifiedPersonNumber': person, 'Act': act.value, **more})}/>"
        for number, (person, act, more) in enumerate(told, 1)
    ]
    deletions = sum(act in (PersonAct.FORGET, PersonAct.FORGET_CODE) for _, act, _ in told)
    return Attachment(FileKind.PEOPLE, _attachment(records), len(told), deletions)


def envelope(
    attachment: Attachment, *, number: int, previous: int, run: RunKind, institution: str, written_at: str, name: str
) -> bytes:
    """Render the envelope of an attachment of that name; `previous` is the number written before it, 0 for none."""
    said = {
        "Version": "1",
        "Number": str(number),
        "Previous": str(previous),
        "Kind": attachment.kind.value,
        "RunKind": run.value,
        "Institution": institution,
        "WrittenAt": written_at,
        "Records": str(attachment.records),
        "Deletions": str(attachment.deletions),
    }
    file = {"Name": name, "Bytes": str(len(attachment.content)), "Sha256": digest(attachment.content)}
    return f"{_PROLOGUE}\n<Envelope{_attributes(said)}>\n<File{_attributes(file)}/>\n</Envelope>\n".encode()


def _attachment(records: Sequence[str]) -> bytes:
    return "\n".join([_PROLOGUE, '<Attachment Version="1">', *records, "</Attachment>", ""]).encode()


def _replica(
    number: int, sheet: WrittenSheet, row: WrittenRow, elements: Mapping[tuple[str, str], Mapping[str, str]]
) -> str:
    person, record_key, revision, ordinal, taken, payload = row
    said = {
        "Number": str(number),
        "Act": "register" if payload else "delete",
        "UnifiedPersonNumber": person,
        "DataSet": sheet.data_set,
        "RecordKey": record_key,
        "LayoutVersion": sheet.layout_version,
        "Revision": str(revision),
        "Ordinal": str(ordinal),
        "Taken": "true" if taken else "false",
        "PublishedFrom": sheet.published_from.isoformat(),
        "PublishedTo": sheet.published_to.isoformat() if sheet.published_to else "",
    }
    if not payload:
        return f"<Record{_attributes(said)}/>"
    content = officially_named(payload, elements[sheet.data_set, sheet.layout_version])
    return f"<Record{_attributes(said)}>{content}</Record>"


def officially_named(payload: str, elements: Mapping[str, str]) -> str:
    """Return a replica without its XML declaration and with its elements under their official codes."""
    body = payload.removeprefix(_PROLOGUE)
    return _TAG.sub(lambda found: f"<{found[1]}{elements.get(found[2], found[2])}", body)


def _attributes(said: Mapping[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in said.items())


def parts(rows: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
    """Split by count."""
    for start in range(0, len(rows), most):
        yield rows[start : start + most]
