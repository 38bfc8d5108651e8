"""Reads what is attached to a document, byte for byte, within limits."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha1
from typing import Final

from tasuki.layouts.fhir.names import names
from tasuki.layouts.fhir.nodes import Findings, Node
from tasuki.layouts.fhir.observations import Target
from tasuki.layouts.fhir.types import Attachment

LARGEST: Final = 10 * 1024 * 1024
MOST: Final = 10
_MEGABYTE: Final = 1024 * 1024
_LONGEST_NAME: Final = 200


def read_attachments(
    references: Sequence[Node], found: Findings, patient: Node | None, target: Target
) -> tuple[Attachment, ...]:
    """Read every attached file that lies in the document; one that lies elsewhere is noted and never fetched."""
    if len(references) > MOST:
        found.add("fhir_too_many", "Bundle.entry", fact=MOST)
        return ()
    read: list[Attachment] = []
    for one in references:
        one.check_modifiers()
        if one.text("status") not in ("current", ""):
            one.note("fhir_entered_in_error", "status", one.text("status"))
        subject = one.object("subject")
        meant = None if subject is None else target(subject, "Patient")
        if meant is not None and patient is not None and meant.path != patient.path:
            one.note("fhir_other_person", "subject")
        for content in one.objects("content"):
            attachment = _read(content, one.text("description"))
            if attachment is not None:
                read.append(attachment)
    return tuple(read)


def _read(content: Node, description: str) -> Attachment | None:
    file = content.object("attachment")
    if file is None:
        content.note("fhir_missing", "attachment")
        return None
    if not file.has("data"):
        file.note("fhir_attachment_outside", "url", file.text("url"))
        return None
    data = file.text("data")
    if len(data) > LARGEST * 4 // 3 + 4:
        file.note("fhir_attachment_large", "data", fact=LARGEST // _MEGABYTE)
        return None
    try:
        # FHIR lets lines be broken within base64.
        decoded = b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        file.note("fhir_attachment_damaged", "data")
        return None
    if file.has("hash") and file.text("hash") != fhir_hash(decoded):
        file.note("fhir_attachment_damaged", "hash")
        return None
    format_ = content.object("format")
    return Attachment(
        media_type=_plain(file.text("contentType")) or "application/octet-stream",
        title=_plain(file.text("title") or description),
        format_code="" if format_ is None else _format(format_),
        content=decoded,
    )


def _format(coding: Node) -> str:
    return _plain(coding.text("code")) if coding.text("system") == names().systems["attachment_format"].value else ""


def _plain(text: str) -> str:
    """Take control characters out of what only names something."""
    return "".join(character for character in text if character.isprintable())[:_LONGEST_NAME]


def fhir_hash(content: bytes) -> str:
    """Return the digest FHIR gives of an attachment, which says nothing of its safety: SHA-1, in base64."""
    return b64encode(sha1(content, usedforsecurity=False).digest()).decode()
