"""What the commands that write results as FHIR documents do once they are a town."""

import dataclasses
import datetime as dt
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn
from uuid import UUID

import typer

from tasuki.cli.operator import operator
from tasuki.cli.output import staff_by
from tasuki.layouts.fhir import Writer
from tasuki.layouts.types import Programme
from tasuki.media import operations, queries
from tasuki.media.archives import make_archive, new_password
from tasuki.media.catalogue import FHIR_DOCUMENTS
from tasuki.media.types import Export, ExportState
from tasuki.runtime import node, now
from tasuki.screening import attachment_queries
from tasuki.screening.operations.exports import export_documents
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date
from tasuki.web.presenters.exports import RequestForm, cover_text, export_rows, wish_of
from tasuki.web.sealed import open_words, seal_words

_AT_ONCE: Final = 500
_BY_LINE: Final = "documents.ndjson"
_USAGE, _PROBLEM = 2, 1


@dataclasses.dataclass(frozen=True, slots=True)
class Chosen:
    """Whose results are meant; `programme` is empty for all of them."""

    person: str | None = None
    fiscal_year: int | None = None
    programme: str = ""
    includes_protected: bool = False

    def as_words(self) -> dict[str, str]:
        """Give it as words that are kept sealed."""
        protected = "yes" if self.includes_protected else ""
        return {"fiscal_year": str(self.fiscal_year or ""), "programme": self.programme, "protected": protected}

    @classmethod
    def of_words(cls, words: Mapping[str, str]) -> "Chosen":
        """Take it from words that were kept sealed."""
        year = int(words["fiscal_year"])
        return cls(fiscal_year=year, programme=words["programme"], includes_protected=bool(words["protected"]))


def export_fhir(folder: Path, chosen: Chosen, *, by_line: bool) -> dict[str, Any]:
    """Write the town's own results into an empty folder that only this account may read, and say how many.

    Ends the command with status 2 where the folder holds anything, or nothing says whose results are meant; with status
    1 where real residents are kept, whose results leave after an approval only.
    """
    if not node().is_dummy:
        _end("本番では `tasuki exports ask` で申請します / where real: ask with `tasuki exports ask`", _PROBLEM)
    if chosen.person is None and chosen.fiscal_year is None:
        _end("--person か --fiscal-year を指定してください / say whose results, or of which year", _USAGE)
    wanted, left_out = _wanted(chosen)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        _end(f"{folder}: 空のフォルダーを指定してください / the folder is not empty", _USAGE)
    folder.chmod(0o700)
    for name, content in _files(wanted, by_line):
        file = folder / name
        file.touch(mode=0o600)
        with file.open("ab") as opened:
            opened.write(content)
    return {"written": len(wanted), "protected_left_out": left_out}


def request_documents(chosen: Chosen, typed: Mapping[str, str]) -> UUID:
    """Keep the request of whoever signed in, and return its number.

    Ends the command with status 2 after naming each field that is wrong.
    """
    by = _somebody()
    _programme(chosen.programme)
    form = RequestForm(typed)
    if not form.is_valid():
        for name, problems in form.errors.items():
            typer.echo(f"--{name.replace('_', '-')}: {' '.join(map(str, problems))}", err=True)
        raise typer.Exit(_USAGE)
    call, at = seal_words({"kind": FHIR_DOCUMENTS, "by": str(by), **chosen.as_words()}), now()
    wish = wish_of(form, kind=FHIR_DOCUMENTS, call=call, at=at)
    return operations.request_export(wish=wish, by=by, at=at)


def give_documents(export_id: UUID, to: Path) -> dict[str, Any]:
    """Make the archive of an approved request of whoever signed in, write it into a new file, and tell its password.

    Ends the command with status 1 where it may not be had.
    """
    by, at = _somebody(), now()
    found = queries.export(export_id)
    if found is None or found.requested_by != str(by) or found.kind != FHIR_DOCUMENTS:
        _end(f"{export_id}: あなたの申請にありません / no request of yours", _PROBLEM)
    if found.state(at, civil_date(at)) not in (ExportState.APPROVED, ExportState.MADE):
        _end(f"{export_id}: いまは作れません / cannot be made now: {found.state(at, civil_date(at))}", _PROBLEM)
    if to.exists():
        _end(f"{to}: もうあります / exists already", _USAGE)
    wanted, left_out = _wanted(Chosen.of_words(open_words(found.call)))
    content = b"".join(part for _name, part in _files(wanted, by_line=True))
    password = _keep(found, content, by, at)
    taken = operations.take_archive(export_id=export_id, by=by, at=at)
    if taken is None:
        _end(f"{export_id}: 受け取れません / cannot be taken now", _PROBLEM)
    with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(taken[1])
    return {"written": len(wanted), "protected_left_out": left_out, "password": password}


def _keep(found: Export, content: bytes, by: Actor, at: dt.datetime) -> str:
    own = node()
    [row] = export_rows([found])
    archive = make_archive(
        name=_BY_LINE,
        content=content,
        cover=cover_text(row, town=own.own_town().name, dummy=own.is_dummy, at=at),
        stamp=f"{at:%Y%m%dT%H%M%SZ}-{by.identifier}{'-dummy' if own.is_dummy else ''}",
        password=new_password(secrets.choice),
    )
    if not operations.keep_archive(export_id=found.export_id, archive=archive, by=by, at=at):
        _end(f"{found.export_id}: いまは作れません / cannot be made now", _PROBLEM)
    return archive.password


def _wanted(chosen: Chosen) -> tuple[list[UUID], int]:
    """Return which results are meant, and how many were left out because their people are protected."""
    found = attachment_queries.own_results(
        on=civil_date(now()),
        person=chosen.person,
        fiscal_year=chosen.fiscal_year,
        programme=_programme(chosen.programme),
    )
    wanted = [result_id for result_id, is_protected in found if chosen.includes_protected or not is_protected]
    return wanted, len(found) - len(wanted)


def _programme(text: str) -> Programme | None:
    if text and text not in set(Programme):
        _end(f"--programme: {', '.join(Programme)}", _USAGE)
    return Programme(text) if text else None


def _files(wanted: Sequence[UUID], by_line: bool) -> Iterator[tuple[str, bytes]]:
    """Give names and contents, some hundred results at a time: each lot is recorded before any of it is written."""
    town, by = node().own_town(), staff_by("export-fhir")
    writer = Writer(town.municipality_code, town.name)
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        for taken in export_documents(result_ids=some, writer=writer, by=by, at=now()):
            yield (_BY_LINE, taken.content + b"\n") if by_line else (f"{taken.result_id}.json", taken.content)


def _somebody() -> Actor:
    """Return who signed in: what takes an approval is asked for and taken by a person."""
    by = operator()
    if by is None:
        _end(f"先に `tasuki sign-in --node {node().name}` で入ってください / sign in first", _PROBLEM)
    return by


def _end(text: str, status: int) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(status)
