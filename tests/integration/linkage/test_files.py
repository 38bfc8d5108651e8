"""A town that registers and asks through files only, by its commands, answered by a reader of what it wrote."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from typer.testing import CliRunner

from tasuki import runtime
from tasuki.cli.main import app
from tasuki.evidence.types import EntryKind
from tasuki.jobs import town as jobs
from tasuki.jobs.worker import carried, loops_of
from tasuki.linkage.operations import register_provider
from tasuki.linkage.queries import counts_by_state
from tasuki.nodes.sql import rows
from tasuki.nodes.types import GatewayFiles, NodeKind, read_node, write_node
from tasuki.persons.queries import unified_numbers
from tasuki.persons.types.items import Registration
from tasuki.protocol.transitions import table
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.operations.results import record_result
from tasuki.screening.types import ResidentRow
from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode
from tasuki.shared.institutions import Institution
from tests.fakes.intermediate_server import IntermediateServer
from tests.integration.linkage.test_link import lung
from tests.integration.persons.index import CLERK, TARO, registered

pytestmark = pytest.mark.django_db(databases=["default", "index"])
AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CODES = Path(__file__).parents[2] / "golden" / "files" / "codes.toml"
SAPPORO = "0201100200000000"
LUNG = "TM00000000000090"


@pytest.fixture(autouse=True)
def node(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process is a town already, whose node speaks files."""
    monkeypatch.setattr("tasuki.cli.gateway_files.become", lambda _node: None)
    monkeypatch.setattr("tasuki.cli.town.become", lambda _node: None)
    files = GatewayFiles(out_folder=Path("out"), in_folder=Path("in"), codes=CODES)
    settings.NODE = settings.NODE.model_copy(update={"files": files, "folder": tmp_path})
    jobs.gateway_link.cache_clear()
    jobs.asker.cache_clear()
    yield
    jobs.gateway_link.cache_clear()
    jobs.asker.cache_clear()


@pytest.fixture
def people(db: None) -> None:
    for number, protected in (("0001", None), ("0002", date(2026, 4, 1))):
        registered(Registration(number, TARO))
        row = ResidentRow(
            number, number, f"例示　{number}", "レイジ", date(1980, 1, 1), "1", address="架空区模擬町",
            protected_from=protected,
        )  # fmt: skip
        register_residents(rows=[row], by=CLERK, at=AT, reason="daily")
        record_result(person=number, record=lung(), fee_class="", by=CLERK, at=AT)
    sapporo = Institution(InstitutionCode(SAPPORO), "札幌市", "Sapporo", MunicipalityCode("011002"))
    register_provider(institution=sapporo, by=CLERK, at=AT)


@pytest.fixture
def server(tmp_path: Path) -> IntermediateServer:
    return IntermediateServer(tmp_path / "out", tmp_path / "in", CODES)


def run(*arguments: str) -> tuple[int, Any, str]:
    done = CliRunner().invoke(app, [*arguments, "--node", "town-a", "--json"])
    said = done.stdout.splitlines()
    return done.exit_code, json.loads(said[-1]) if said else None, done.stderr


def recorded() -> set[str]:
    return {row["kind"] for row in rows("SELECT DISTINCT kind FROM evidence_entry")}


def bodies(kind: str) -> list[dict[str, Any]]:
    return [json.loads(row["body"]) for row in rows("SELECT body FROM evidence_entry WHERE kind = %s", [kind])]


@pytest.mark.usefixtures("people")
def test_a_town_registers_asks_and_reads_through_files_only(server: IntermediateServer, tmp_path: Path) -> None:
    unified = unified_numbers("screening", ["0001", "0002"])
    status, said, _ = run("files", "out")
    assert (status, said["replicas_written"], said["missing"]) == (0, 2, [])
    server.take_envelopes()
    assert server.held == {unified["0002"]}
    assert [len(server.of(unified[number], LUNG)) for number in ("0001", "0002")] == [1, 1]

    status, said, _ = run("inquire", "--provider", "011002", "--person", "0001", "--data-set", LUNG)
    assert status == 0
    assert counts_by_state() == {"sent": 1}
    [asked] = (tmp_path / "out").glob("*-inquiries.csv")
    answered = server.answer(asked)
    (tmp_path / "in" / "result.csv").write_bytes(answered)

    status, said, _ = run("files", "in")
    assert (status, said) == (0, {"files": 1, "lines": 1, "set_aside": 0})
    assert counts_by_state() == {"received": 1}
    [taken] = bodies("result_file_taken")
    digest = hashlib.sha256(answered).hexdigest()
    assert taken == {"sha256": digest, "lines": 1, "set_aside": 0, "problems": [], "by": taken["by"]}
    assert run("files", "in")[1] == {"files": 0, "lines": 0, "set_aside": 0}
    status, said, _ = run("adopt")
    assert status == 0
    [kept] = rows("SELECT system_person_number, facility_name FROM screening_result WHERE source <> 'OWN'")
    assert kept == {"system_person_number": "0001", "facility_name": "模擬町診療所"}
    assert {EntryKind.REPLICA_REGISTERED, EntryKind.INQUIRY_SENT, EntryKind.ANSWER_RECEIVED} <= recorded()


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("kind", ["initial", "re-registration", "layout-revision"])
def test_everything_is_written_under_the_name_of_its_run(server: IntermediateServer, kind: str) -> None:
    run("files", "out")
    server.take_envelopes()
    server.runs.clear()
    status, said, _ = run("files", "out", "--run", kind)
    assert (status, said["replicas_written"]) == (0, 2)
    server.take_envelopes()
    assert set(server.runs) == {kind}


