"""Maintenance: begun, moved, ended, each recorded; staff and business systems are told when to come back."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tasuki import runtime
from tasuki.accounts.types import Role
from tasuki.api.town.routes import ROUTES
from tasuki.jobs import loops
from tasuki.jobs.loops import Loop, run_loops
from tasuki.operating import operations, queries
from tasuki.operating.types import SHORTEST_WAIT
from tasuki.shared.actor import system_actor
from tests.integration.web.conftest import AT, logged_in

__all__ = ["logged_in"]

pytestmark = pytest.mark.django_db(databases=["default", "index"])
BY = system_actor("test")
UNTIL = AT + timedelta(minutes=30)
LogIn = Callable[[Role], Client]


@pytest.fixture(autouse=True)
def town(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """Answer at a town's own addresses, and know at once whether there is maintenance."""
    settings.ROOT_URLCONF = "tasuki.config.urls.town"
    settings.NODE = settings.NODE.model_copy(update={"folder": tmp_path})
    runtime._maintenance.cache_clear()
    yield
    runtime._maintenance.cache_clear()


def begin() -> None:
    operations.begin_maintenance(until=UNTIL, reason="ディスクの交換", by=BY, at=AT)
    runtime._maintenance.cache_clear()


def records() -> list[tuple[str, dict[str, object]]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, body FROM evidence_entry WHERE kind LIKE 'maintenance%' ORDER BY entry_id")
        return [(kind, json.loads(bytes(body))) for kind, body in cursor.fetchall()]


def test_beginning_moving_and_ending_are_recorded() -> None:
    assert queries.maintenance() is None
    begin()
    later = UNTIL + timedelta(hours=1)
    moved = operations.begin_maintenance(until=later, reason="まだ", by=BY, at=AT + timedelta(minutes=9))
    assert (moved.begun_at, moved.until, moved.reason) == (AT, later, "まだ")
    assert operations.end_maintenance(by=BY, at=AT + timedelta(minutes=40))
    assert not operations.end_maintenance(by=BY, at=AT + timedelta(minutes=41))
    assert queries.maintenance() is None
    assert [kind for kind, _ in records()] == ["maintenance_begun", "maintenance_begun", "maintenance_ended"]
    assert records()[-1][1] == {"seconds": 2400, "by": "SYSTEM:test"}


def test_the_database_keeps_one_at_a_time() -> None:
    begin()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO operating_maintenance (begun_at, begun_by, until, reason) VALUES (now(), 'x', now(), 'x')"
        )


@pytest.mark.parametrize(("minutes", "wait"), [(0, 1800), (29, 60), (31, SHORTEST_WAIT)])
def test_whoever_asks_is_told_how_long_to_wait(minutes: int, wait: int) -> None:
    begin()
    current = queries.maintenance()
    assert current is not None
    assert current.retry_after(AT + timedelta(minutes=minutes)) == wait


def test_staff_see_what_is_going_on_instead_of_their_pages(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    assert client.get(reverse("home")).status_code == 200
    begin()
    for response in (client.get(reverse("home")), client.post(reverse("people"), {"text": "x"})):
        assert response.status_code == 503
        assert int(response["Retry-After"]) >= SHORTEST_WAIT
        assert "保守中です" in response.content.decode()
        assert "ディスクの交換" in response.content.decode()
    assert Client().get(reverse("login")).status_code == 200
    client.cookies["django_language"] = "en"
    assert "In maintenance" in client.get(reverse("home")).content.decode()
    operations.end_maintenance(by=BY, at=AT)
    runtime._maintenance.cache_clear()
    assert client.get(reverse("home")).status_code == 200


def test_business_systems_are_refused_in_the_form_of_their_interface() -> None:
    begin()
    address = next(route.path for route in ROUTES if route.method == "POST")
    refused = Client().post("/" + address.lstrip("/"), "{}", content_type="application/json")
    assert refused.status_code == 503
    assert refused["Content-Type"] == "application/problem+json"
    assert int(refused["Retry-After"]) >= SHORTEST_WAIT
    assert refused.json()["title"] == "In maintenance"


def test_the_worker_pauses_but_for_what_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    begin()
    current = runtime.maintenance()
    monkeypatch.setattr(loops, "maintenance", lambda: current)
    monkeypatch.setattr(loops.connections, "close_all", lambda: None)
    done: list[str] = []
    stop, goes_on = threading.Event(), threading.Event()

    def proof() -> None:
        done.append("proof")
        if len(done) > 2:
            goes_on.set()

    threads = run_loops(
        [Loop("work", 0.001, lambda: done.append("work")), Loop("proof", 0.01, proof, in_maintenance=True)], stop
    )
    assert goes_on.wait(10)
    stop.set()
    for thread in threads:
        thread.join()
    assert set(done) == {"proof"}
