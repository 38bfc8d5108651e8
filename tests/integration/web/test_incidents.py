"""Incidents: from a clerk's suspicion over the clocks of the law to a report and two people who close it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from io import BytesIO

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from tasuki.accounts.types import Role
from tasuki.audits.incident_types import NewIncident, Source, Step, StepOutcome
from tasuki.audits.operations.incidents import take_step, tell_incident
from tasuki.audits.queries.incidents import affected, incident, incidents
from tasuki.nodes.sql import rows, run
from tasuki.shared.actor import staff_actor
from tasuki.shared.dates import JST
from tasuki.watching.operations.accesses import record_access
from tasuki.watching.types import Access, Act
from tests.integration.web.conftest import AYANO, SHINOBU

pytestmark = [pytest.mark.django_db(databases=["default", "index"]), pytest.mark.usefixtures("residents")]

LogIn = Callable[[Role], Client]
AT = datetime(2026, 11, 27, 10, 0, tzinfo=JST)
FIRST, SECOND = staff_actor("900001"), staff_actor("900002")
TOLD = NewIncident(
    "封筒の入れ違い", "別の人の通知が届いた", Source.OUTSIDE, AT, datetime(2026, 11, 20, tzinfo=JST), None
)
FORM = {
    "title": "封筒の入れ違い", "says": "別の人の通知が届いた", "source": "OUTSIDE", "known_at": "2026-11-27T09:00",
    "since": "2026-11-20", "staff": "",
}  # fmt: skip


def seen(number: str, at: datetime, by: str = "900001") -> None:
    access = Access(Act.VIEW, "person", Role.HEALTH_CLERK.value, "192.0.2.7", people=(number,))
    record_access(access=access, by=staff_actor(by), at=at)


def test_what_was_done_is_only_ever_added_and_what_was_said_stays_out_of_the_evidence() -> None:
    told = tell_incident(told=TOLD, by=FIRST, at=AT)
    assert take_step(incident_id=told, step=Step.NO_INCIDENT, note="x", by=FIRST, at=AT) is StepOutcome.SAME_PERSON
    assert take_step(incident_id=told, step=Step.CONFIRMED, note="現物を見た", by=SECOND, at=AT) is StepOutcome.DONE
    assert take_step(incident_id=told, step=Step.CONFIRMED, note="x", by=SECOND, at=AT) is StepOutcome.NOT_NOW
    for statement in ("UPDATE audits_incident_step SET note = ''", "DELETE FROM audits_incident_step"):
        with pytest.raises(DatabaseError, match=r"permission denied|only ever added"), transaction.atomic():
            run(statement)
    bodies = rows("SELECT kind, convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind LIKE 'incident%%'")
    assert [one["kind"] for one in bodies] == ["incident_told", "incident_step_taken"]
    assert not any(word in one["body"] for one in bodies for word in ("封筒", "現物", "通知"))


def test_nothing_is_kept_without_its_record(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_said: object) -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr("tasuki.audits.operations.incidents.append", broken)
    with pytest.raises(OSError, match="disk"):
        tell_incident(told=TOLD, by=FIRST, at=AT)
    assert incidents() == []


def test_whom_it_concerns_is_counted_from_the_accesses_since_and_protected_persons_come_first() -> None:
    seen(AYANO.system_person_number, datetime(2026, 11, 19, 23, 59, tzinfo=JST))
    found = incident(tell_incident(told=TOLD, by=FIRST, at=AT))
    assert found is not None
    assert affected(found, AT, limit=9)[0] == 0
    seen(AYANO.system_person_number, datetime(2026, 11, 21, tzinfo=JST))
    seen(AYANO.system_person_number, datetime(2026, 11, 22, tzinfo=JST))
    seen(SHINOBU.system_person_number, datetime(2026, 11, 22, tzinfo=JST), by="900002")
    total, protected, listed = affected(found, AT, limit=9)
    assert (total, protected) == (2, 1)
    assert [(one.person, one.accesses, one.is_protected) for one in listed] == [
        (SHINOBU.system_person_number, 1, True),
        (AYANO.system_person_number, 2, False),
    ]
    of_one = replace(found, staff=str(FIRST))
    assert affected(of_one, AT, limit=9)[:2] == (1, 0)


def test_a_suspicion_goes_its_way_to_the_report_and_the_end(logged_in: LogIn) -> None:
    with time_machine.travel(AT, tick=False) as clock:
        clerk = logged_in(Role.HEALTH_CLERK)
        late = clerk.post(reverse("incidents"), FORM | {"known_at": "2026-11-28T09:00"})
        assert (late.status_code, "今より前を" in late.content.decode()) == (422, True)
        assert "届け出ました" in clerk.post(reverse("incidents"), FORM, follow=True).content.decode()
        [found] = incidents()
        address = reverse("incident", args=[found.incident_id])
        # Whoever told it does not handle it, and sees nobody else's.
        assert clerk.get(address).status_code == 403
        assert FORM["title"] not in clerk.get(reverse("incidents")).content.decode()

        adviser = logged_in(Role.SECURITY_ADVISER)
        assert "終わっていない漏えい等の事案" in adviser.get(reverse("home")).content.decode()
        step = reverse("incident-step", args=[found.incident_id])
        assert adviser.post(step, {"step": "CONFIRMED", "note": ""}).status_code == 422
        adviser.post(step, {"step": "CONFIRMED", "note": "現物を見た"})
        assessed = {"grounds": ["SENSITIVE"], "people": "101", "items": "結果", "lessons": "二人で確かめる"}
        assert "100人を超えています" in adviser.post(address, assessed).content.decode()
        adviser.post(address, assessed | {"people": "2"})
        page = adviser.get(address).content.decode()
        for word in ("2026年12月1日", "2026年12月26日", "個人情報保護法68条"):
            assert word in page
        for kind in ("preliminary", "full", "people", "contractor"):
            document = adviser.get(reverse("incident-draft", args=[found.incident_id, kind]))
            text = "".join(one.extract_text() for one in PdfReader(BytesIO(document.content)).pages)
            assert FORM["says"] in text
        assert adviser.get(reverse("incident-draft", args=[found.incident_id, "other"])).status_code == 404

        # The clock of the preliminary report ran out: that is an alarm.
        clock.move_to(datetime(2026, 12, 2, 9, 0, tzinfo=JST))
        approver = logged_in(Role.APPROVER)
        assert "すぐに報告する" in approver.get(reverse("home")).content.decode()
        for name in ("CONTAINED", "PRELIMINARY", "PEOPLE_TOLD", "FULL", "CLOSED"):
            told = approver.post(step, {"step": name, "note": "済"}, follow=True)
            assert "経過を記録しました" in told.content.decode()
        assert "すぐに報告する" not in approver.get(reverse("home")).content.decode()
        lines = approver.post(reverse("incidents-file")).content.decode("utf-8-sig").splitlines()
        assert lines[1].endswith("終結,2,2026-12-01,2026-12-26")
        seen(AYANO.system_person_number, AT)
        listed = approver.get(reverse("incident-affected", args=[found.incident_id])).content.decode()
        assert AYANO.system_person_number in listed
        assert AYANO.name not in listed
