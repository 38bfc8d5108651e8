"""The pages of erasures: what is due, who may ask and approve, what is shown, and the certificate."""

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import orjson
import pytest
import typer
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader
from pytest_django import Settings

from tasuki.accounts.types import Role
from tasuki.cli.erasing import due, listed
from tasuki.erasure.catalogue import tables
from tasuki.jobs.erasing import carry_on_erasures, erased_finder
from tasuki.linkage.register import LoadedRegister, import_register
from tasuki.nodes.keys import NodeKeys, write_secret
from tasuki.nodes.sql import rows, run
from tasuki.persons.queries import unified_numbers
from tasuki.screening.operations.residents import register_residents
from tasuki.shared.dates import civil_date
from tasuki.web.presenters.erasures import table_label
from tasuki.web.templatetags.tasuki import civil
from tasuki.work.operations import ask, keep_output
from tests.integration.linkage.test_register import CIPHER, line, written
from tests.integration.persons.index import CLERK
from tests.integration.screening.town import AT, NUMBER, resident

pytestmark = pytest.mark.django_db(databases=["default", "index"])
LogIn = Callable[[Role], Client]


@pytest.fixture(autouse=True)
def gone(db: None, settings: Settings, tmp_path: Path) -> None:
    """Let somebody have left long ago, whom the gateway never heard of."""
    settings.KEYS = NodeKeys(tmp_path)
    write_secret(tmp_path / "master.key", bytes(range(32)))
    left = {"moved_out_date": date(2019, 1, 10), "moved_out_to": "132918"}
    register_residents(rows=[resident(**left)], by=CLERK, at=AT, reason="test")


def asked(client: Client) -> str:
    answer = client.post(reverse("erasure-ask-due", args=["people"]), {"reason": "保存期間の満了"})
    assert answer.status_code == 302, answer.context["form"].errors
    return str(answer["Location"])


def approved(logged_in: LogIn, address: str) -> None:
    for role in (Role.INDEX_CLERK, Role.APPROVER):
        client = logged_in(role)
        said = client.post(f"{address}decide/", {"act": "approve"}, follow=True).content.decode()
        assert "承認しました。" in said


