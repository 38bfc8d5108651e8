"""Reads of files of people to register."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from tasuki.nodes.sql import Row, rows
from tasuki.persons.errors import NoSuchFile
from tasuki.persons.sealing import Sealer
from tasuki.persons.types.files import OPEN_STATES, FileFindings, FileProblem, PeopleFile, PeopleFileState

ALIAS: Final = "index"
_FILE: Final = (
    "SELECT file_id, system, file_name, state, findings, work_id, received_at, received_by, ended_at, ended_by"
    " FROM persons_people_file"
)


def people_file(file_id: UUID) -> PeopleFile | None:
    """Return one file, or None where there is none."""
    found = rows(f"{_FILE} WHERE file_id = %s", [file_id], alias=ALIAS)
    return _file(found[0]) if found else None


def people_files(limit: int = 50) -> list[PeopleFile]:
    """Return files, newest first."""
    return [_file(row) for row in rows(f"{_FILE} ORDER BY received_at DESC, file_id LIMIT %s", [limit], alias=ALIAS)]


def files_left_behind(before: dt.datetime) -> list[UUID]:
    """Return the files that came before a time and still have their content."""
    found = rows(
        "SELECT file_id FROM persons_people_file WHERE state = ANY(%s) AND received_at < %s ORDER BY received_at",
        [[one.value for one in OPEN_STATES], before],
        alias=ALIAS,
    )
    return [row["file_id"] for row in found]


def kept_among(file_ids: Sequence[UUID]) -> list[UUID]:
    """Return which of these files still have their content."""
    found = rows(
        "SELECT file_id FROM persons_people_file WHERE file_id = ANY(%s) AND sealed_content IS NOT NULL"
        " ORDER BY received_at, file_id",
        [list(file_ids)],
        alias=ALIAS,
    )
    return [row["file_id"] for row in found]


def open_file(file_id: UUID, sealer: Sealer) -> bytes:
    """Return the content of a file.

    :raises NoSuchFile: when it is gone.
    :raises SealBroken: when it was altered.
    """
    found = rows(
        "SELECT sealed_content FROM persons_people_file WHERE file_id = %s AND sealed_content IS NOT NULL",
        [file_id],
        alias=ALIAS,
    )
    if not found:
        raise NoSuchFile(NoSuchFile.__doc__)
    return sealer.open(bytes(found[0]["sealed_content"]), bound_to=str(file_id))


def _file(row: Row) -> PeopleFile:
    found = row["findings"]
    findings = None if found is None else _findings(orjson.loads(found))
    return PeopleFile(**row | {"findings": findings, "state": PeopleFileState(row["state"])})


def _findings(stored: Mapping[str, Any]) -> FileFindings:
    return FileFindings(
        **{
            **stored,
            "columns": tuple(stored["columns"]),
            "ignored": tuple(stored["ignored"]),
            "problems": tuple(FileProblem(**one) for one in stored["problems"]),
        }
    )
