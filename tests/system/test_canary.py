"""Canary people: whoever is in the registers is looked for where they must not be.

The people are fictitious, all of them are looked for, and the folder is the one in which the demonstration imported,
exchanged and adopted their results, and an index clerk has then walked through the index.
"""

import base64
import csv
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from tasuki.nodes.deployment import node_file
from tasuki.nodes.embedded_postgres import Server, binaries, running
from tasuki.nodes.types import read_node
from tests.system.canaries import Canaries, canaries_of
from tests.system.demo_home import DemoHome, serving
from tests.system.index_walk import SYSTEM, IndexWalk, walk_the_index

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("demo")]
BETWEEN = ("gateway_east", "gateway_west", "network", "jlis")
TOWNS = ("town_a", "town_b")
Dump = Callable[..., bytes]


@pytest.fixture(scope="module")
def walk(demo: DemoHome) -> IndexWalk:
    """Let the nodes run once more, and an index clerk open every page of the index."""
    with serving(demo.home):
        town = read_node(node_file(demo.home, "town-a")).listen
        return walk_the_index(f"http://{town.host}:{town.port}", demo.data / "kaku/register.csv")


@pytest.fixture(scope="module")
def server(demo: DemoHome, walk: IndexWalk) -> Iterator[Server]:
    """Run the database alone, with all that the demonstration and the walk left in it."""
    assert walk.bodies
    with running(demo.home.postgres) as started:
        yield started


@pytest.fixture(scope="module")
def canaries(demo: DemoHome) -> Canaries:
    return canaries_of(demo.data)


@pytest.fixture(scope="module")
def dump(server: Server) -> Dump:
    """Return what gives the whole of a database as text, every schema of it, or one table."""

    def run(database: str, *options: str) -> bytes:
        done = subprocess.run(
            [str(binaries() / "pg_dump"), "--dbname", server.url(database), *options], capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return run


def test_the_canaries_are_all_people_of_both_towns(demo: DemoHome, canaries: Canaries) -> None:
    residents = sum(town.residents for town in demo.manifest.towns)

    assert len(canaries.numbers) >= residents
    assert sum(len(texts) for texts in canaries.texts.values()) > residents


@pytest.mark.parametrize("database", BETWEEN)
def test_nodes_between_towns_hold_no_name_address_or_number(dump: Dump, canaries: Canaries, database: str) -> None:
    content = dump(database)

    # What is searched is what the demonstration left: a dump without it would prove nothing.
    assert b"COPY public.evidence_entry" in content
    assert canaries.found_in(content) == set()


@pytest.mark.parametrize("database", TOWNS)
def test_no_individual_number_stands_in_clear_in_a_towns_database(
    dump: Dump, canaries: Canaries, database: str
) -> None:
    content = dump(database)

    assert b"COPY person_index.persons_" in content
    # The town itself holds its people's names: the same search does find those.
    assert len(canaries.found_in(content)) > 500
    assert canaries.individual_numbers_in(content) == set()


def test_the_walk_reached_every_page_of_the_index(walk: IndexWalk) -> None:
    reached = {re.sub(r"/[0-9a-f-]{36}/|/[A-Za-z0-9_-]{20,}/", "/*/", path) for path in walk.bodies}

    assert reached >= {
        "/index/", "/index/people/*/", "/index/people/*/merge/", "/index/people/*/split/", "/index/people/*/impact/",
        "/index/people/*/quarantine/", "/index/people/*/number/", "/index/people/register/", "/index/cases/",
        "/index/cases/*/", "/index/quarantines/", "/index/inspection/", "/index/link/", "/index/link/*/",
        "/index/systems/", f"/index/systems/{SYSTEM}/", "/index/registering/", "/index/registering/*/",
        "/index/numbers/", "/index/numbers/delete/", "/index/codes/",
    }  # fmt: skip


def test_no_page_of_the_index_shows_an_individual_number(walk: IndexWalk, canaries: Canaries) -> None:
    shown = {path: canaries.numbers_in(body) for path, body in walk.bodies.items()}

    assert shown == {path: set() for path in walk.bodies}
    # They do show whom they are about: the same search finds those.
    assert canaries.found_in("".join(walk.bodies.values()).encode())


def test_no_address_of_the_index_tells_whom_it_is_about(walk: IndexWalk, canaries: Canaries) -> None:
    assert len(walk.addresses) > 100
    told = "\n".join(walk.addresses)
    assert canaries.found_in(told.encode()) == set()
    assert re.findall(r"[0-9]{9,}", re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", told)) == []


@pytest.mark.parametrize("table", ["evidence_entry", "work_work", "django_session"])
def test_nothing_kept_beside_the_records_names_anybody(dump: Dump, canaries: Canaries, table: str) -> None:
    content = dump("town_a", "--table", f"public.{table}")

    assert f"COPY public.{table}".encode() in content
    assert canaries.found_in(content) == set()


def test_no_log_names_anybody(demo: DemoHome, walk: IndexWalk, canaries: Canaries) -> None:
    assert walk.bodies
    logs = [*demo.home.logs.iterdir(), *demo.home.postgres.glob("*.log")]

    assert len(logs) > 12
    assert {file.name: canaries.found_in(file.read_bytes()) for file in logs} == {file.name: set() for file in logs}


def test_no_evidence_names_anybody(demo: DemoHome, canaries: Canaries) -> None:
    exports = sorted((demo.home.path / "evidence").iterdir())

    assert sum(file.stat().st_size for file in exports) > 1_000_000
    assert {file.name: canaries.found_in(file.read_bytes()) for file in exports} == {
        file.name: set() for file in exports
    }


@pytest.mark.parametrize(
    "written",
    [
        lambda text: text,
        lambda text: f"...{text}...".encode(),
        lambda text: base64.b64encode(f"[{text}]".encode()).decode(),
        json.dumps,
        quote,
    ],
    ids=["clear", "bytes", "base64", "escaped", "quoted"],
)
@pytest.mark.parametrize("field", ["氏名", "カナ氏名", "住所", "個人番号"])
def test_the_search_finds_what_is_planted(
    demo: DemoHome,
    server: Server,
    dump: Dump,
    canaries: Canaries,
    field: str,
    written: Callable[[str], str | bytes],
) -> None:
    person = _somebody(demo.data / "kaku/register.csv")
    value = written(person[field])
    kind = "bytea" if isinstance(value, bytes) else "text"
    with psycopg.connect(server.url("gateway_east"), autocommit=True) as connection:
        connection.execute(f"CREATE TABLE canary_scratch (planted {kind})".encode())
        try:
            connection.execute("INSERT INTO canary_scratch VALUES (%s)", [value])
            content = dump("gateway_east", "--table", "canary_scratch")
        finally:
            connection.execute("DROP TABLE canary_scratch")

    assert person[field].replace("\u3000", "").replace(" ", "") in canaries.found_in(content)


def _somebody(register: Path) -> dict[str, str]:
    with register.open(encoding="utf-8", newline="") as file:
        return next(csv.DictReader(file))
