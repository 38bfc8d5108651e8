"""A pack as one file: a ZIP whose bytes follow from its content, and a list of digests signed with the log's key.

The log's key and not that of messages, which is exchanged: whoever keeps this town's checkpoints has it, and it signed
the evidence inside, so that a pack somebody else signed again does not fit what is in it (ADR 0039).
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tasuki.audits.packs.types import PackFile
from tasuki.audits.packs.verifier import FORMAT, MANIFEST, SIGNATURE, Opened, signed_bytes, zip_exactly


def write_pack(
    path: Path, folder: Path, files: Sequence[PackFile], *, facts: Mapping[str, object], key: Ed25519PrivateKey
) -> None:
    """Write a pack to a new file; the same files and facts give the same bytes.

    :param folder: where the files stand under their names.
    :param facts: what the manifest says beside the files.
    """
    listed = sorted(files, key=lambda one: one.name)
    said = {
        **facts,
        "format": FORMAT,
        "public_key": base64.b64encode(key.public_key().public_bytes_raw()).decode(),
        "files": [_entry(folder, one) for one in listed],
    }
    manifest = orjson.dumps(said, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    # The two files about the files, then the files.
    (folder / MANIFEST).write_bytes(manifest)
    (folder / SIGNATURE).write_bytes(base64.b64encode(key.sign(signed_bytes(manifest))))
    names = [MANIFEST, SIGNATURE, *(one.name for one in listed)]
    zip_exactly(path, [(name, _opened(folder / name)) for name in names])


def _opened(place: Path) -> Opened:
    return lambda: place.open("rb")


def _entry(folder: Path, one: PackFile) -> dict[str, object]:
    with (folder / one.name).open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    return {
        "name": one.name,
        "size": (folder / one.name).stat().st_size,
        "sha256": digest,
        "ja": one.what[0],
        "en": one.what[1],
        "holds": one.holds.value,
    }
