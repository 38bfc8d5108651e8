"""Files from a browser: bounded while they arrive, told by their content, and looked at by the scanner."""

from typing import Any, Final

import structlog
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from tasuki import runtime
from tasuki.nodes.scanning import Verdict, scan

log = structlog.get_logger()
#: What the beginning of a file says of it.
_ARCHIVE: Final = (b"PK\x03\x04", b"PK\x05\x06")
_WORKBOOK: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NO_DATA: Final = (
    b"MZ", b"\x7fELF", b"#!", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b",
)  # fmt: skip
_LOOKED_AT: Final = 16


class BoundedUpload(TemporaryFileUploadHandler):
    """Keeps an upload in a file, but of one that is larger than this node takes only how large it is."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin with nothing."""
        super().new_file(*args, **kwargs)
        self._received, self._largest = 0, runtime.node().upload_rules().largest

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take the next bytes."""
        del start
        self._received += len(raw_data)
        if self._received <= self._largest:
            self.file.write(raw_data)
        else:
            self.file.truncate(0)


class ReceivedFile(forms.FileField):
    """A file somebody sends: its size, its kind and what the scanner says are looked at before anything reads it."""

    def __init__(self, *, archives: bool = False, **kwargs: Any) -> None:
        """Take whether it may be a ZIP archive."""
        super().__init__(**kwargs)
        self._archives = archives

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the file.

        :raises ValidationError: saying why it is not taken in, and what to do.
        """
        file = super().clean(data, initial)
        if isinstance(file, UploadedFile):
            _check_size(file)
            self._check_kind(file)
            _check_scanner(file)
        return file

    def _check_kind(self, file: "UploadedFile[bytes]") -> None:
        file.seek(0)
        beginning = file.read(_LOOKED_AT)
        file.seek(0)
        if beginning.startswith(_WORKBOOK):
            raise _refused("workbook", _("Excelのファイルです。CSVで保存し直して選んでください。"))
        if beginning.startswith(_NO_DATA) or (beginning.startswith(_ARCHIVE) and not self._archives):
            raise _refused("kind", _("この欄で受け取れる種類のファイルではありません。選び直してください。"))


def _check_size(file: "UploadedFile[bytes]") -> None:
    largest, size = runtime.node().upload_rules().largest, file.size or 0
    if size > largest:
        text = _("ファイルが大きすぎます(%(size)s、上限%(largest)s)。分けて送ってください。")
        raise _refused("size", text % {"size": filesizeformat(size), "largest": filesizeformat(largest)})


def _check_scanner(file: "UploadedFile[bytes]") -> None:
    rules = runtime.node().upload_rules()
    if not rules.scanner:
        return
    file.seek(0)
    scanned = scan(file.chunks(), rules.scanner)
    file.seek(0)
    if scanned.verdict is Verdict.FOUND:
        text = _("検査で危険なプログラムが見つかりました。開かずに、情報システム担当へ連絡してください。")
        raise _refused("harmful", text)
    if scanned.verdict is Verdict.UNANSWERED:
        log.warning("UPL-002 scanner_silent", reason=scanned.why)
        if rules.scanner_required:
            text = _("ウイルス検査ができないため受け取れません。しばらくしてから送り直してください。")
            raise _refused("not_scanned", text)


def _refused(reason: str, text: str) -> ValidationError:
    log.warning("UPL-001 upload_refused", reason=reason)
    return ValidationError(text, code=reason)
