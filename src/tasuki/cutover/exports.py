"""Reads a predecessor's export: a folder or a ZIP of files, and the manifest that says what each of them is."""

import json
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from tasuki.cutover.types import Export, ExportFile, ExportProblem, Fault, FileKind, UnusableExport
from tasuki.layouts.types import Programme
from tasuki.screening import mapping_queries
from tasuki.screening.arriving import digest_of
from tasuki.screening.import_types import SenderMapping
from tasuki.screening.mapping import ImportMapping, read_mapping
from tasuki.screening.reading import Member, UnreadableSource, is_archive, unpack

MANIFEST: Final = "migration.toml"
_SHA_256: Final = 64
_ENTRIES: Final = {
    FileKind.REGISTER: frozenset({"name", "kind", "rows", "sha256", "refused"}),
    FileKind.RESULTS: frozenset(
        {"name", "kind", "rows", "sha256", "refused", "mapping", "programme", "fiscal_year"}
    ),
}  # fmt: skip
#: What operating systems leave in folders beside the files.
_RUBBISH: Final = (".DS_Store", "Thumbs.db", "desktop.ini")


@contextmanager
def opened_export(place: Path, scratch: Path) -> Iterator[Export]:
    """Give an export for as long as its files are looked at; an archive is unpacked into a folder that is gone then.

    :param scratch: a folder that only this node may read.
    :raises UnusableExport: when a file is missing, changed, not listed, or has no mapping; every reason at once.
    """
    if place.is_dir():
        found = [one for one in sorted(place.iterdir()) if one.name not in _RUBBISH]
        others = [Fault(ExportProblem.NOT_LISTED, one.name) for one in found if one.is_symlink() or not one.is_file()]
        if others:
            raise UnusableExport(*others)
        yield _read([Member(one, one.name) for one in found])
        return
    if not is_archive(place):
        raise UnusableExport(Fault(ExportProblem.NO_MANIFEST))
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="export-", dir=scratch) as folder:
        try:
            members = unpack(place, Path(folder))
        except UnreadableSource as unreadable:
            problem = unreadable.problem
            detail = f"{problem.message_ja} / {problem.message_en}"
            raise UnusableExport(Fault(ExportProblem.DAMAGED, place.name, detail=detail)) from unreadable
        yield _read(members)


def _read(members: Sequence[Member]) -> Export:
    twice = [Fault(ExportProblem.NAMED_TWICE, one.name) for one in members if _count(members, one.name) > 1]
    if twice:
        raise UnusableExport(*twice[:1])
    paths = {one.name: one.path for one in members}
    manifest = paths.pop(MANIFEST, None)
    if manifest is None:
        raise UnusableExport(Fault(ExportProblem.NO_MANIFEST))
    title, sender, files = _manifest(manifest)
    faults = [*_files_that_differ(files, paths)]
    mappings, lacking = _mappings(files, sender)
    if faults or lacking:
        raise UnusableExport(*faults, *lacking)
    return Export(title, files, _digest(title, files, mappings), paths, mappings)


def _count(members: Sequence[Member], name: str) -> int:
    return sum(one.name == name for one in members)


