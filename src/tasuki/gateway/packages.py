"""The package in which an institution travels from one gateway to another: sealed for the new one, signed by the old.

A ZIP file of parts that are compressed and encrypted (AES-256-GCM) under a key made for this package, which is sealed
for the new gateway (HPKE); a manifest names each part with its digest, and the old gateway signs the manifest.
"""

import base64
import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tasuki.gateway.errors import GatewayError
from tasuki.nodes.keys import write_secret
from tasuki.protocol.sealing import NotForUs, open_list, seal_list

_PURPOSE: Final = "tasuki institution that moves"
_MANIFEST, _SIGNATURE = "manifest.json", "manifest.sig"
#: No manifest of ours comes near; read from a file that nobody vouches for yet.
_LONGEST_MANIFEST: Final = 64 * 1024 * 1024
_NONCE_BYTES: Final = 12

Line = list[object]


class PackageInvalidError(GatewayError):
    """The package is not one of ours, was not made for this gateway, or was altered."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(_Frozen):
    """One encrypted part: which table it is of, and the digest of its bytes."""

    table: str
    sha256: str


class Content(_Frozen):
    """How much of a table was given, and the digest of its rows in order."""

    rows: int
    sha256: str


class Manifest(_Frozen):
    """What the old gateway signs."""

    format: Literal["tasuki-institution/1"] = "tasuki-institution/1"
    move: str
    institution: Annotated[str, Field(pattern=r"^[0-9]{16}$")]
    town: str
    giver: str
    taker: str
    made_at: str
    sealed_key: str
    content: dict[str, Content]
    parts: list[Part]

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.content.values())

    @property
    def digest(self) -> str:
        return digest_of(self.content)

    @property
    def mark(self) -> str:
        """What tells this package from another of the same move: each is made under a key of its own."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def digest_of(content: dict[str, Content]) -> str:
    """Return one digest of everything: of each table's name, number of rows and digest, by name."""
    lines = [f"{table} {one.rows} {one.sha256}\n" for table, one in sorted(content.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


class Digests:
    """Counts and digests rows as they go by, table by table."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._digests: dict[str, hashlib._Hash] = {}

    def add(self, table: str, lines: Iterable[Line]) -> bytes:
        """Take rows in and return them as they travel: one JSON array a line."""
        text = b"".join(orjson.dumps(line, option=orjson.OPT_UTC_Z) + b"\n" for line in lines)
        self._rows[table] = self._rows.get(table, 0) + text.count(b"\n")
        self._digests.setdefault(table, hashlib.sha256()).update(text)
        return text

    @property
    def content(self) -> dict[str, Content]:
        return {
            table: Content(rows=number, sha256=self._digests[table].hexdigest()) for table, number in self._rows.items()
        }


def write_package(
    file: Path,
    *,
    parts: Iterable[tuple[str, list[Line]]],
    manifest: Manifest,
    key: X25519PublicKey,
    sign: Callable[[bytes], str],
) -> Manifest:
    """Write a package, readable by nobody else, and return its manifest; a file is there whole or not at all.

    :param manifest: what is known of it beforehand; the rest is filled in.
    """
    secret = AESGCM.generate_key(256)
    cipher = AESGCM(secret)
    digests = Digests()
    named: list[Part] = []
    draft = file.with_name(file.name + ".part")
    write_secret(draft, b"")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as archive:
        for number, (table, lines) in enumerate(parts):
            content = zlib.compress(digests.add(table, lines), 1)
            sealed = cipher.encrypt(_nonce(number), content, _place(manifest.move, table, number))
            archive.writestr(_name(number), sealed)
            named.append(Part(table=table, sha256=hashlib.sha256(sealed).hexdigest()))
        sealed_key = seal_list([base64.b64encode(secret).decode()], key, _PURPOSE)
        whole = manifest.model_copy(update={"sealed_key": sealed_key, "content": digests.content, "parts": named})
        text = whole.model_dump_json().encode()
        archive.writestr(_MANIFEST, text)
        archive.writestr(_SIGNATURE, sign(text))
    with draft.open("rb") as written:
        os.fsync(written.fileno())
    draft.replace(file)
    return whole


def read_manifest(file: Path, *, check: Callable[[bytes, str], str]) -> Manifest:
    """Return what a package says it is, once its signature was checked.

    :param check: returns the node that signed the bytes, or raises `PackageInvalidError`.
    :raises PackageInvalidError: when it is none of ours.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            if archive.getinfo(_MANIFEST).file_size > _LONGEST_MANIFEST:
                raise PackageInvalidError("its manifest is longer than any")
            text = archive.read(_MANIFEST)
            signature = archive.read(_SIGNATURE).decode()
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError, OSError) as error:
        raise PackageInvalidError("it is no package of an institution") from error
    signer = check(text, signature)
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        raise PackageInvalidError("its manifest cannot be read") from error
    if manifest.giver != signer:
        raise PackageInvalidError("it is signed by another gateway than the one that gave it")
    return manifest


def check_parts(file: Path, manifest: Manifest, key: X25519PrivateKey) -> None:
    """Read a package to its end, so that nothing of one that is not whole is taken in.

    :raises PackageInvalidError: as `read_parts` does.
    """
    _cipher(manifest, key)
    with zipfile.ZipFile(file) as archive:
        for number, part in enumerate(manifest.parts):
            _sealed(archive, number, part)


def read_parts(
    file: Path, manifest: Manifest, key: X25519PrivateKey, first: int = 0
) -> Iterator[tuple[str, list[Line]]]:
    """Return the rows of a package part by part, from the part `first` on.

    :raises PackageInvalidError: when it was sealed for another gateway, or a part was altered, left out or exchanged.
    """
    cipher = _cipher(manifest, key)
    with zipfile.ZipFile(file) as archive:
        for number, part in list(enumerate(manifest.parts))[first:]:
            sealed = _sealed(archive, number, part)
            try:
                content = cipher.decrypt(_nonce(number), sealed, _place(manifest.move, part.table, number))
                lines: list[Line] = [orjson.loads(line) for line in zlib.decompress(content).splitlines()]
            except (InvalidTag, zlib.error, ValueError) as error:
                raise PackageInvalidError(f"part {number} is damaged") from error
            yield part.table, lines


def _cipher(manifest: Manifest, key: X25519PrivateKey) -> AESGCM:
    try:
        [secret] = open_list(manifest.sealed_key, key, _PURPOSE)
        return AESGCM(base64.b64decode(secret))
    except (NotForUs, ValueError) as error:
        raise PackageInvalidError("it was sealed for another gateway") from error


def _sealed(archive: zipfile.ZipFile, number: int, part: Part) -> bytes:
    try:
        sealed = archive.read(_name(number))
    except (KeyError, zipfile.BadZipFile) as error:
        raise PackageInvalidError(f"part {number} is missing or damaged") from error
    if hashlib.sha256(sealed).hexdigest() != part.sha256:
        raise PackageInvalidError(f"part {number} was altered")
    return sealed


def _name(number: int) -> str:
    return f"{number:08}"


def _nonce(number: int) -> bytes:
    return number.to_bytes(_NONCE_BYTES, "big")


def _place(move: str, table: str, number: int) -> bytes:
    return f"{move}/{table}/{number}".encode()
