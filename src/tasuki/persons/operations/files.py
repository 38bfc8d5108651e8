"""Files of people to register: kept sealed until somebody decides about them, never a moment longer than a day."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final
from uuid import UUID

import orjson
from django.db import transaction

from tasuki.nodes.sql import run
from tasuki.persons.sealing import Sealer
from tasuki.persons.types.files import OPEN_STATES, FileFindings, PeopleFileState
from tasuki.shared.actor import Actor

ALIAS: Final = "index"


@transaction.atomic(using=ALIAS)
def keep_file(
    *, file_id: UUID, system: str, file_name: str, content: bytes, sealer: Sealer, by: Actor, at: dt.datetime
) -> None:
    """Keep a file until somebody decides about it; the caller has recorded that it came."""
    run(
        "INSERT INTO persons_people_file (file_id, system, file_name, sealed_content, state, received_at, received_by,"
        " ended_by) VALUES (%s, %s, %s, %s, %s, %s, %s, '')",
        [
            file_id, system, file_name, sealer.seal(content, bound_to=str(file_id)), PeopleFileState.RECEIVED.value,
            at, str(by),
        ],
        alias=ALIAS,
    )  # fmt: skip


@transaction.atomic(using=ALIAS)
def note_findings(*, file_id: UUID, findings: FileFindings, by: Actor, at: dt.datetime) -> None:
    """Keep what was found in a file, for whoever decides about it."""
    del by, at  # Reading what was received changes nothing that is evidenced.
    run(
        "UPDATE persons_people_file SET state = %s, findings = %s::jsonb WHERE file_id = %s AND state = %s",
        [
            PeopleFileState.CHECKED.value, orjson.dumps(asdict(findings)).decode(), file_id,
            PeopleFileState.RECEIVED.value,
        ],
        alias=ALIAS,
    )  # fmt: skip


@transaction.atomic(using=ALIAS)
def note_work(*, file_id: UUID, work_id: UUID, by: Actor, at: dt.datetime) -> None:
    """Keep which work reads or registers a file, so that it is found again."""
    del by, at  # The work says who asked for it, and when.
    run("UPDATE persons_people_file SET work_id = %s WHERE file_id = %s", [work_id, file_id], alias=ALIAS)


@transaction.atomic(using=ALIAS)
def end_files(*, file_ids: Sequence[UUID], state: PeopleFileState, by: Actor, at: dt.datetime) -> int:
    """Delete the contents of files for good, and note why; the caller has recorded it. Gives how many were kept."""
    return run(
        "UPDATE persons_people_file SET sealed_content = NULL, state = %s, ended_at = %s, ended_by = %s"
        " WHERE file_id = ANY(%s) AND state = ANY(%s)",
        [state.value, at, str(by), list(file_ids), [one.value for one in OPEN_STATES]],
        alias=ALIAS,
    )
