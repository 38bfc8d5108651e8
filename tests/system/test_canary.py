"""Canary people: whoever is in the registers is looked for where they must not be.

The people are fictitious, all of them are looked for, and the folder is the one in which the demonstration imported,
exchanged and adopted their results.
"""

import base64
import csv
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from tasuki.nodes.embedded_postgres import Server, binaries, running
from tests.system.canaries import Canaries, canaries_of
from tests.system.demo_home import DemoHome

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("demo")]
BETWEEN = ("gateway_east", "gateway_west", "network", "jlis")
TOWNS = ("town_a", "town_b")
Dump = Callable[..., bytes]


@pytest.fixture(scope="module")
def server(demo: DemoHome) -> Iterator[Server]:
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


def test_no_log_names_anybody(demo: DemoHome, canaries: Canaries) -> None:
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
