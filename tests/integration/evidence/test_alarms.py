"""When the log of a peer and what is kept of it disagree, an alarm stands until it agrees and somebody said why."""

import json
from datetime import datetime, timedelta

import pytest
from django.db import connection

from tasuki.evidence import operations, queries
from tasuki.evidence.types import Alarm, AlarmReason, RefusalReason, Refused, StillDisagrees
from tasuki.evidence.wording import alarm_words, silent_after
from tasuki.shared.actor import system_actor
from tests.integration.evidence.logs import AT
from tests.integration.evidence.test_witness import ORIGIN, PEER, PeerLog, offer

pytestmark = pytest.mark.django_db
BY = system_actor("test")


def records(kind: str) -> list[dict[str, object]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM evidence_entry WHERE kind = %s ORDER BY entry_id", [kind])
        return [json.loads(bytes(body)) for (body,) in cursor.fetchall()]


def shrink(at: datetime = AT) -> Refused:
    """Let the peer show a log that is shorter than what is kept of it."""
    log = PeerLog()
    offer(log.checkpoint(20).note)
    outcome = operations.witness(
        note=log.checkpoint(7).note, origin=ORIGIN, proof=[], public_key=PEER.public_key(), at=at
    )
    assert isinstance(outcome, Refused)
    return outcome


def test_a_refused_checkpoint_raises_an_alarm_that_names_its_proof() -> None:
    refused = shrink()
    [alarm] = queries.open_alarms()
    assert (alarm.origin, alarm.reason, alarm.entry_id, alarm.times) == (
        ORIGIN, AlarmReason.SHRUNK, refused.entry_id, 1,
    )  # fmt: skip
    [raised] = records("peer_alarm_raised")
    assert raised == {"origin": ORIGIN, "reason": "shrunk", "entry": refused.entry_id}


def test_the_same_once_more_is_counted_and_something_else_is_recorded_as_well() -> None:
    first = shrink()
    later = AT + timedelta(seconds=5)
    assert shrink(later) == first
    [alarm] = queries.open_alarms()
    assert (alarm.times, alarm.last_seen_at) == (2, later)
    assert len(records("checkpoint_refused")) == 1
    other = offer(PeerLog().checkpoint(9).note)
    assert isinstance(other, Refused)
    [alarm] = queries.open_alarms()
    assert (alarm.times, alarm.entry_id) == (3, other.entry_id)
    assert len(records("checkpoint_refused")) == 2
    assert len(records("peer_alarm_raised")) == 1


def test_a_log_that_shows_nothing_any_more_has_shrunk() -> None:
    offer(PeerLog().checkpoint(20).note)
    outcome = offer("")
    assert isinstance(outcome, Refused)
    assert outcome.reason is RefusalReason.SHRUNK


def test_an_alarm_ends_only_when_the_log_agrees_again_and_somebody_says_why() -> None:
    shrink()
    [alarm] = queries.open_alarms()

    def settle(minutes: int) -> Alarm | StillDisagrees | None:
        at = AT + timedelta(minutes=minutes)
        return operations.settle_alarm(alarm_id=alarm.alarm_id, why="restored from a backup", by=BY, at=at)

    assert settle(1) == StillDisagrees(alarm)
    assert records("peer_alarm_settled") == []
    operations.note_agreement(origin=ORIGIN, by=BY, at=AT + timedelta(minutes=2))
    settled = settle(3)
    assert isinstance(settled, Alarm)
    assert settled.settled_why == "restored from a backup"
    [record] = records("peer_alarm_settled")
    assert record["why"] == "restored from a backup"
    assert queries.open_alarms() == []
    assert settle(4) is None


def test_agreement_before_the_last_disagreement_does_not_end_it() -> None:
    operations.note_agreement(origin=ORIGIN, by=BY, at=AT - timedelta(minutes=1))
    shrink()
    [alarm] = queries.open_alarms()
    assert operations.settle_alarm(alarm_id=alarm.alarm_id, why="x", by=BY, at=AT) == StillDisagrees(alarm)


@pytest.mark.parametrize("was_heard", [True, False])
def test_silence_is_an_alarm_after_the_limit_and_ends_by_itself(was_heard: bool) -> None:
    limit = silent_after()

    def look(at: datetime) -> int:
        return operations.raise_silence(origins=[ORIGIN], limit=limit, by=BY, at=at)

    if was_heard:
        operations.note_agreement(origin=ORIGIN, by=BY, at=AT)
    assert look(AT) == 0
    assert look(AT + limit) == 0
    assert look(AT + limit + timedelta(seconds=1)) == 1
    assert look(AT + limit + timedelta(seconds=9)) == 0
    [log] = queries.peer_logs([ORIGIN])
    assert [alarm.reason for alarm in log.alarms] == [AlarmReason.SILENT]
    assert not log.is_in_doubt
    operations.note_agreement(origin=ORIGIN, by=BY, at=AT + limit + timedelta(minutes=1))
    assert queries.open_alarms() == []
    assert len(records("peer_alarm_settled")) == 1


def test_disagreements_come_before_silence() -> None:
    operations.raise_silence(origins=["tasuki/quiet"], limit=timedelta(), by=BY, at=AT)
    operations.raise_silence(origins=["tasuki/quiet"], limit=timedelta(), by=BY, at=AT + timedelta(seconds=1))
    shrink(AT + timedelta(minutes=1))
    assert [alarm.reason for alarm in queries.open_alarms()] == [AlarmReason.SHRUNK, AlarmReason.SILENT]


def test_every_reason_is_worded_in_both_languages() -> None:
    for reason in AlarmReason:
        words = alarm_words(reason)
        assert all((words.ja, words.en, words.next_ja, words.next_en)), reason
    assert {one.value for one in RefusalReason} <= {one.value for one in AlarmReason}


def test_an_alarm_whose_record_cannot_be_written_is_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(**_values: object) -> int:
        raise RuntimeError("no record")

    offer(PeerLog().checkpoint(20).note)
    monkeypatch.setattr(operations, "append", break_down)
    with pytest.raises(RuntimeError, match="no record"):
        offer(PeerLog().checkpoint(7).note)
    assert queries.open_alarms() == []