def test_the_whole_way_from_what_is_due_to_the_certificate(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    retention = client.get(reverse("retention")).content.decode()
    assert "暫定" in retention
    assert reverse("retention-due", args=["people"]) in retention
    address = asked(client)
    page = client.get(address).content.decode()
    assert "住民の記録" in page
    assert "番号法23条" in page
    assert NUMBER not in page
    assert client.post(f"{address}certificate/").status_code == 404

    approved(logged_in, address)
    # Without a number in the index there is nothing the gateway must be told.
    carry_on_erasures()
    page = client.get(address).content.decode()
    assert "消去済み" in page
    assert NUMBER not in page
    assert rows("SELECT FROM screening_resident") == []

    given = client.post(f"{address}certificate/")
    assert given["Content-Type"] == "application/pdf"
    assert given.content.startswith(b"%PDF")
    assert [row["kind"] for row in rows("SELECT kind FROM evidence_entry WHERE kind = 'certificate_taken'")] != []
    # Whoever has the number is told whether it went.
    for number, found in ((NUMBER, 1), ("0001000003", 0)):
        register = client.post(reverse("erasures"), {"number": number, "words": ""})
        assert len(register.context["rows"]) == found
    text = client.post(reverse("erasures-file")).content.decode("utf-8-sig")
    assert "保存期間の満了" in text
    assert NUMBER not in text


def test_nobody_approves_their_own_or_twice(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    address = asked(client)
    assert client.post(f"{address}decide/", {"act": "approve"}).status_code == 403
    first = logged_in(Role.APPROVER)
    first.post(f"{address}decide/", {"act": "approve"})
    said = first.post(f"{address}decide/", {"act": "approve"}, follow=True).content.decode()
    assert "先に承認した人は、承認できません" in said
    carry_on_erasures()
    assert rows("SELECT FROM screening_resident") != []
    assert "消去を承認する" not in first.get(address).content.decode()


def test_who_may_approve_is_told_at_home_until_they_did(logged_in: LogIn) -> None:
    clerk = logged_in(Role.HEALTH_CLERK)
    address = asked(clerk)
    for role, expected in ((Role.APPROVER, 1), (Role.INDEX_CLERK, 1)):
        client = logged_in(role)
        assert waiting(client) == expected
        client.post(f"{address}decide/", {"act": "approve"})
        assert waiting(client) == 0
    assert waiting(clerk) is None


def waiting(client: Client) -> int | None:
    """Return how many erasures the home page says wait for whoever is logged in; None where it says nothing of any."""
    tiles = [tile for section in client.get(reverse("home")).context["sections"] for tile in section.tiles]
    return next((tile.number for tile in tiles if tile.label == "承認を待つ消去"), None)


def test_a_refusal_needs_a_reason_and_nothing_goes(logged_in: LogIn) -> None:
    address = asked(logged_in(Role.HEALTH_CLERK))
    client = logged_in(Role.APPROVER)
    assert client.post(f"{address}decide/", {"act": "refuse", "reason": ""}).status_code == 422
    client.post(f"{address}decide/", {"act": "refuse", "reason": "訴訟で使う"})
    page = client.get(address).content.decode()
    assert "訴訟で使う" in page
    assert rows("SELECT FROM erasure_item") == []
    assert rows("SELECT FROM screening_resident") != []


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ("", "必須"),
        ("架空 花子", "1行目: 宛名番号ではありません"),
        ("0009999999", "住民の記録にない番号です"),
    ],
)
def test_what_is_wrong_with_a_request_is_said_beside_its_field(logged_in: LogIn, numbers: str, said: str) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    answer = client.post(reverse("erasure-ask-people"), {"numbers": numbers, "reason": "本人の申出"})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["numbers"]
    if said != "必須":
        assert said in answer.content.decode()
    assert rows("SELECT FROM erasure_request") == []


def test_whoever_is_named_before_their_time_is_warned_of_and_confirmed(logged_in: LogIn) -> None:
    run("UPDATE screening_resident SET moved_out_date = current_date - 100")
    client = logged_in(Role.HEALTH_CLERK)
    said = {"numbers": NUMBER, "reason": "本人の申出"}
    warned = client.post(reverse("erasure-ask-people"), said)
    assert warned.status_code == 422
    assert "このうち1人は、まだ保存期間の中です" in warned.content.decode()
    assert rows("SELECT FROM erasure_request") == []
    asked_for = client.post(reverse("erasure-ask-people"), said | {"early": "on"})
    assert asked_for.status_code == 302
    # Whoever decides is told as well, and it is on record.
    page = logged_in(Role.APPROVER).get(asked_for["Location"]).content.decode()
    assert "期間の前に消すわけが、消去の理由にあるかを" in page
    [body] = rows("SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind = 'erasure_requested'")
    assert orjson.loads(body["body"])["early"] == 1


def test_files_that_may_still_name_somebody_stand_on_the_certificate_with_their_last_day(logged_in: LogIn) -> None:
    work = ask(kind="eligibility", parameters={}, by=CLERK, at=AT)
    keep_output(work_id=work.work_id, file_name="x", media_type="x", content=b"x", by=CLERK, at=AT)
    address = asked(logged_in(Role.HEALTH_CLERK))
    approved(logged_in, address)
    carry_on_erasures()
    client = logged_in(Role.AUDITOR)
    last = civil(civil_date(AT) + timedelta(days=14))
    assert (
        f"作業の出力が1件あり、中に名前があるかもしれません。{last}までに消えます。"
        in client.get(address).content.decode()
    )
    pdf = PdfReader(BytesIO(client.post(f"{address}certificate/").content))
    assert "作業の出力が1件" in "".join(page.extract_text() for page in pdf.pages).replace(" ", "").replace("\n", "")


