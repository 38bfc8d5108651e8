"""The report's pages: frozen, parted, drilled into with a record, taken as files."""

import csv
from collections.abc import Callable
from io import BytesIO, StringIO

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from tasuki.accounts.types import Role
from tasuki.nodes.sql import rows
from tasuki.reporting import queries
from tasuki.reporting.types import Snapshot
from tests.integration.reporting.test_snapshots import FINE, NEEDS, frozen, store
from tests.integration.screening.town import NUMBER, register, resident

pytestmark = pytest.mark.django_db
LogIn = Callable[[Role], Client]


@pytest.fixture
def snapshot() -> Snapshot:
    register(resident(), resident("0001000003", name="例示　花子", kana_name="レイジ　ハナコ", sex="2"))
    store(NUMBER, items=NEEDS)
    store("0001000003", items=FINE)
    return frozen()


def test_a_year_is_frozen_only_when_its_people_are_known_or_it_is_said(logged_in: LogIn) -> None:
    register(resident())
    store(NUMBER, items=FINE)
    client = logged_in(Role.HEALTH_CLERK)
    assert "凍結した集計はまだありません" in client.get(reverse("reports")).content.decode()
    refused = client.post(reverse("reports"), {"fiscal_year": "2025", "note": ""})
    assert refused.status_code == 422
    assert "まだ計算されていない" in refused.content.decode()
    assert queries.snapshots() == []
    assert client.post(
        reverse("reports"), {"fiscal_year": "2025", "note": "確認用", "without_population": "on"}
    ).status_code == 302  # fmt: skip
    assert "確認用" in client.get(reverse("reports")).content.decode()


def test_the_table_parts_its_rows_and_opens_the_people_with_a_record(logged_in: LogIn, snapshot: Snapshot) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    page = client.get(reverse("report", args=[snapshot.snapshot_id]), {"programme": "51", "rows": "sex"})
    cells = {row.label: {cell.column.value: cell.number for cell in row.cells} for row in page.context["rows"]}
    assert {label: one["NEEDS_DETAIL"] for label, one in cells.items()} == {"男": 1, "女": 0}
    address = reverse("report-people", args=[snapshot.snapshot_id, "NEEDS_DETAIL"])
    people = client.get(address, {"programme": "51"}).content.decode()
    assert "襷崎　達也" in people
    assert "例示　花子" not in people
    viewed = rows(
        "SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind IN ('person_viewed', 'people_listed')"
    )
    assert [NUMBER in one["body"] for one in viewed] == [True]


def test_an_auditor_sees_counts_and_nobody(logged_in: LogIn, snapshot: Snapshot) -> None:
    client = logged_in(Role.AUDITOR)
    shown = client.get(reverse("report", args=[snapshot.snapshot_id])).content.decode()
    assert "/people/" not in shown
    assert client.get(reverse("report-people", args=[snapshot.snapshot_id, "EXAMINED"])).status_code == 403
    assert client.post(reverse("reports"), {"fiscal_year": "2025", "without_population": "on"}).status_code == 200
    assert len(queries.snapshots()) == 1


def test_indicators_stand_beside_their_values_and_trends_beside_each_other(
    logged_in: LogIn, snapshot: Snapshot
) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    quality = client.get(reverse("report-quality", args=[snapshot.snapshot_id]), {"programme": "51"})
    (needs,) = (one for one in quality.context["values"] if one.id == "needs_detail")
    assert (needs.percent, needs.numerator, needs.denominator) == ("50.00%", 1, 2)
    assert [one.is_met for one in needs.verdicts] == [False]
    assert "要確認の値" in client.get(
        reverse("report-quality", args=[snapshot.snapshot_id]), {"programme": "51", "upper_age": "74"}
    ).content.decode()  # fmt: skip
    trends = client.get(reverse("report-trends"), {"programme": "51"}).content.decode()
    assert "2025年度" in trends
    assert "50.00%" in trends


def test_the_self_check_answers_what_data_can_say(logged_in: LogIn, snapshot: Snapshot) -> None:
    page = logged_in(Role.HEALTH_CLERK).get(reverse("report-checklist", args=[snapshot.snapshot_id]))
    by_id = {one.point.id: one for one in page.context["answers"]}
    assert by_id["8-1"].is_met is True
    assert by_id["4-1"].is_met is False
    assert (by_id["6-1"].done, by_id["6-1"].of) == (0, 1)
    assert by_id["3-1"].is_met is None


@pytest.mark.parametrize(("form", "encoding"), [("utf-8", "utf-8-sig"), ("cp932", "cp932")])
def test_the_file_holds_every_cell(logged_in: LogIn, snapshot: Snapshot, form: str, encoding: str) -> None:
    answer = logged_in(Role.HEALTH_CLERK).get(reverse("report-file", args=[snapshot.snapshot_id, form]))
    lines = list(csv.DictReader(StringIO(answer.content.decode(encoding), newline="")))
    assert len(lines) == len(queries.cells(snapshot.snapshot_id)) == 2
    assert sum(int(line["要精検"]) for line in lines) == 1
    assert {line["検診"] for line in lines} == {"肺がん検診"}
    assert len(rows("SELECT FROM evidence_entry WHERE kind = 'export_taken'")) == 1


def test_the_report_is_printed(logged_in: LogIn, snapshot: Snapshot) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    answer = client.get(reverse("report-file", args=[snapshot.snapshot_id, "pdf"]))
    said = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages).replace(" ", "")
    assert "地域保健・健康増進事業報告2025年度" in said
    assert "肺がん検診" in said
    assert client.get(reverse("report-file", args=[snapshot.snapshot_id, "exe"])).status_code == 404
