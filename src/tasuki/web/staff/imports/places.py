"""Where a town keeps what it receives until it is checked."""

from pathlib import Path

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from tasuki import runtime


def uploads() -> Path:
    """Return the folder of received files and samples; only this node may read it."""
    return runtime.node().folder / "uploads"


def received(file: "UploadedFile[bytes]") -> Path:
    """Return where an upload lies.

    :raises TypeError: when uploads are not kept in files, which the settings see to.
    """
    if not isinstance(file, TemporaryUploadedFile):
        raise TypeError("uploads are kept in files by FILE_UPLOAD_HANDLERS")
    return Path(file.temporary_file_path())