@pytest.mark.usefixtures("people")
def test_nothing_is_lost_while_codes_are_missing_and_every_one_is_named(
    settings: Settings, tmp_path: Path, server: IntermediateServer
) -> None:
    own = tmp_path / "codes.toml"
    filled = CODES.read_text("utf-8")
    own.write_text(filled.replace('"JM99999999999999"', '""').replace('X_TAKEN = "TEST072"', 'X_TAKEN = ""'), "utf-8")
    settings.NODE = settings.NODE.model_copy(
        update={"files": settings.NODE.files.model_copy(update={"codes": Path("codes.toml")})}
    )
    assert run("inquire", "--provider", "011002", "--person", "0001", "--data-set", LUNG)[0] == 0
    status, said, _ = run("files", "out")
    assert (status, said["missing"]) == (1, ["element.X_TAKEN", "inquiry.affair"])
    assert (said["replicas_written"], said["inquiries_written"]) == (0, 0)
    assert run("files", "check")[:2][1]["missing"] == ["element.X_TAKEN", "inquiry.affair"]
    assert counts_by_state() == {"created": 1}

    own.write_text(filled, "utf-8")
    status, said, _ = run("files", "out")
    assert (status, said["replicas_written"], said["inquiries_written"], said["missing"]) == (0, 2, 1, [])
    status, said, _ = run("files", "check")
    assert (status, said["missing"], said["not_fetched"]) == (0, [], said["files"] * 2 - 1)


@pytest.mark.usefixtures("people")
def test_an_inquiry_without_a_result_lapses_for_the_clerk(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("inquire", "--provider", "011002", "--person", "0001", "--data-set", LUNG)[0] == 0
    assert run("files", "in")[0] == 0
    assert counts_by_state() == {"sent": 1}
    later = runtime.now() + table().period("unanswered") + timedelta(minutes=1)
    monkeypatch.setattr(jobs, "now", lambda: later)
    jobs.gateway_link.cache_clear()
    jobs.asker.cache_clear()
    assert run("files", "in")[0] == 0
    assert counts_by_state() == {"lapsed": 1}
    assert "validity_over" in bodies("inquiry_lapsed")[-1].values()


@pytest.mark.usefixtures("people")
def test_what_is_set_aside_is_named_on_the_command_line(tmp_path: Path) -> None:
    run("files", "check")
    (tmp_path / "in" / "strange.csv").write_bytes(b"a,b,c\r\n")
    status, said, named = run("files", "in")
    assert (status, said["set_aside"]) == (1, 1)
    assert "strange.csv:1: 項目の数が違います" in named


def test_a_node_that_speaks_messages_is_told_so(settings: Settings) -> None:
    settings.NODE = settings.NODE.model_copy(update={"files": None})
    status, _, said = run("files", "check")
    assert (status, "[files]" in said) == (2, True)


def test_the_worker_asks_nothing_that_files_do_not_carry() -> None:
    every = loops_of(NodeKind.TOWN)
    left = {loop.name for loop in every} - {loop.name for loop in carried(every, by_files=True)}
    assert left == {"codes", "codes-due", "held", "corrections", "record-corrections", "reconcile", "notices"}
    assert carried(every, by_files=False) == every


def test_a_node_file_keeps_its_folders(settings: Settings, tmp_path: Path) -> None:
    write_node(settings.NODE, tmp_path / "node.toml")
    read = read_node(tmp_path / "node.toml")
    assert read.files == settings.NODE.files
    folders = read.gateway_files()
    assert folders is not None
    assert (folders.out_folder, folders.codes) == (tmp_path / "out", CODES)
