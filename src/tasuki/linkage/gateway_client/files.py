"""The real intermediate server's dialect: files that go out and files that come in (ADR 0026).

The same acts as `api.GatewayLink`, as far as files can carry them; the others raise ExchangeFailed and change nothing.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final, NoReturn

import structlog

from tasuki.linkage.gateway_client.file_inbox import FileTaken, Inbox, Line, Told
from tasuki.linkage.gateway_client.file_ledger import Ledger, digest, open_ledger
from tasuki.linkage.gateway_client.official_codes import PEER, CodesUnfilled, OfficialCodes, official_codes
from tasuki.linkage.gateway_client.replica_files import (
    Attachment,
    FileKind,
    PersonAct,
    RunKind,
    envelope,
    parts,
    people_attachment,
    replica_attachment,
    versions_among,
)
from tasuki.linkage.inquiry_files import layout as inquiry_layout
from tasuki.linkage.inquiry_writing import inquiry_file, inquiry_lines, may_be_written
from tasuki.linkage.result_files import Asked
from tasuki.nodes.types import GatewayFiles
from tasuki.protocol import messages, record_messages
from tasuki.protocol.envelope import wire_time
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.protocol.messages import STRONGEST_FIRST, State
from tasuki.protocol.portal_messages import PortalNotice, PortalNoticeAsked, PortalNoticeProgress
from tasuki.protocol.probes import ConnectionProbe, ConnectionReport
from tasuki.protocol.replica_messages import WrittenSheet, in_parts
from tasuki.protocol.seeking import Holders, ProvidersSought
from tasuki.protocol.transitions import table
from tasuki.shared.dates import to_jst

log = structlog.get_logger()

_ACCEPTED: Final = messages.Accepted(accepted=True)


@dataclass(frozen=True, slots=True)
class FileLink:
    """A town's way to an intermediate server that takes and gives files. Every method raises ExchangeFailed.

    `numbers_of` gives a person's own numbers by the index's; `ledger` is a folder nobody else uses; `record` writes
    into the evidence that a result file is taken in, before anything of it counts.
    """

    #: Whoever reads the files goes by the order in which they were written.
    keeps_order: ClassVar[bool] = True
    files: GatewayFiles
    ledger: Path
    institution: str
    numbers_of: Callable[[Sequence[str]], Mapping[str, Sequence[str]]]
    now: Callable[[], dt.datetime]
    record: Callable[[FileTaken], None]
    run: RunKind = RunKind.CHANGE

    def register_replicas(self, items: Sequence[WrittenSheet]) -> list[messages.Accepted]:
        codes = self._codes()
        self._refuse_unfilled(codes.missing_for_replicas(versions_among(items)))
        self._write([replica_attachment(part, codes) for part in in_parts(items, self.files.most_records)])
        return [_ACCEPTED] * len(items)

    def replicas_ready(self, items: Sequence[WrittenSheet]) -> Callable[[], list[messages.Accepted]]:
        """Return what registers replicas: a file is written only once it may follow the one before."""
        return partial(self.register_replicas, items)

    def set_holds(self, items: Sequence[messages.Hold]) -> list[messages.Accepted]:
        self._tell(
            [
                (
                    person,
                    PersonAct.HOLD if one.hold else PersonAct.RELEASE,
                    {"NonDisclosure": "true" if one.non_disclosure else "false"},
                )
                for one in items
                for person in one.unified_person_numbers
            ]
        )
        return [_ACCEPTED] * len(items)

    def forget_people(self, items: Sequence[messages.Forgotten]) -> list[messages.Accepted]:
        return self._tell([(one.unified_person_number, PersonAct.FORGET, {}) for one in items])

    def forget_codes(self, items: Sequence[messages.CodeForgotten]) -> list[messages.Accepted]:
        return self._tell(
            [
                (one.unified_person_number, PersonAct.FORGET_CODE, {"DeletedAt": wire_time(one.deleted_at)})
                for one in items
            ]
        )

    def inquire(self, items: Sequence[messages.Inquiry]) -> list[messages.InquiryProgress]:
        """Write what was not written before; an inquiry whose person's number fits no field fails by itself."""
        codes = self._codes()
        self._refuse_unfilled(codes.missing_for_inquiries(one.procedure for one in items))
        numbers = self.numbers_of([one.unified_person_number for one in items])
        with self._opened() as inbox:
            written = {line.transaction for line in inbox.lines()}
            own = {one.transaction_number: _own_number(numbers.get(one.unified_person_number, ())) for one in items}
            new = [one for one in items if one.transaction_number not in written and own[one.transaction_number]]
            for part in list(_by_lines(new, inquiry_layout().most_rows)):
                self._write_inquiries(inbox, part, own, codes)
        return [
            self._progress(one.transaction_number, State.SENT)
            if own[one.transaction_number] or one.transaction_number in written
            else self._progress(one.transaction_number, State.FAILED, "the number does not fit the inquiry file")
            for one in items
        ]

    def inquiry_status(self, items: Sequence[messages.InquiryAsked]) -> list[messages.InquiryProgress]:
        """Take in the results that have arrived, and say how inquiries stand: all lines answered, or time over, or not.

        An inquiry lapses when its file was written longer ago than a permit is good for; what came until then counts.
        """
        with self._opened() as inbox:
            self._take_in(inbox)
            return self._statuses(inbox, [one.transaction_number for one in items])

    def cancel(self, items: Sequence[messages.Inquiry]) -> list[messages.InquiryProgress]:
        """Call off what was never written; what was cannot be called back, and stands as its results say."""
        with self._opened() as inbox:
            written = {line.transaction for line in inbox.lines()}
            self._take_in(inbox)
            stand = self._statuses(inbox, [one.transaction_number for one in items])
        return [
            one if one.transaction_number in written else self._progress(one.transaction_number, State.CANCELLED)
            for one in stand
        ]

    def answers_read(self, items: Sequence[messages.AnswerRead]) -> list[messages.Accepted]:
        with self._opened() as inbox:
            inbox.let_go({one.transaction_number for one in items})
        return [_ACCEPTED] * len(items)

    def take_in(self) -> list[FileTaken]:
        """Take in the results that have arrived, and say what became of each file."""
        with self._opened() as inbox:
            return self._take_in(inbox)

    def written(self) -> list[dict[str, Any]]:
        """Return what the ledger says was written, oldest first."""
        with self._opened() as inbox:
            return list(inbox.ledger.of("written"))

    # --- what files do not carry ---

    def open_acquisitions(self, items: Sequence[messages.AcquisitionOpened]) -> list[messages.Accepted]:
        _not_carried("acquisitions")

    def request_codes(self, items: Sequence[messages.AcquisitionRequest]) -> list[messages.AcquisitionReply]:
        _not_carried("acquisitions")

    def code_status(self, items: Sequence[messages.CodeStatusAsked]) -> list[messages.CodeStatus]:
        _not_carried("the state of codes")

    def registered(self, asked: messages.RegisteredAsked) -> list[messages.RegisteredPerson]:
        _not_carried("what is registered")

    def held(self, institution: str) -> list[messages.HeldInquiry]:
        _not_carried("held inquiries")

    def decide_held(self, items: Sequence[messages.HeldDecision]) -> list[messages.Accepted]:
        _not_carried("decisions on held inquiries")

    def exchanges(self, items: Sequence[messages.ExchangesAsked]) -> list[messages.Exchange]:
        _not_carried("exchange records")

    def seek(self, items: Sequence[ProvidersSought]) -> list[Holders]:
        _not_carried("provider searches")

    def test_connection(self, probe: ConnectionProbe) -> ConnectionReport:
        _not_carried("connection tests")

    def records(self, asked: record_messages.RecordsAsked) -> record_messages.RecordsFound:
        _not_carried("exchange records")

    def corrections(self, institution: str) -> list[record_messages.Correction]:
        _not_carried("corrections")

    def corrections_read(self, items: Sequence[record_messages.CorrectionRead]) -> list[messages.Accepted]:
        _not_carried("corrections")

    def correct_records(self, items: Sequence[record_messages.RecordCorrection]) -> list[messages.Accepted]:
        del items
        _not_carried("corrections of records")

    def record_corrections(self, institution: str) -> list[record_messages.RecordCorrection]:
        del institution
        _not_carried("corrections of records")

    def record_corrections_read(self, items: Sequence[record_messages.RecordCorrectionRead]) -> list[messages.Accepted]:
        del items
        _not_carried("corrections of records")

    # --- how ---

    def send_notices(self, items: Sequence[PortalNotice]) -> list[PortalNoticeProgress]:
        del items
        _not_carried("notices through the portal")

    def notice_status(self, items: Sequence[PortalNoticeAsked]) -> list[PortalNoticeProgress]:
        del items
        _not_carried("notices through the portal")

    def _codes(self) -> OfficialCodes:
        return official_codes(self.files.codes)

    def _refuse_unfilled(self, missing: set[str]) -> None:
        """Write nothing while a code is not filled in, and say which, all at once."""
        if missing:
            refused = CodesUnfilled(missing)
            log.warning("TW-FIL-001 codes_unfilled", count=len(missing), missing=", ".join(refused.missing))
            raise refused

    @contextmanager
    def _opened(self) -> Iterator[Inbox]:
        try:
            with open_ledger(self.ledger, self.files.out_folder) as ledger:
                self.files.in_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                yield Inbox(ledger, self.files.in_folder, self.institution, self.record)
        except OSError as error:
            # The message of the system may name a path of this machine; what kind of fault it is suffices.
            raise ExchangeFailed(PEER, Phase.SEND, f"a folder cannot be used: {error.strerror}") from error

    def _tell(self, told: Sequence[tuple[str, PersonAct, Mapping[str, str]]]) -> list[messages.Accepted]:
        self._write([people_attachment(part) for part in parts(told, self.files.most_records)])
        return [_ACCEPTED] * len(told)

    def _write(self, attachments: Sequence[Attachment]) -> None:
        with self._opened() as inbox:
            # Told once more because what follows could not be written: nothing has changed that since.
            if inbox.ledger.ends_with([digest(one.content) for one in attachments]):
                return
            for one in attachments:
                # Later, people may be told the same again; a replica's ordinal makes its attachment its own.
                if one.kind is FileKind.PEOPLE or not inbox.ledger.has_written(one.kind, digest(one.content)):
                    self._write_attachment(inbox.ledger, one)

    def _write_attachment(self, ledger: Ledger, attachment: Attachment) -> None:
        number, written_at = ledger.next_number(), self._local_time()
        previous = max((entry["number"] for entry in ledger.envelopes()), default=0)
        name = f"{number:08}-{attachment.kind}.xml"
        cover = envelope(
            attachment, number=number, previous=previous, run=self.run, institution=self.institution,
            written_at=written_at, name=name,
        )  # fmt: skip
        entry = self._entry(number, attachment.kind, attachment.content, attachment.records, written_at)
        entry |= {"run": self.run.value, "deletions": attachment.deletions}
        # The envelope last: whoever reads goes by it.
        ledger.write(entry, {name: attachment.content, f"{number:08}-{attachment.kind}.envelope.xml": cover})

    def _write_inquiries(
        self, inbox: Inbox, inquiries: Sequence[messages.Inquiry], own: Mapping[str, str], codes: OfficialCodes
    ) -> None:
        number = inbox.ledger.next_number()
        texts: list[str] = []
        lines: list[Line] = []
        for one in inquiries:
            person = own[one.transaction_number]
            for data_set, text in zip(one.data_sets, inquiry_lines(one, person, codes), strict=True):
                texts.append(text)
                asked = Asked(person.zfill(15), one.provider, data_set)
                lines.append(Line(number, len(texts), one.transaction_number, asked))
        content = inquiry_file(texts)
        inbox.keep_map(number, lines)
        entry = self._entry(number, FileKind.INQUIRIES, content, len(lines), self._local_time())
        inbox.ledger.write(entry, {f"{number:08}-{FileKind.INQUIRIES}.csv": content})

    def _entry(self, number: int, kind: FileKind, content: bytes, records: int, written_at: str) -> dict[str, Any]:
        return {
            "number": number, "kind": kind.value, "sha256": digest(content), "records": records,
            "written_at": written_at,
        }  # fmt: skip

    def _local_time(self) -> str:
        return to_jst(self.now()).isoformat(timespec="seconds")

    def _take_in(self, inbox: Inbox) -> list[FileTaken]:
        taken = inbox.take_in()
        set_aside = sum(len(one.set_aside) for one in taken)
        if set_aside:
            log.warning("TW-FIL-002 results_set_aside", count=set_aside)
        return taken

    def _statuses(self, inbox: Inbox, transactions: Sequence[str]) -> list[messages.InquiryProgress]:
        lines: dict[str, list[Line]] = defaultdict(list)
        for line in inbox.lines():
            lines[line.transaction].append(line)
        told: dict[tuple[int, int], list[Told]] = defaultdict(list)
        for one in inbox.told():
            told[one.file, one.line].append(one)
        over = self._time_is_over(inbox.ledger)
        return [self._stands(number, lines[number], told, over) for number in transactions]

    def _time_is_over(self, ledger: Ledger) -> set[int]:
        """Return the inquiry files to which no result can come any more."""
        until = self.now() - table().period("unanswered")
        return {
            entry["number"]
            for entry in ledger.of("written")
            if entry["kind"] == FileKind.INQUIRIES and dt.datetime.fromisoformat(entry["written_at"]) < until
        }

    def _stands(
        self, transaction: str, lines: Sequence[Line], told: Mapping[tuple[int, int], Sequence[Told]], over: set[int]
    ) -> messages.InquiryProgress:
        said = [(line.asked.data_set, told.get((line.file, line.line), ())) for line in lines]
        is_over = any(line.file in over for line in lines)
        if not said or not (is_over or all(results for _, results in said)):
            return self._progress(transaction, State.SENT)
        answers = [_answer(data_set, results) for data_set, results in said]
        states = [one.state for one in answers]
        times = [one.provided_at for _, results in said for one in results if one.provided_at is not None]
        return messages.InquiryProgress(
            transaction_number=transaction,
            state=next((state for state in STRONGEST_FIRST if state in states), states[0]),
            at=self.now(),
            provided_at=dt.datetime.fromisoformat(max(times)) if times else None,
            answers=answers,
        )

    def _progress(self, transaction: str, state: State, reason: str = "") -> messages.InquiryProgress:
        return messages.InquiryProgress(transaction_number=transaction, state=state, at=self.now(), reason=reason)


def _not_carried(what: str) -> NoReturn:
    raise ExchangeFailed(PEER, Phase.REFUSED, f"files do not carry {what}: use the intermediate server's own screens")


def _own_number(numbers: Sequence[str]) -> str:
    """Return the number to ask about a person by; an empty text where none fits the file."""
    return next((number for number in numbers if may_be_written(number)), "")


def _by_lines(inquiries: Sequence[messages.Inquiry], most: int) -> Iterator[list[messages.Inquiry]]:
    """Part inquiries so that no file has more lines than it may, and none is torn apart."""
    part: list[messages.Inquiry] = []
    lines = 0
    for one in inquiries:
        if part and lines + len(one.data_sets) > most:
            yield part
            part, lines = [], 0
        part.append(one)
        lines += len(one.data_sets)
    if part:
        yield part


def _answer(data_set: str, results: Sequence[Told]) -> messages.DataSetAnswer:
    payloads = [one.payload for one in results if one.payload]
    # Only where the time is over is an answer made of lines that never came.
    state = State.RECEIVED if payloads else results[0].state if results else State.LAPSED
    return messages.DataSetAnswer(data_set=data_set, state=state, payloads=payloads)