def _manifest(path: Path) -> tuple[str, str, tuple[ExportFile, ...]]:
    """Return title, sender and files of a manifest.

    :raises UnusableExport: naming the entry, when it is damaged or says what cannot be.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8-sig"))
    except ValueError as error:
        raise UnusableExport(Fault(ExportProblem.DAMAGED, MANIFEST, detail=str(error))) from error
    unknown = [Fault(ExportProblem.UNKNOWN_ENTRY, MANIFEST, name) for name in content.keys() - {"migration", "file"}]
    head = content.get("migration")
    entries = content.get("file")
    if unknown or not isinstance(head, dict):
        raise UnusableExport(*unknown, *([] if isinstance(head, dict) else [_bad("migration", head)]))
    if not isinstance(entries, list) or not entries or not all(isinstance(one, dict) for one in entries):
        raise UnusableExport(Fault(ExportProblem.NO_FILES, MANIFEST))
    faults = [_bad(name, head.get(name)) for name in ("title", "sender") if not _is_text(head.get(name))]
    faults += [Fault(ExportProblem.UNKNOWN_ENTRY, MANIFEST, name) for name in head.keys() - {"title", "sender"}]
    for place, entry in enumerate(entries, start=1):
        faults += _faults_of_entry(place, entry)
    if faults:
        raise UnusableExport(*faults)
    files = tuple(ExportFile(**one | {"kind": FileKind(one["kind"])}) for one in entries)
    faults += _faults_of_order(files)
    if faults:
        raise UnusableExport(*faults)
    return head["title"], head["sender"], files


def _faults_of_entry(place: int, entry: Mapping[str, Any]) -> Iterator[Fault]:
    called = f"[[file]] {place}"
    kind = entry.get("kind")
    if kind not in tuple(FileKind):
        yield _bad(f"{called} kind", kind)
        return
    yield from (
        Fault(ExportProblem.UNKNOWN_ENTRY, MANIFEST, f"{called} {name}")
        for name in sorted(entry.keys() - _ENTRIES[FileKind(kind)])
    )
    name, digest, year = entry.get("name"), entry.get("sha256"), entry.get("fiscal_year")
    if not _is_text(name) or Path(str(name)).name != name:
        yield _bad(f"{called} name", name)
    if not (isinstance(digest, str) and len(digest) == _SHA_256 and set(digest) <= set("0123456789abcdef")):
        yield _bad(f"{called} sha256", digest)
    yield from (
        _bad(f"{called} {count}", entry.get(count))
        for count in ("rows", "refused")
        if not _is_count(entry.get(count, 0 if count == "refused" else None))
    )
    if kind == FileKind.RESULTS:
        if not _is_text(entry.get("mapping")):
            yield _bad(f"{called} mapping", entry.get("mapping"))
        if entry.get("programme") not in tuple(Programme):
            yield _bad(f"{called} programme", entry.get("programme"))
    if year is not None and not _is_count(year):
        yield _bad(f"{called} fiscal_year", year)


def _faults_of_order(files: Sequence[ExportFile]) -> Iterator[Fault]:
    seen: set[str] = set()
    has_results = False
    for one in files:
        if one.name in seen:
            yield Fault(ExportProblem.NAMED_TWICE, one.name)
        if one.kind is FileKind.REGISTER and has_results:
            yield Fault(ExportProblem.REGISTER_LATE, one.name)
        seen.add(one.name)
        has_results = has_results or one.kind is FileKind.RESULTS


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _bad(entry: str, value: object) -> Fault:
    return Fault(ExportProblem.BAD_ENTRY, MANIFEST, entry, "–" if value is None else str(value)[:100])


def _files_that_differ(files: Sequence[ExportFile], paths: Mapping[str, Path]) -> Iterator[Fault]:
    """Find what is missing, changed, or there without being listed."""
    for one in files:
        if one.name not in paths:
            yield Fault(ExportProblem.NO_FILE, one.name)
        elif digest_of(paths[one.name]) != one.sha256:
            yield Fault(ExportProblem.CHANGED, one.name)
    for name in sorted(paths.keys() - {one.name for one in files}):
        yield Fault(ExportProblem.NOT_LISTED, name)


def _mappings(
    files: Sequence[ExportFile], sender_name: str
) -> tuple[dict[str, tuple[SenderMapping, ImportMapping]], list[Fault]]:
    """Return the sender's mapping of each file of results, and what is lacking."""
    wanted = [one for one in files if one.kind is FileKind.RESULTS]
    sender = mapping_queries.sender_named(sender_name)
    stored = {} if sender is None else {one.name: one for one in mapping_queries.mappings(sender.sender_id)}
    if wanted and not stored:
        return {}, [Fault(ExportProblem.NO_SENDER, detail=sender_name)]
    found: dict[str, tuple[SenderMapping, ImportMapping]] = {}
    lacking: list[Fault] = []
    for one in wanted:
        mapping = stored.get(one.mapping)
        if mapping is None:
            lacking.append(Fault(ExportProblem.NO_MAPPING, one.name, detail=one.mapping))
        elif mapping.programme != one.programme:
            lacking.append(Fault(ExportProblem.OTHER_PROGRAMME, one.name, detail=one.mapping))
        else:
            found[one.name] = (mapping, read_mapping(mapping.content, mapping.name))
    return found, lacking


def _digest(
    title: str, files: Sequence[ExportFile], mappings: Mapping[str, tuple[SenderMapping, ImportMapping]]
) -> str:
    """Digest what a rehearsal is good for: another byte of a file, or another version of a mapping, needs another."""
    said = [
        asdict(one) | {"mapping_sha256": sha256(mappings[one.name][0].content.encode()).hexdigest()}
        if one.name in mappings
        else asdict(one)
        for one in files
    ]
    written = json.dumps({"title": title, "files": said}, ensure_ascii=False, sort_keys=True)
    return sha256(written.encode()).hexdigest()