def test_a_whole_register_does_not_bring_an_erased_person_back(logged_in: LogIn, tmp_path: Path) -> None:
    address = asked(logged_in(Role.HEALTH_CLERK))
    approved(logged_in, address)
    carry_on_erasures()
    assert rows("SELECT FROM screening_resident") == []
    # The register still names them, beside somebody who left as well and was not erased.
    gone = {"転出日": "2019-01-10", "個人番号": ""}
    report = taken_in(tmp_path, line(NUMBER, "", **gone), line("0001000003", "", **gone))
    assert [(one.rule, one.line) for one in report.problems] == [("erased_person", 2)]
    assert NUMBER not in str(report.problems)
    assert [row["n"] for row in rows("SELECT system_person_number AS n FROM screening_resident")] == ["0001000003"]
    assert set(unified_numbers("health", [NUMBER, "0001000003"])) == {"0001000003"}
    # A register is looked through while its lines fill the database, which answers nothing meanwhile.
    find = erased_finder()
    with CaptureQueriesContext(connection) as asked_meanwhile:
        assert find([NUMBER, "0001000003"]) == {NUMBER}
    assert len(asked_meanwhile) == 0
    # Whoever is back lives here again, and is taken in as anybody.
    assert taken_in(tmp_path, line(NUMBER, ""), line("0001000003", "", **gone)).problems == ()
    assert len(rows("SELECT FROM screening_resident")) == 2


def taken_in(folder: Path, *lines: str) -> LoadedRegister:
    file = written(folder, *lines)
    done = import_register(
        file=file, file_name=file.name, system="health", cipher=CIPHER, by=CLERK, at=AT, find_erased=erased_finder()
    )
    assert isinstance(done, LoadedRegister)
    return done


def test_somebody_who_lives_here_is_not_erased(logged_in: LogIn) -> None:
    run("UPDATE screening_resident SET moved_out_date = NULL, moved_out_to = ''")
    client = logged_in(Role.HEALTH_CLERK)
    answer = client.post(reverse("erasure-ask-people"), {"numbers": NUMBER, "reason": "本人の申出"})
    assert "いまも住民です" in answer.content.decode()


def test_an_approved_erasure_says_why_it_waits(logged_in: LogIn) -> None:
    address = asked(logged_in(Role.HEALTH_CLERK))
    approved(logged_in, address)
    run("UPDATE screening_resident SET protected_from = '2020-01-01'")
    carry_on_erasures()
    page = logged_in(Role.AUDITOR).get(address).content.decode()
    assert "消去を止めています" in page
    assert "支援措置が終わるまで" in page


def test_an_altered_list_keeps_nobody_else_waiting(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    altered = asked(client)
    run("INSERT INTO erasure_item (erasure_id, kind, key) SELECT erasure_id, 'PERSON', '1' FROM erasure_request")
    left = {"moved_out_date": date(2019, 1, 10), "moved_out_to": "132918"}
    register_residents(rows=[resident("0001000003", **left)], by=CLERK, at=AT, reason="test")
    other = asked(client)
    clients = [logged_in(role) for role in (Role.INDEX_CLERK, Role.APPROVER)]
    for address in (altered, other):
        for one in clients:
            one.post(f"{address}decide/", {"act": "approve"})
    carry_on_erasures()
    assert rows("SELECT system_person_number AS number FROM screening_resident") == [{"number": NUMBER}]


def test_a_command_says_what_is_due_and_how_erasures_stand(
    logged_in: LogIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasuki.cli.erasing.become", lambda _node: None)
    with pytest.raises(typer.Exit) as ended:
        due("town-a", as_json=True)
    assert ended.value.exit_code == 1
    assert orjson.loads(capsys.readouterr().out)["people"] == {"2018": 1}
    asked(logged_in(Role.HEALTH_CLERK))
    listed("town-a", as_json=True)
    [one] = orjson.loads(capsys.readouterr().out)["erasures"]
    assert (one["state"], one["people"], one["backups_until"]) == ("REQUESTED", 1, None)


def test_every_table_has_a_word_staff_know() -> None:
    assert [one.name for one in tables() if table_label(one.name) == one.name] == []
