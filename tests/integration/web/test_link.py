"""The page of the link: how it stands in words, who may look and who may mend, and what is taken away."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tasuki import runtime
from tasuki.accounts.types import Role
from tasuki.linkage import queries
from tasuki.linkage.sending import note_failure, note_success
from tasuki.nodes.sql import rows, run
from tasuki.persons.queries import people as people_of_index
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.shared.actor import system_actor
from tasuki.web.presenters.link import DIFFERENCES, WAITING
from tasuki.work import queries as works
from tests.integration.web.taking import take_out

pytestmark = [pytest.mark.django_db(databases=["default", "index"]), pytest.mark.usefixtures("residents")]
LogIn = Callable[[Role], Client]
SYSTEM = system_actor("test")


@pytest.fixture
def clerk(logged_in: LogIn) -> Client:
    return logged_in(Role.INDEX_CLERK)


def page(client: Client) -> str:
    response = client.get(reverse("link"))
    assert response.status_code == 200
    return response.content.decode()


def compared(kinds: dict[str, int], *, number: str = "000104223") -> str:
    """Keep a comparison that found these differences."""
    found = str(uuid4())
    at = runtime.now()
    run(
        "INSERT INTO linkage_reconciliation VALUES (%s, %s, %s, 'SYSTEM:test', false, 350000, 100000, 3,"
        " jsonb_strip_nulls(%s::jsonb), NULL)",
        [found, at, at, str(kinds).replace("'", '"')],
    )
    for kind, count in kinds.items():
        for _ in range(count):
            run(
                "INSERT INTO linkage_difference (reconciliation_id, kind, system_person_number, data_set, record_key)"
                " VALUES (%s, %s, %s, 'TM00000000000090', '2025-01')",
                [found, kind, number],
            )
    return found


def test_every_state_is_said_in_words_with_what_to_do(clerk: Client) -> None:
    at = runtime.now()
    run("UPDATE screening_outbox SET created_at = %s", [at])
    assert "送っています。" in page(clerk)

    note_failure(failure=ExchangeFailed("gateway-east", Phase.CONNECT, "refused"), by=SYSTEM, at=at)
    failing = page(clerk)
    assert "送れていません。" in failing
    assert "中間サーバーにつながりませんでした。" in failing
    assert "gateway-east · connect · refused" in failing

    note_success(replicas=1, by=SYSTEM, at=at + timedelta(seconds=1))
    run("UPDATE screening_outbox SET created_at = %s", [at - timedelta(hours=1)])
    # One of the two residents has no unified number.
    assert "番号を待つ変更があります。" in page(clerk)

    run("DELETE FROM screening_outbox WHERE system_person_number = '000104224'")
    assert "送るのが止まっています。" in page(clerk)

    run("DELETE FROM screening_outbox")
    assert "すべて伝わっています。" in page(clerk)


@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_has_words(clerk: Client, phase: Phase) -> None:
    note_failure(failure=ExchangeFailed("gateway-east", phase, "why"), by=SYSTEM, at=runtime.now())
    assert f"gateway-east · {phase} · why" in page(clerk)


def test_every_difference_has_words_and_says_what_mending_does(clerk: Client) -> None:
    found = compared(dict.fromkeys((kind.value for kind in DIFFERENCES), 1))
    shown = clerk.get(reverse("link-reconciliation", args=[found])).content.decode()
    for label, remedy in DIFFERENCES.values():
        assert str(label) in shown
        assert str(remedy) in shown


def test_everything_that_can_wait_has_a_name() -> None:
    run("INSERT INTO persons_gateway_task (kind, person, created_at) VALUES ('STOP', '1', now())", alias="index")
    assert {row["kind"] for row in people_of_index.gateway_task_counts()} <= set(WAITING)


LOOKS = {
    Role.INDEX_CLERK: (True, True), Role.APPROVER: (True, False), Role.HEALTH_CLERK: (True, False),
    Role.SYSTEM_ADMINISTRATOR: (True, False), Role.CENTRE_CLERK: (False, False), Role.AUDITOR: (False, False),
    Role.CONTRACTOR: (False, False),
}  # fmt: skip


@pytest.mark.parametrize(("role", "allowed"), LOOKS.items())
def test_who_may_look_and_who_may_mend(logged_in: LogIn, role: Role, allowed: tuple[bool, bool]) -> None:
    client, (may_look, may_mend) = logged_in(role), allowed
    found = compared({"MISSING": 1})
    assert (client.get(reverse("link")).status_code == 200) is may_look
    statuses = {
        client.get(reverse("link-reconciliation", args=[found])).status_code,
        client.post(reverse("link-differences-file", args=[found])).status_code,
        client.post(reverse("link-compare"), {"repair": "no"}).status_code,
        client.post(reverse("link-daily"), {"hour": "4", "version": "0"}).status_code,
    }
    assert statuses == ({200, 302} if may_mend else {403})
    if may_look:
        # Only whoever mends sees whom a difference is about.
        assert ("違いを一件ずつ見る" in page(client)) is may_mend
        assert "000104223" not in page(client)


def test_a_comparison_is_asked_for_as_work(clerk: Client) -> None:
    response = clerk.post(reverse("link-compare"), {"repair": "yes"})
    [asked] = works.works_of_kind(["reconcile"])
    assert response["Location"] == reverse("work", args=[asked.work_id])
    assert asked.parameters == {"repair": True}
    assert "今、突き合わせています。" in page(clerk)


def test_the_file_has_numbers_never_names_and_taking_it_is_recorded(clerk: Client) -> None:
    found = compared({"MISSING": 2, "HOLD": 1})
    _name, content = take_out(clerk, reverse("link-differences-file", args=[found]))
    lines = content.decode("utf-8-sig").splitlines()
    assert lines[0] == "宛名番号,違い,特定個人情報名,記録の識別"
    assert len(lines) == 4
    assert "架空" not in "".join(lines)
    recorded = rows(
        "SELECT convert_from(body, 'UTF8')::jsonb ->> 'reconciliation_id' AS of FROM evidence_entry"
        " WHERE kind = 'export_taken'"
    )
    # The list was made, and then its archive was taken.
    assert [row["of"] for row in recorded] == [found, None]


def test_the_daily_hour_is_changed_once_and_the_later_of_two_is_told(clerk: Client) -> None:
    typed = {"hour": "4", "repairs": "on", "version": "0"}
    assert clerk.post(reverse("link-daily"), typed).status_code == 302
    assert clerk.post(reverse("link-daily"), typed | {"hour": "5"}).status_code == 422
    daily = queries.daily_reconciliation()
    assert (daily.hour, daily.repairs, daily.version) == (4, True, 1)
    assert clerk.post(reverse("link-daily"), {"hour": "", "version": "1"}).status_code == 302
    assert queries.daily_reconciliation().hour is None
    assert clerk.post(reverse("link-daily"), {"hour": "24", "version": "2"}).status_code == 422


def test_the_home_of_the_system_administrator_shows_the_link(logged_in: LogIn) -> None:
    shown = logged_in(Role.SYSTEM_ADMINISTRATOR).get(reverse("home")).content.decode()
    assert reverse("link") in shown
    assert "中間サーバーへ送るのを待つ変更" in shown
