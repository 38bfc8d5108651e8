"""Uploads that must never lie on a disk in clear, because they hold individual numbers."""

from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any, Final

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

#: About 500,000 people. What is larger is read to its end and not kept, so that the page can say why.
LARGEST: Final = 64 * 1024 * 1024


class MemoryOnly(FileUploadHandler):
    """Keeps an upload in memory whatever its size; of one that is too large, only how large it is."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin with nothing."""
        super().new_file(*args, **kwargs)
        self._content, self._size = BytesIO(), 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take the next bytes; nothing is passed on to another handler."""
        del start
        self._size += len(raw_data)
        if self._size > LARGEST:
            self._content = BytesIO()
        else:
            self._content.write(raw_data)

    def file_complete(self, file_size: int) -> "InMemoryUploadedFile":
        """Give the whole file."""
        self._content.seek(0)
        return InMemoryUploadedFile(
            self._content, self.field_name, self.file_name, self.content_type, file_size, self.charset
        )


def keeps_uploads_in_memory(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Receive the uploads of a page in memory only.

    The token against forged requests stands in the same body, so it is checked after the handler is chosen; the
    middleware would read the body first, onto the disk.
    """
    checked = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def received(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        request.upload_handlers = [MemoryOnly(request)]
        return checked(request, *args, **kwargs)

    return received
