"""A gateway for tests of a town: it answers what it was told to, and remembers what it was asked.

Its methods have the names and parameters of `GatewayLink`; a test compares them.
"""

import datetime as dt
from collections.abc import Sequence

from tasuki.protocol import messages, record_messages
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.protocol.messages import DataSetAnswer, State
from tasuki.protocol.portal_messages import (
    PortalNotice,
    PortalNoticeAsked,
    PortalNoticeProgress,
    PortalNoticeState,
)
from tasuki.protocol.probes import ConnectionProbe, ConnectionReport
from tasuki.protocol.seeking import Holders, ProvidersSought, SeekOutcome


class FakeGateway:
    """Answers inquiries with a state of choice."""

    def __init__(self) -> None:
        self.state = State.PERMITTED
        self.answers: list[DataSetAnswer] = []
        self.waiting: list[messages.HeldInquiry] = []
        self.decisions: list[messages.HeldDecision] = []
        self.exchanged: list[messages.Exchange] = []
        self.sought = SeekOutcome.TOLD
        self.holders: list[str] = []
        self.report = ConnectionReport(legs=[])
        self.corrected: list[record_messages.Correction] = []
        self.amended: list[record_messages.RecordCorrection] = []
        self.amended_elsewhere: list[record_messages.RecordCorrection] = []
        self.searched: list[record_messages.RecordsAsked] = []
        self.notices: list[PortalNotice] = []
        self.is_away = False
        self.at = dt.datetime(2026, 11, 23, 3, 0, 1, tzinfo=dt.UTC)

    def inquire(self, items: Sequence[messages.Inquiry]) -> list[messages.InquiryProgress]:
        self._reach()
        return [self._progress(item.transaction_number) for item in items]

    def inquiry_status(self, items: Sequence[messages.InquiryAsked]) -> list[messages.InquiryProgress]:
        self._reach()
        return [self._progress(item.transaction_number) for item in items]

    def cancel(self, items: Sequence[messages.Inquiry]) -> list[messages.InquiryProgress]:
        self._reach()
        if self.state in messages.OPEN_STATES:
            self.state = State.CANCELLED
        return [self._progress(item.transaction_number) for item in items]

    def answers_read(self, items: Sequence[messages.AnswerRead]) -> list[messages.Accepted]:
        self._reach()
        return [messages.Accepted(accepted=True) for _ in items]

    def held(self, institution: str) -> list[messages.HeldInquiry]:
        del institution
        self._reach()
        return self.waiting

    def decide_held(self, items: Sequence[messages.HeldDecision]) -> list[messages.Accepted]:
        self._reach()
        self.decisions += items
        return [messages.Accepted(accepted=True) for _ in items]

    def exchanges(self, items: Sequence[messages.ExchangesAsked]) -> list[messages.Exchange]:
        self._reach()
        people = {item.unified_person_number for item in items}
        return [one for one in self.exchanged if one.unified_person_number in people]

    def seek(self, items: Sequence[ProvidersSought]) -> list[Holders]:
        self._reach()
        return [
            Holders(
                transaction_number=item.transaction_number, outcome=self.sought, basis="番号法19条8号",
                institutions=self.holders if self.sought is SeekOutcome.TOLD else [],
            )
            for item in items
        ]  # fmt: skip

    def test_connection(self, probe: ConnectionProbe) -> ConnectionReport:
        del probe
        self._reach()
        return self.report

    def records(self, asked: record_messages.RecordsAsked) -> record_messages.RecordsFound:
        self._reach()
        self.searched.append(asked)
        found = [one for one in self.exchanged if not asked.people or one.unified_person_number in asked.people]
        if asked.transaction_number is not None:
            found = [one for one in found if one.transaction_number == asked.transaction_number]
        return record_messages.RecordsFound(total=len(found), records=found[asked.offset : asked.offset + asked.most])

    def corrections(self, institution: str) -> list[record_messages.Correction]:
        del institution
        self._reach()
        return list(self.corrected)

    def corrections_read(self, items: Sequence[record_messages.CorrectionRead]) -> list[messages.Accepted]:
        self._reach()
        read = {(item.transaction_number, item.data_set, item.ordinal) for item in items}
        self.corrected = [
            one for one in self.corrected if (one.transaction_number, one.data_set, one.ordinal) not in read
        ]
        return [messages.Accepted(accepted=True) for _ in items]

    def correct_records(self, items: Sequence[record_messages.RecordCorrection]) -> list[messages.Accepted]:
        self._reach()
        self.amended += items
        return [messages.Accepted(accepted=True) for _ in items]

    def record_corrections(self, institution: str) -> list[record_messages.RecordCorrection]:
        del institution
        self._reach()
        return list(self.amended_elsewhere)

    def record_corrections_read(self, items: Sequence[record_messages.RecordCorrectionRead]) -> list[messages.Accepted]:
        self._reach()
        read = {item.correction for item in items}
        self.amended_elsewhere = [one for one in self.amended_elsewhere if one.correction not in read]
        return [messages.Accepted(accepted=True) for _ in items]

    def send_notices(self, items: Sequence[PortalNotice]) -> list[PortalNoticeProgress]:
        self._reach()
        self.notices += items
        state = PortalNoticeState.DELIVERED
        return [PortalNoticeProgress(notice_id=one.notice_id, state=state, at=self.at) for one in items]

    def notice_status(self, items: Sequence[PortalNoticeAsked]) -> list[PortalNoticeProgress]:
        self._reach()
        states = {True: PortalNoticeState.TAKEN_BACK, False: PortalNoticeState.DELIVERED}
        return [PortalNoticeProgress(notice_id=one.notice_id, state=states[one.take_back], at=self.at) for one in items]

    def _reach(self) -> None:
        if self.is_away:
            raise ExchangeFailed("gateway-east", Phase.CONNECT, "refused")

    def _progress(self, number: str) -> messages.InquiryProgress:
        return messages.InquiryProgress(
            transaction_number=number,
            state=self.state,
            at=self.at,
            permitted_at=self.at,
            provided_at=self.at if self.state is State.RECEIVED else None,
            basis="番号法19条8号",
            answers=self.answers if self.state is State.RECEIVED else [],
        )
