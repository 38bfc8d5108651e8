"""Values around attachments and documents that leave."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from tasuki.layouts.fhir import Attachment
from tasuki.screening.errors import ScreeningError


class AttachmentDamaged(ScreeningError):
    """An attachment is not what came: its digest differs."""

    user_message = "添付書類が受け取ったときの内容と一致しません。システム管理者に連絡してください。"


@dataclass(frozen=True, slots=True)
class KeptAttachment:
    """A file that came with a result, without its content."""

    attachment_id: UUID
    result_id: UUID
    media_type: str
    title: str
    format_code: str
    size: int
    sha256: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that came with a result, byte for byte."""

    attachment_id: UUID
    result_id: UUID
    media_type: str
    title: str
    format_code: str
    sha256: str
    content: bytes = field(repr=False)

    def as_attachment(self) -> Attachment:
        """Return it as a document has it."""
        return Attachment(self.media_type, self.title, self.format_code, self.content)


@dataclass(frozen=True, slots=True)
class TakenDocument:
    """A result as a FHIR document, recorded as taken."""

    result_id: UUID
    content: bytes = field(repr=False)
    sha256: str
