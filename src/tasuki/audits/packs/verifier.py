"""Verifies an evidence pack on any machine: no node, no database, no network, and no trust in who wrote the file.

A pack is stored without compression, so that all of its bytes follow from its files: it is put together anew and
compared, which leaves no place for anything hidden, and nothing to grow when it is read. Nothing is unpacked under a
name from the archive. Every problem is a value with a code and words in both languages.
"""

import base64
import datetime as dt
import filecmp
import hashlib
import json
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from struct import error as StructError
from typing import IO, Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tasuki.evidence.verifier import Loss, Part, verify_export

FORMAT: Final = "tasuki-pack/1"
MANIFEST: Final = "MANIFEST.json"
SIGNATURE: Final = "MANIFEST.sig"
EVIDENCE: Final = "evidence.jsonl"
READ_ME: Final = "READ-ME.txt"
_LONGEST_MANIFEST: Final = 1 << 20
_LONGEST_SIGNATURE: Final = 200
_MOST_MEMBERS: Final = 500
_CHUNK: Final = 1 << 20
#: The first moment a ZIP can hold; when a pack was made stands in what is signed.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_OWNER_READS: Final = 0o100400 << 16
_JST: Final = dt.timezone(dt.timedelta(hours=9))
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}(?:/[A-Za-z0-9][A-Za-z0-9_-]{0,59})?\.[a-z]{2,5}", re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
# A damaged archive fails in the way of whichever part of it is damaged.
_DAMAGE: Final = (
    zipfile.BadZipFile,
    StructError,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "not_a_pack": ("検査用の証拠一式ではないか、壊れています。", "It is no evidence pack, or it is damaged."),
    "hostile": ("書庫の形が正しくありません。開かないでください。", "The archive is malformed. Do not unpack it."),
    "added": (
        "署名された一覧にないファイルかデータがあります。",
        "There is a file or data the signed list does not name.",
    ),
    "missing": ("署名された一覧にあるファイルがありません。", "A file of the signed list is missing."),
    "bad_signature": ("一覧の署名が正しくありません。", "The signature of the list does not hold."),
    "altered": ("ファイルが署名のあとで変えられています。", "A file was altered after it was signed."),
    "other_key": (
        "与えられた鍵と違う鍵で署名されています。作り直されたものかもしれません。",
        "It is signed with another key than the one given: somebody may have made it anew.",
    ),
    "other_log": (
        "一覧に署名した鍵と、中の証跡に署名した鍵が違います。署名し直されています。",
        "The list and the evidence inside bear different keys: it was signed again by somebody else.",
    ),
    "evidence": ("中の証跡が検証に通りません。", "The evidence inside does not hold."),
}


@dataclass(frozen=True, slots=True)
class PackProblem:
    """One thing that is wrong: a code, where, and words in Japanese and English."""

    code: str
    where: str
    ja: str
    en: str


@dataclass
class PackReport:
    """What was found; `ok` only when nothing is wrong."""

    problems: list[PackProblem] = field(default_factory=list)
    origin: str = ""
    fingerprint: str = ""
    since: str = ""
    until: str = ""
    made_at: str = ""
    files: int = 0
    records: int = 0
    hashes_only: int = 0
    checkpoints: int = 0
    vouched: bool = False
    lost: list[Loss] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Tell whether the whole pack holds."""
        return not self.problems

    def add(self, code: str, where: str = "") -> None:
        """Note a problem."""
        self.problems.append(PackProblem(code, where, *_WORDS[code]))


class _Refused(Exception):
    """Reading on would be guessing."""

    def __init__(self, code: str, where: str = "") -> None:
        super().__init__(code)
        self.code, self.where = code, where


def signed_bytes(manifest: bytes) -> bytes:
    """Return what is signed: the list, behind words that no other signature of this key begins with."""
    return f"{FORMAT}\n".encode() + manifest


def fingerprint(public_key: bytes) -> str:
    """Return what people compare a key by: its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()


def verify_pack(path: Path, *, key: str = "", witnesses: Sequence[Path] = ()) -> PackReport:
    """Verify a pack: archive, signature, every file, nothing beside them, and the evidence with its checkpoints.

    :param key: the fingerprint of the town's key, known from elsewhere; without it or witnesses nothing outside the
        pack vouches for it.
    """
    report = PackReport()
    try:
        with (
            path.open("rb") as stream,
            zipfile.ZipFile(stream) as archive,
            tempfile.TemporaryDirectory(prefix="tasuki-pack-") as folder,
        ):
            names = _members(archive, path.stat().st_size)
            said = _manifest(archive, names, key, report)
            _compare(archive, names, said, report)
            if report.ok and not _is_exact(path, archive, names, Path(folder) / "again.zip"):
                report.add("added")
            if report.ok:
                _evidence(archive, said, witnesses, Path(folder) / EVIDENCE, report)
    except _Refused as refused:
        report.add(refused.code, refused.where)
    except _DAMAGE:
        report.add("not_a_pack")
    report.vouched = report.ok and (report.vouched or bool(key))
    return report


Opened = Callable[[], AbstractContextManager[IO[bytes]]]


