"""Commands of a town where real residents are kept: whoever runs one signed in, may, and is on record (ADR 0038)."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
import pyzipper
import time_machine
import typer
from django.db import connection
from pytest_django import Settings
from typer.testing import CliRunner

from tasuki import runtime
from tasuki.accounts.codes import code_at
from tasuki.accounts.models import SignIn, Staff
from tasuki.accounts.operations import create_staff
from tasuki.accounts.permissions import GRANTS
from tasuki.accounts.rules import area_roles
from tasuki.accounts.types import Member, Role, roles_at
from tasuki.cli import operator
from tasuki.cli.main import app
from tasuki.cli.needs import PEOPLES
from tasuki.evidence.types import EntryKind
from tasuki.media.operations import decide_export
from tasuki.nodes.sql import rows
from tasuki.nodes.types import NodeKind
from tasuki.shared.actor import staff_actor
from tasuki.shared.environments import Environment
from tests.integration.logged_in import attended
from tests.integration.web.conftest import AYANO, SHINOBU, SYSTEM
from tests.integration.web.test_fhir_documents import recorded
from tests.integration.web.test_second_factor import NOW, PASSWORD, clock, enrolled, entered, hanako, secret

__all__ = ["clock", "hanako"]
pytestmark = pytest.mark.django_db(databases=["default", "index"])
CODE_LATER = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def this_town(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> None:
    """This process is the town already; its residents are real, and the terminal's folder is empty."""
    settings.NODE = runtime.node().model_copy(update={"environment": Environment.REAL})
    monkeypatch.setattr("tasuki.cli.node.config_of", lambda _name: runtime.node())
    monkeypatch.setattr("tasuki.cli.node._set_up", lambda _config, _settings: None)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))


