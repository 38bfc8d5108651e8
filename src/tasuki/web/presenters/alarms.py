"""Alarms about the logs of other parties, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from tasuki.evidence import queries
from tasuki.evidence.types import Alarm, AlarmReason, PeerLog
from tasuki.evidence.wording import alarm_words
from tasuki.web.templatetags.tasuki import current_language


@dataclass(frozen=True, slots=True)
class AlarmNotice:
    """One open alarm: what is wrong with whose log, since when, and what to do."""

    alarm_id: int
    kind: str
    title: str
    text: str
    next_step: str


@dataclass(frozen=True, slots=True)
class PeerRow:
    """One party's log as the table shows it."""

    name: str
    kept_size: int
    agreed_at: datetime | None
    tone: str
    state: str


def alarm_notices() -> list[AlarmNotice]:
    """Return a notice for each open alarm, disagreements first."""
    return [_notice(alarm) for alarm in queries.open_alarms()]


def _notice(alarm: Alarm) -> AlarmNotice:
    words, english = alarm_words(alarm.reason), current_language() == "en"
    peer = {"peer": alarm.origin.rpartition("/")[2]}
    is_disagreement = alarm.reason.is_disagreement
    title = _("%(peer)sと証跡が食い違っています。") if is_disagreement else _("%(peer)sと証跡を照合できていません。")
    if alarm.reason is AlarmReason.RESTORED:
        title = _("%(peer)sの証跡が、復元で途切れました。")
    return AlarmNotice(
        alarm_id=alarm.alarm_id,
        kind="error" if is_disagreement else "warning",
        title=title % peer,
        text=words.en + "." if english else words.ja + "。",
        next_step=words.next_en if english else words.next_ja,
    )


def peer_rows(logs: Sequence[PeerLog]) -> list[PeerRow]:
    """Return how each party's log stands."""
    return [PeerRow(log.origin.rpartition("/")[2], log.kept_size, log.agreed_at, *_state(log)) for log in logs]


@dataclass(frozen=True, slots=True)
class RestoredLog:
    """A log that goes on under a new name since a restore, and what of the former one is lost."""

    name: str
    log: str
    first: int
    last: int
    declared_at: datetime
    why: str


def restored_logs() -> list[RestoredLog]:
    """Return every restore of our own log and of peers' logs that is on record, the newest first."""
    return [
        RestoredLog(
            name=one.first_name.rpartition("/")[2],
            log=one.log,
            first=one.restored_size,
            last=one.lost_until - 1,
            declared_at=one.declared_at,
            why=one.why,
        )
        for one in reversed(queries.successions())
    ]


def _state(log: PeerLog) -> tuple[str, str]:
    if log.alarms and all(alarm.reason is AlarmReason.RESTORED for alarm in log.alarms):
        return "bad", _("復元の確認待ち")
    if log.is_in_doubt:
        return "bad", _("食い違い")
    if log.alarms:
        return "care", _("照合できていません")
    if log.agreed_at is None:
        return "", _("まだ照合していません")
    return "good", _("一致")
