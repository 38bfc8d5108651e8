"""Files of people that come over a page: received, read, registered or thrown away, and gone after a day in any case.

They hold individual numbers, so their content lies nowhere but sealed in the index, and only until somebody decided.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.linkage.people_files import GoesOn, RegisteredFile, read_people, register_file
from tasuki.linkage.people_preview import Tell, findings_in, findings_of_unreadable
from tasuki.linkage.table_files import UnreadableTable
from tasuki.operating.queries import marked_environment
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.operations import files
from tasuki.persons.queries.files import files_left_behind, kept_among, open_file, people_file
from tasuki.persons.sealing import Sealer
from tasuki.persons.types.files import FileFindings, PeopleFileState
from tasuki.screening.reading import FileInMemory
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

#: Short enough that whoever stops it waits seconds, long enough that each costs little.
_PART = 1_000


def receive_file(
    *, file_id: UUID, system: str, file_name: str, content: bytes, sealer: Sealer, by: Actor, at: dt.datetime
) -> None:
    """Keep a file of people of a business system, sealed; recorded before, by its size and not by its content."""
    body = {"file_id": str(file_id), "system": system, "bytes": len(content), "by": str(by)}
    with transaction.atomic():
        append(kind=EntryKind.PEOPLE_FILE_RECEIVED, body=body, at=at)
    files.keep_file(file_id=file_id, system=system, file_name=file_name, content=content, sealer=sealer, by=by, at=at)


def check_file(
    *, file_id: UUID, sealer: Sealer, by: Actor, at: dt.datetime, tell: Tell = lambda _done: None
) -> FileFindings:
    """Read a file and keep what was found; one that cannot be read is deleted at once.

    :raises NoSuchFile: when it is gone.
    """
    read = read_people(FileInMemory(open_file(file_id, sealer)))
    if isinstance(read, UnreadableTable):
        findings = findings_of_unreadable(read)
        files.note_findings(file_id=file_id, findings=findings, by=by, at=at)
        _end([file_id], PeopleFileState.UNREADABLE, by, at)
        return findings
    findings = findings_in(read, civil_date(at), marked_environment().environment, tell)
    files.note_findings(file_id=file_id, findings=findings, by=by, at=at)
    return findings


def register_kept_file(
    *, file_id: UUID, sealer: Sealer, cipher: NumberCipher, goes_on: GoesOn, by: Actor, at: dt.datetime
) -> RegisteredFile:
    """Register the people of a file, and delete it; one that was stopped half-way stays until somebody decides.

    Each part is on record before it is registered (`identity.register`), and the end of the file is too.

    :raises NoSuchFile: when it is gone.
    """
    kept = people_file(file_id)
    read = read_people(FileInMemory(open_file(file_id, sealer)))
    if kept is None or isinstance(read, UnreadableTable):
        raise ValueError("only a file that was read and is kept can be registered")
    done = register_file(read=read, system=kept.system, cipher=cipher, by=by, at=at, goes_on=goes_on, part_size=_PART)
    if not done.left:
        _end([file_id], PeopleFileState.REGISTERED, by, at)
    return done


def discard_file(*, file_id: UUID, by: Actor, at: dt.datetime) -> bool:
    """Delete a file that nobody wants to register, recorded before; False when it was gone."""
    return _end([file_id], PeopleFileState.DISCARDED, by, at) == 1


def forget_files(*, before: dt.datetime, by: Actor, at: dt.datetime) -> int:
    """Delete the files that came before a time and that nobody decided about, recorded before; give how many."""
    return _end(files_left_behind(before), PeopleFileState.EXPIRED, by, at)


def _end(file_ids: Sequence[UUID], state: PeopleFileState, by: Actor, at: dt.datetime) -> int:
    """Delete what is still kept of these files, recorded before; what ended another way is not said to end so."""
    kept = kept_among(file_ids)
    if not kept:
        return 0
    body = {"files": [str(one) for one in kept], "became": state.value, "by": str(by)}
    with transaction.atomic():
        append(kind=EntryKind.PEOPLE_FILES_ENDED, body=body, at=at)
    return files.end_files(file_ids=kept, state=state, by=by, at=at)