def zip_exactly(path: Path, members: Iterable[tuple[str, Opened]]) -> None:
    """Write an archive whose bytes follow from the names and contents of its members, in their order."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, opened in members:
            info = zipfile.ZipInfo(name, _NO_TIME)
            info.external_attr, info.create_system = _OWNER_READS, 3
            with opened() as source, archive.open(info, "w") as target:
                while chunk := source.read(_CHUNK):
                    target.write(chunk)


def _members(archive: zipfile.ZipFile, size: int) -> list[str]:
    """Return the names of the members, once they cannot harm: plain names, each once, nothing that grows.

    :raises _Refused: when one is not as ours are.
    """
    infos = archive.infolist()
    names = [info.orig_filename for info in infos]
    for info in infos:
        is_plain = info.compress_type == zipfile.ZIP_STORED and info.file_size == info.compress_size
        if not (is_plain and info.flag_bits == 0 and _NAME.fullmatch(info.orig_filename)):
            raise _Refused("hostile", ascii(info.orig_filename)[:80])
    if len(set(names)) != len(names) or len(names) > _MOST_MEMBERS or sum(one.file_size for one in infos) > size:
        raise _Refused("hostile")
    return names


def _is_exact(path: Path, archive: zipfile.ZipFile, names: Sequence[str], again: Path) -> bool:
    """Say whether a file is what its members give, byte for byte."""
    head = [MANIFEST, SIGNATURE]
    order = [*head, *sorted(set(names) - set(head))]
    zip_exactly(again, [(name, _opened(archive, name)) for name in order])
    return filecmp.cmp(path, again, shallow=False)


def _opened(archive: zipfile.ZipFile, name: str) -> Opened:
    return lambda: archive.open(name)


def _manifest(archive: zipfile.ZipFile, names: Sequence[str], key: str, report: PackReport) -> Mapping[str, Any]:
    """Return the signed list, once its signature holds."""
    for name, longest in ((MANIFEST, _LONGEST_MANIFEST), (SIGNATURE, _LONGEST_SIGNATURE)):
        if name not in names or archive.getinfo(name).file_size > longest:
            raise _Refused("not_a_pack", name)
    text = archive.read(MANIFEST)
    said = json.loads(text)
    if not isinstance(said, dict) or said.get("format") != FORMAT or not _is_well_formed(said):
        raise _Refused("not_a_pack", MANIFEST)
    public = base64.b64decode(said["public_key"], validate=True)
    report.origin, report.fingerprint = said["origin"], fingerprint(public)
    report.since, report.until, report.made_at = said["since"], said["until"], said["made_at"]
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(
            base64.b64decode(archive.read(SIGNATURE), validate=True), signed_bytes(text)
        )
    except InvalidSignature as error:
        raise _Refused("bad_signature", SIGNATURE) from error
    if key and key.replace(":", "").lower() != report.fingerprint:
        raise _Refused("other_key", report.fingerprint)
    return said


def _is_well_formed(said: Mapping[str, Any]) -> bool:
    """Say whether a list has everything that is read of it, each of its type."""
    texts = ("origin", "public_key", "since", "until", "made_at")
    part, listed = said.get("evidence"), said.get("files")
    return (
        all(isinstance(said.get(name), str) for name in texts)
        and isinstance(part, dict)
        and all(type(part.get(name)) is int for name in ("first", "last"))
        and isinstance(said.get("contents"), list)
        and isinstance(listed, list)
        and all(
            isinstance(one, dict)
            and isinstance(one.get("name"), str)
            and type(one.get("size")) is int
            and _DIGEST.fullmatch(str(one.get("sha256")))
            for one in listed
        )
    )


def _compare(archive: zipfile.ZipFile, names: Sequence[str], said: Mapping[str, Any], report: PackReport) -> None:
    """Hold every file against the signed list: nothing more, nothing less, nothing else."""
    listed = {one["name"]: one for one in said["files"]}
    given = set(names) - {MANIFEST, SIGNATURE}
    for name in sorted(given - set(listed)):
        report.add("added", name)
    for name in sorted(set(listed) - given):
        report.add("missing", name)
    if len(listed) != len(said["files"]) or EVIDENCE not in listed:
        raise _Refused("not_a_pack", MANIFEST)
    for name in sorted(given & set(listed)):
        if not _is_as_signed(archive, name, listed[name]):
            report.add("altered", name)
    report.files = len(given)


def _is_as_signed(archive: zipfile.ZipFile, name: str, listed: Mapping[str, Any]) -> bool:
    with archive.open(name) as stream:
        try:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]  # it reads in parts
        except _DAMAGE:
            return False
    return (archive.getinfo(name).file_size, digest) == (listed["size"], listed["sha256"])


def _evidence(
    archive: zipfile.ZipFile, said: Mapping[str, Any], witnesses: Sequence[Path], place: Path, report: PackReport
) -> None:
    """Verify the log inside as any export of it, under the key that signed the list."""
    with archive.open(EVIDENCE) as stream, place.open("xb") as unpacked:
        while chunk := stream.read(_CHUNK):
            unpacked.write(chunk)
    found = verify_export(place, witnesses, part=_part(said))
    if found.public_key != said["public_key"] or found.origin != said["origin"]:
        report.add("other_log", EVIDENCE)
    for one in found.problems:
        report.add("evidence", f"{one.code}: {one.message}")
    report.records = found.leaves - found.withheld - found.purged
    report.lost = found.lost
    report.hashes_only, report.checkpoints, report.vouched = found.withheld, found.checkpoints, found.witnessed > 0


def _part(said: Mapping[str, Any]) -> Part:
    """Return which records must be there: those of the period, where they were chosen at all."""
    first, last = said["evidence"]["first"], said["evidence"]["last"]
    if "evidence" not in said["contents"]:
        return Part(first, first, "9", "")
    since, until = dt.date.fromisoformat(said["since"]), dt.date.fromisoformat(said["until"])
    return Part(first, last, _stated(since), _stated(until + dt.timedelta(days=1)))


def _stated(day: dt.date) -> str:
    """Return when a day begins here, as the log states times."""
    begins = dt.datetime.combine(day, dt.time(), _JST).astimezone(dt.UTC)
    return f"{begins:%Y-%m-%dT%H:%M:%S.%f}Z"
