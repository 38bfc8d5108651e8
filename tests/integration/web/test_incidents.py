"""Incidents: from a clerk's suspicion over the clocks of the law to a report and two people who close it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from tasuki import runtime
from tasuki.accounts.types import Role
from tasuki.audits.incident_types import Assessment, NewIncident, Source, Step, StepOutcome
from tasuki.audits.operations.incidents import assess_incident, take_step, tell_incident
from tasuki.audits.queries.incidents import affected, incident, incidents
from tasuki.linkage.types import SYSTEM
from tasuki.nodes.sql import rows, run
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.operations import number_people
from tasuki.persons.queries import unified_numbers
from tasuki.persons.types import PersonToNumber
from tasuki.protocol.messages import Direction, Exchange, State
from tasuki.shared.actor import staff_actor
from tasuki.shared.dates import JST
from tasuki.watching.operations.accesses import record_access
from tasuki.watching.types import Access, Act
from tests.fakes.gateway import FakeGateway
from tests.integration.web.conftest import AYANO, PROVIDER, SHINOBU

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
    assert affected(found, AT) == []
    seen(AYANO.system_person_number, datetime(2026, 11, 21, tzinfo=JST))
    seen(AYANO.system_person_number, datetime(2026, 11, 22, tzinfo=JST))
    seen(SHINOBU.system_person_number, datetime(2026, 11, 22, tzinfo=JST), by="900002")
    listed = affected(found, AT)
    assert [(one.person, one.accesses, one.is_protected) for one in listed] == [
        (SHINOBU.system_person_number, 1, True),
        (AYANO.system_person_number, 2, False),
    ]
    of_one = replace(found, staff=str(FIRST))
    assert [one.person for one in affected(of_one, AT)] == [AYANO.system_person_number]


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


def test_whoever_it_is_about_neither_reads_nor_handles_it(logged_in: LogIn) -> None:
    with time_machine.travel(AT, tick=False):
        approver, adviser = logged_in(Role.APPROVER), logged_in(Role.SECURITY_ADVISER)
        [row] = rows("SELECT id FROM accounts_staff WHERE username = 'staff-approver'")
        subject = staff_actor(str(row["id"]))
        number = tell_incident(told=replace(TOLD, staff=str(subject)), by=FIRST, at=AT)
        address = reverse("incident", args=[number])
        for place in (
            address, reverse("incident-draft", args=[number, "full"]), reverse("incident-affected", args=[number]),
        ):  # fmt: skip
            assert (approver.get(place).status_code, adviser.get(place).status_code) == (404, 200)
        assert (
            approver.post(reverse("incident-step", args=[number]), {"step": "CONFIRMED", "note": "x"}).status_code
            == 404
        )
        for client, shown in ((approver, False), (adviser, True)):
            assert (TOLD.title in client.get(reverse("incidents")).content.decode()) is shown
            file = client.post(reverse("incidents-file")).content.decode("utf-8-sig")
            assert (str(number) in file) is shown
    # Below the screens as well: the operations refuse, and so does the database.
    assert take_step(incident_id=number, step=Step.CONFIRMED, note="x", by=subject, at=AT) is StepOutcome.SUBJECT
    known = Assessment(frozenset(), 1, "", "", "", "")
    said = {"incident_id": number, "assessment": known, "lessons": "", "at": AT}
    assert assess_incident(**said, by=subject) is StepOutcome.SUBJECT
    with pytest.raises(DatabaseError, match="about"), transaction.atomic():
        run(
            "INSERT INTO audits_incident_step (incident_id, step, at, by, note) VALUES (%s, 'CONFIRMED', %s, %s, '')",
            [number, AT, str(subject)],
        )
    assert take_step(incident_id=number, step=Step.CONFIRMED, note="x", by=SECOND, at=AT) is StepOutcome.DONE


def test_exchanges_are_summed_over_everybody_an_incident_concerns(logged_in: LogIn, gateway: FakeGateway) -> None:
    cipher = NumberCipher(lambda purpose: purpose.encode().ljust(32, b".")[-32:])
    shinobu = [PersonToNumber(SHINOBU.system_person_number, None)]
    number_people(system=SYSTEM, people=shinobu, cipher=cipher, by=FIRST, at=AT)
    numbers = unified_numbers(SYSTEM, [AYANO.system_person_number, SHINOBU.system_person_number])
    with time_machine.travel(AT, tick=False):
        for number in numbers:
            seen(number, datetime(2026, 11, 22, tzinfo=JST))
        gateway.exchanged = [
            exchange(numbers[AYANO.system_person_number], Direction.PROVIDED, is_delivered=True),
            exchange(numbers[AYANO.system_person_number], Direction.PROVIDED, is_delivered=False),
            exchange(numbers[SHINOBU.system_person_number], Direction.PROVIDED, is_delivered=True),
            exchange(numbers[SHINOBU.system_person_number], Direction.INQUIRED, is_delivered=True),
        ]
        found = tell_incident(told=TOLD, by=FIRST, at=AT)
        adviser = logged_in(Role.SECURITY_ADVISER)
        address = reverse("incident-affected", args=[found])
        assert adviser.get(address).context.get("sums") is None
        sums = adviser.post(address).context["sums"]
        assert [(row.one.direction, row.one.exchanges, row.one.delivered, row.one.people) for row in sums] == [
            (Direction.INQUIRED, 1, 1, 1),
            (Direction.PROVIDED, 3, 2, 2),
        ]
        # By how many people they are it is on record, and nobody by number.
        [body] = rows("SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind = 'impact_summed'")
        assert '"count":2' in body["body"]
        assert AYANO.system_person_number not in body["body"]
        gateway.is_away = True
        assert "中間サーバーにつながりません" in adviser.post(address).content.decode()


def test_an_alert_about_accesses_opens_an_incident_with_what_is_known(logged_in: LogIn) -> None:
    with time_machine.travel(AT, tick=False):
        adviser = logged_in(Role.SECURITY_ADVISER)
        number = uuid4()
        run(
            "INSERT INTO watching_alert (alert_id, rule, staff, role, since, until, counted, least, basis, raised_at)"
            " VALUES (%s, 'BULK_VIEWING', %s, 'HEALTH_CLERK', %s, %s, 90, 60, 'x', %s)",
            [number, str(FIRST), AT, AT, AT],
        )
        alert_page = adviser.get(reverse("access-alert", args=[number])).content.decode()
        assert f"?origin=alert:{number}#tell" in alert_page
        form = adviser.get(reverse("incidents") + f"?origin=alert:{number}").context["form"]
        assert (form.initial["source"], form.initial["staff"]) == ("ALERT", str(FIRST))
        adviser.post(
            reverse("incidents"),
            FORM | {"source": "ALERT", "origin": f"alert:{number}", "title": "多人数の閲覧", "since": "2026-11-26"},
        )
        assert [one.origin for one in incidents()] == [f"alert:{number}"]
        # A clerk who guesses the address learns nothing of an alert.
        assert (
            logged_in(Role.HEALTH_CLERK).get(reverse("incidents") + f"?origin=alert:{number}").context["form"].initial
            == {}
        )
        assert adviser.get(reverse("incidents") + "?origin=alert:none").context["form"].initial == {}


def exchange(person: str, direction: Direction, *, is_delivered: bool) -> Exchange:
    return Exchange(
        transaction_number=runtime.new_id(AT), unified_person_number=person, direction=direction, other=PROVIDER,
        data_sets=[], procedure="JT99990000000141", department="x", basis="番号法19条8号", state=State.PROVIDED,
        requested_at=AT, provided_at=AT if is_delivered else None,
    )  # fmt: skip