def run(*arguments: object, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(app, [*map(str, arguments), "--node", "town-test"], input=typed)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def sign_in(clock: time_machine.Traveller) -> tuple[int, str]:
    """Sign in at the terminal as somebody who chose a second factor on the screens."""
    enrolled(entered())
    clock.shift(CODE_LATER)
    return run("sign-in", "--id", "hanako", typed=f"{PASSWORD}\n{code_at(secret(), runtime.now())}\n")


def bodies(kind: EntryKind) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM evidence_entry WHERE kind = %s ORDER BY entry_id", [kind.value])
        return [orjson.loads(bytes(body)) for (body,) in cursor.fetchall()]


def test_nobody_runs_a_command_about_residents_without_signing_in() -> None:
    for command in (("held",), ("person-of", uuid4()), ("result-notices",), ("accounts", "list")):
        status, said = run(*command)
        assert (status, "sign-in --node town-test" in said) == (1, True), (command, said)
    assert run("inquiry-states")[0] == 0


def test_a_dummy_environment_asks_nobody(settings: Settings) -> None:
    settings.NODE = runtime.node().model_copy(update={"environment": Environment.DUMMY})
    assert run("erase", "list")[0] == 0


def test_two_people_are_not_one_at_a_terminal() -> None:
    named = ("--reason", "x", "--release", "--proposed-by", "a", "--decided-by", "b")
    status, said = run("decide-held", "x", *named)
    assert (status, "画面で行ってください" in said) == (1, True)


def test_a_factor_chosen_on_the_screens_lets_its_owner_in_and_the_command_is_on_record(
    hanako: Member, clock: time_machine.Traveller, tmp_path: Path
) -> None:
    status, said = sign_in(clock)
    assert (status, "架空 花子" in said, PASSWORD in said) == (0, True, False)
    [kept] = (tmp_path / "run" / "tasuki").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    assert run("person-of", uuid4())[1] == "この処理通番の照会はありません / no such inquiry\n"
    [row] = rows("SELECT act, page, staff, address FROM watching_access")
    assert row == {
        "act": "VIEW", "page": "command person-of", "staff": str(hanako.as_actor()), "address": operator.ADDRESS,
    }  # fmt: skip
    assert bodies(EntryKind.PEOPLE_LISTED)[0]["page"] == "command person-of"


def test_what_the_role_does_not_carry_is_refused_and_recorded(hanako: Member, clock: time_machine.Traveller) -> None:
    sign_in(clock)
    status, said = run("accounts", "list")
    assert (status, "HEALTH_CLERK" in said) == (1, True)
    [row] = rows("SELECT act, page, reason FROM watching_access")
    assert row == {"act": "REFUSED", "page": "command accounts list", "reason": "VIEW_ACCOUNTS"}


@pytest.mark.parametrize("role", sorted(roles_at(NodeKind.TOWN)))
def test_a_command_runs_for_exactly_the_roles_that_carry_its_permission(
    role: Role, capsys: pytest.CaptureFixture[str]
) -> None:
    member = create_staff(
        username=f"role-{role.value.lower()}", display_name="架空 花子", department="試験課", role=role, password=None,
        by=SYSTEM, at=NOW,
    )  # fmt: skip
    let_in, refused = [], []
    for command, needs in PEOPLES.items():
        try:
            operator._check_and_record(command, member)
        except typer.Exit:
            refused.append((command, needs.permission.value))
        else:
            let_in.append(command)
    # Whoever has an area of work sees no more than that, and a command is about the whole town.
    expected = [] if role in area_roles() else [name for name, one in PEOPLES.items() if one.permission in GRANTS[role]]
    assert let_in == expected
    assert len(refused) + len(let_in) == len(PEOPLES)
    recorded_refusals = rows("SELECT page, reason FROM watching_access WHERE act = 'REFUSED' ORDER BY entry_id")
    assert [(row["page"], row["reason"]) for row in recorded_refusals] == [(f"command {a}", b) for a, b in refused]
    if role is Role.CONTRACTOR:
        assert let_in == []
    capsys.readouterr()


@pytest.mark.parametrize("typed", ["wrong\n", f"{PASSWORD}\n000000\n"])
@pytest.mark.usefixtures("hanako")
def test_a_wrong_password_or_code_opens_nothing(clock: time_machine.Traveller, typed: str) -> None:
    enrolled(entered())
    clock.shift(CODE_LATER)
    assert run("sign-in", "--id", "hanako", typed=typed)[0] == 1
    assert run("who-am-i")[0] == 1
    assert run("erase", "list")[0] == 1


@pytest.mark.usefixtures("hanako")
def test_a_factor_is_chosen_on_the_screens_first() -> None:
    status, said = run("sign-in", "--id", "hanako", typed=f"{PASSWORD}\n")
    assert (status, "先に画面で" in said) == (1, True)
    assert not SignIn.objects.filter(ended_at=None).exists()


@pytest.mark.usefixtures("hanako")
def test_the_sign_in_ends_by_itself_by_an_administrator_and_by_its_owner(clock: time_machine.Traveller) -> None:
    sign_in(clock)
    assert "erase list" in run("who-am-i")[1]
    clock.shift(timedelta(minutes=31))
    assert run("erase", "list")[0] == 1
    sign_in_again(clock)
    SignIn.objects.filter(ended_at=None).update(ended_at=runtime.now(), ended_by="STAFF:1")
    assert run("erase", "list")[0] == 1
    sign_in_again(clock)
    assert run("sign-out")[0] == 0
    assert run("erase", "list")[0] == 1


def sign_in_again(clock: time_machine.Traveller) -> None:
    clock.shift(CODE_LATER)
    code = code_at(secret(), runtime.now())
    assert run("sign-in", "--id", "hanako", typed=f"{PASSWORD}\n{code}\n")[0] == 0
    assert run("erase", "list")[0] == 0


@pytest.mark.usefixtures("hanako")
def test_a_kept_sign_in_that_others_can_read_is_of_no_use(clock: time_machine.Traveller, tmp_path: Path) -> None:
    sign_in(clock)
    [kept] = (tmp_path / "run" / "tasuki").iterdir()
    kept.chmod(0o644)
    status, said = run("erase", "list")
    assert (status, "others can read" in said) == (1, True)


def test_a_contractor_does_not_get_in_where_data_is_real(hanako: Member) -> None:
    Staff.objects.filter(pk=hanako.identifier).update(role=Role.CONTRACTOR)
    attended(Staff.objects.get(pk=hanako.identifier))
    status, said = run("sign-in", "--id", "hanako", typed=f"{PASSWORD}\n")
    assert (status, "contractors" in said) == (1, True)


WISH = (
    "--about", "2025年度の結果", "--purpose", "精度管理の研究", "--recipient", "架空大学",
    "--return-by", NOW.date().isoformat(), "--fiscal-year", "2025",
)  # fmt: skip


@pytest.mark.usefixtures("residents")
def test_a_year_of_results_leaves_once_somebody_else_approved(
    hanako: Member, clock: time_machine.Traveller, tmp_path: Path
) -> None:
    for resident in (AYANO, SHINOBU):
        recorded(resident)
    sign_in(clock)
    assert run("export-fhir", "--to", tmp_path / "all", "--fiscal-year", 2025)[0] == 1
    status, said = run("exports", "ask", *WISH, "--medium", "USB")
    assert (status, "--serial" in said) == (2, True)
    status, said = run("exports", "ask", *WISH, "--medium", "NONE", "--json")
    assert status == 0, said
    number = orjson.loads(said)["request"]
    file = tmp_path / "results.zip"
    assert run("exports", "make", number, "--to", file)[0] == 1
    decide_export(export_id=number, approves=True, reason="", by=staff_actor("901"), at=runtime.now())
    status, said = run("exports", "make", number, "--to", file, "--json")
    assert status == 0, said
    made = orjson.loads(said)
    assert (made["written"], made["protected_left_out"], file.stat().st_mode & 0o077) == (1, 1, 0)
    with pyzipper.AESZipFile(BytesIO(file.read_bytes())) as archive:
        archive.setpassword(made["password"].encode())
        [lines] = [archive.read(name) for name in archive.namelist() if name.endswith(".ndjson")]
    assert AYANO.name.encode() in lines
    assert [one["by"] for one in bodies(EntryKind.EXPORT_MADE)] == [str(hanako.as_actor())]


@pytest.mark.parametrize(
    ("role", "command"),
    [
        (Role.INDEX_CLERK, ("register-people", "--system", "residents", "--results", "answers.csv")),
        (Role.HEALTH_CLERK, ("inquire-file", "--results", "answers.csv")),
    ],
)
def test_files_of_residents_leave_by_the_screens(
    hanako: Member, clock: time_machine.Traveller, tmp_path: Path, role: Role, command: tuple[str, ...]
) -> None:
    sign_in(clock)
    Staff.objects.filter(pk=hanako.identifier).update(role=role)
    (tmp_path / "in.csv").write_text("x")
    status, said = run(command[0], tmp_path / "in.csv", *command[1:])
    assert (status, "--results" in said, Path("answers.csv").exists()) == (1, True, False)
