"""The list of imports, filtered, sorted and paged; and the hours in which folders are looked into."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.evidence import queries as evidence
from tasuki.nodes.sql import rows, run
from tasuki.screening.drop_hours import DropHours, drop_hours

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]
#: 2026-06-01 08:30 in Japan, the day before in Greenwich.
EARLY = datetime(2026, 5, 31, 23, 30, tzinfo=UTC)


def imported(number: int, *, at: datetime = EARLY, state: str = "UNREADABLE", sender: str = "模擬医師会", bad: int = 0,
             by: str = "SYSTEM:import") -> None:  # fmt: skip
    """Enter an import of a file nobody could read; the list reads nothing else of it."""
    run(
        "INSERT INTO screening_import_batch (batch_id, file_name, sha256, programme, mapping_name, mapping_version,"
        " mapping, header, origin, fiscal_year, encoding, state, total_rows, good_rows, warned_rows, bad_rows,"
        " stored_rows, rows_sha256, previewed_at, previewed_by, closed_reason)"
        " VALUES (%s, %s, %s, '55', %s, 1, '', '[]', 'COMMAND', 2026, 'cp932', %s, %s, 0, 0, %s, 0, '', %s, %s, '')",
        [uuid4(), f"file-{number:03}.csv", f"{number:064x}", sender, state, bad, bad, at, by],
    )


def listed(client: Client, **asked: str) -> list[str]:
    page = client.get(reverse("imports"), asked)
    assert page.status_code == 200
    return re.findall(r"file-\d{3}\.csv", page.content.decode())


def test_every_import_is_found_beyond_the_newest(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    for number in range(120):
        imported(number, at=EARLY + timedelta(minutes=number))
    first, second, last = (listed(client, page=page) for page in ("1", "2", "3"))
    assert (first[0], len(first), len(second), len(last), last[-1]) == ("file-119.csv", 50, 50, 20, "file-000.csv")
    assert listed(client, page="99") == last
    assert listed(client, order="OLDEST")[0] == "file-000.csv"
    shown = client.get(reverse("imports"), {"order": "OLDEST", "sender": "模擬医師会"}).content.decode()
    assert "order=OLDEST&amp;page=2" in shown


def test_the_list_is_filtered_by_sender_state_day_and_who(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    imported(1, sender="架空検診センター", bad=3)
    imported(2, state="PREVIEWED", bad=9)
    imported(3, at=EARLY + timedelta(days=1), by="SYSTEM:drop")
    assert listed(client, sender="架空検診センター") == ["file-001.csv"]
    assert listed(client, state="PREVIEWED") == ["file-002.csv"]
    assert listed(client, who="SYSTEM:drop") == ["file-003.csv"]
    # A day is one of Japan's calendar.
    assert sorted(listed(client, first_day="2026-06-01", last_day="R8.6.1")) == ["file-001.csv", "file-002.csv"]
    assert listed(client, last_day="2026-05-31") == []
    assert listed(client, order="TO_FIX")[0] == "file-002.csv"
    assert "あてはまる取込みはありません" in client.get(reverse("imports"), {"state": "UNDONE"}).content.decode()


def test_a_filter_that_cannot_be_is_told_beside_its_field(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    imported(1)
    wrong = client.get(reverse("imports"), {"first_day": "2026-06-02", "last_day": "2026-06-01"}).content.decode()
    assert "入れ替えて入力してください" in wrong
    assert client.get(reverse("imports"), {"state": "LOST", "first_day": "きのう"}).status_code == 200


def test_the_town_sets_the_hours_and_that_is_recorded(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    address = reverse("import-hours")
    assert address in client.get(reverse("settings")).content.decode()
    assert "21時から6時まで" in client.get(address).content.decode()
    before = evidence.counts().entries
    sent = {"begins": "1", "ends": "4", "version": "0", "reason": "夜間バックアップと重なるため"}
    assert client.post(address, sent | {"reason": ""}).status_code == 422
    assert client.post(address, sent | {"begins": "24"}).status_code == 422
    assert client.post(address, sent).status_code == 302
    shown = client.get(address).content.decode()
    assert "1時から4時まで" in shown
    assert "夜間バックアップと重なるため" in shown
    [entry] = rows("SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind = 'drop_hours_set'")
    assert '"begins":1' in entry["body"]
    assert evidence.counts().entries == before + 1
    # Whoever saw the former hours is told instead of overwriting.
    refused = client.post(address, sent | {"ends": "5"})
    assert (refused.status_code, drop_hours().ends) == (422, 4)
    assert logged_in(Role.AUDITOR).get(address).status_code == 403


@pytest.mark.parametrize(
    ("begins", "ends", "hours"),
    [(21, 6, {21, 22, 23, 0, 1, 2, 3, 4, 5}), (1, 4, {1, 2, 3}), (7, 7, set(range(24))), (0, 23, set(range(23)))],
)
def test_hours_go_over_midnight(begins: int, ends: int, hours: set[int]) -> None:
    assert {hour for hour in range(24) if DropHours(begins, ends).contain(hour)} == hours
