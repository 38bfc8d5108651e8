"""A town of its own whose every act is committed: a copy is made of what others can see, too."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings
from pytest_django import DjangoDbBlocker

from tasuki import runtime
from tasuki.accounts.operations import create_staff
from tasuki.accounts.types import Role
from tasuki.cli.administrator import ADMIN_URL
from tasuki.cli.importing import import_mappings
from tasuki.cutover.exports import opened_export
from tasuki.cutover.loading import Tools
from tasuki.cutover.rehearsing import rehearse
from tasuki.cutover.types import Rehearsal
from tasuki.jobs.imports import rules_of_today
from tasuki.jobs.rehearsals import reports_folder
from tasuki.jobs.town import number_cipher
from tasuki.nodes.keys import NodeKeys, write_secret
from tasuki.nodes.sql import rows
from tasuki.nodes.types import Databases
from tasuki.screening.import_types import SenderKind
from tasuki.screening.operations.facilities import register_facilities
from tasuki.screening.types import FacilityRow
from tests.database import point_django_at, server, worker_databases
from tests.integration.cutover.predecessor import export
from tests.integration.screening.town import AT, BY


@dataclass(frozen=True)
class OwnTown:
    """A town's database that is filled once in a run, and its folder."""

    databases: Databases
    folder: Path


@contextmanager
def acting_at(town: OwnTown) -> Iterator[None]:
    """Make this process that town for the length of the block."""
    former = django_settings.NODE, django_settings.KEYS
    point_django_at(town.databases, as_owner=False)
    django_settings.NODE = former[0].model_copy(update={"folder": town.folder, "databases": town.databases})
    django_settings.KEYS = NodeKeys(town.folder)
    number_cipher.cache_clear()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(ADMIN_URL, server().url())
        yield
    number_cipher.cache_clear()
    django_settings.NODE, django_settings.KEYS = former


@pytest.fixture(scope="session")
def own_town(
    database_urls: Databases,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> OwnTown:
    """Return a town with a sender's mappings and an institution, in a database nobody else uses."""
    folder = tmp_path_factory.mktemp("town")
    write_secret(folder / "master.key", bytes(range(32)))
    with django_db_blocker.unblock():
        made = OwnTown(worker_databases("_cutover"), folder)
        with acting_at(made), as_file(files("tasuki.demo").joinpath("mappings/medical_association")) as mappings:
            import_mappings(mappings, "架空区医師会", SenderKind.ASSOCIATION)
            register_facilities(rows=[FacilityRow("1319910030", "模擬町診療所", date(2015, 4, 1))], by=BY, at=AT)
        point_django_at(database_urls, as_owner=False)
    return made


@pytest.fixture
def committed(own_town: OwnTown, database_urls: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[Databases]:
    """Act in that town, with real commits; every test leaves standing what it found standing."""
    with django_db_blocker.unblock():
        with acting_at(own_town):
            yield own_town.databases
        point_django_at(database_urls, as_owner=False)


@pytest.fixture
def place(committed: Databases, tmp_path: Path) -> Path:
    """Return a folder for an export."""
    return tmp_path / "export"


@dataclass(frozen=True)
class Rehearsed:
    """A rehearsal that went well, and what was seen while its copy stood."""

    found: Rehearsal
    counts: tuple[dict[str, int], dict[str, int]]
    left: set[str]
    copy: dict[str, Any]
    killed: int


@pytest.fixture(scope="session")
def rehearsed_once(
    own_town: OwnTown,
    database_urls: Databases,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Rehearsed:
    """Rehearse an export that is as its manifest says."""
    with django_db_blocker.unblock():
        with acting_at(own_town):
            done = _rehearsed(own_town.databases, tmp_path_factory.mktemp("export"))
        point_django_at(database_urls, as_owner=False)
    return done


@pytest.fixture
def rehearsed(committed: Databases, rehearsed_once: Rehearsed) -> Rehearsed:
    """Return that rehearsal, in the town where it was."""
    return rehearsed_once


def _rehearsed(committed: Databases, place: Path) -> Rehearsed:
    """Rehearse after a rehearsal that was killed while its copy stood, and look at the copy while it stands."""
    create_staff(
        username="rehearsed", display_name="職員 甲", department="課", role=Role.AUDITOR, password=None, by=BY, at=AT
    )  # fmt: skip
    before, seen = counts(), dict[str, Any]()
    killed = leave_a_copy_behind(copy_of(committed))

    def look(step: str, _count: int) -> None:
        if step == "compare":
            seen.update(seen_from_outside(committed))

    found = rehearse_now(export(place), look)
    return Rehearsed(found, (before, counts()), databases() & {copy_of(committed)}, seen, killed)


def rehearse_now(place: Path, told: Callable[[str, int], None] | None = None) -> Rehearsal:
    """Rehearse an export in this process."""
    with opened_export(place, reports_folder()) as opened:
        return rehearse(
            export=opened,
            admin_url=server().url(),
            tools=Tools(number_cipher(), rules_of_today()),
            reports=reports_folder(),
            by=BY,
            clock=runtime.now,
            told=told,
        )


def copy_of(databases: Databases) -> str:
    """Return what the sealed copy of a town's database is called."""
    return databases.runtime.rsplit("/", 1)[1] + "_rehearsal"


def counts() -> dict[str, int]:
    """Count the rows in which a load would show."""
    watched = ("screening_result", "screening_resident", "screening_import_batch", "screening_outbox")
    return {name: rows(f"SELECT count(*) AS n FROM {name}")[0]["n"] for name in watched}  # noqa: S608 — names of ours


def databases() -> set[str]:
    """Return every database and role of the server."""
    with psycopg.connect(server().url()) as admin:
        found = admin.execute("SELECT datname FROM pg_database UNION SELECT rolname FROM pg_roles").fetchall()
    return {name for (name,) in found}


def leave_a_copy_behind(name: str) -> int:
    """Leave what a rehearsal leaves that was killed: database, role, and a row that says it runs; give its number."""
    [row] = rows(
        "INSERT INTO cutover_rehearsal (title, export_digest, state, begun_at, begun_by, files, differing, tables,"
        " differences, passed, way_back, report_sha256)"
        " VALUES ('', '', 'RUNNING', now(), '', '[]', '[]', 0, 0, FALSE, FALSE, '') RETURNING number"
    )
    with psycopg.connect(server().url(), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN")
        admin.execute(f"CREATE DATABASE {name} OWNER {name}")
    return int(row["number"])


#: What a copy has none of, an account and a record of the town's own log, and what it has as the town has it.
HELD = (
    "accounts_staff",
    "evidence_entry WHERE kind = 'rehearsal_begun'",
    "screening_mapping",
    "screening_facility",
)


def seen_from_outside(own: Databases) -> dict[str, Any]:
    """Return which of the node's roles are refused by the copy that stands, and what its tables hold."""
    refused: dict[str, str] = {}
    for role, url in own.model_dump().items():
        try:
            psycopg.connect(f"{url}_rehearsal").close()
        except psycopg.OperationalError as error:
            refused[role] = str(error)
    with psycopg.connect(own.runtime) as source:
        had = held_in(source)
    with psycopg.connect(server().url(copy_of(own))) as admin:
        held = held_in(admin)
        [environment] = admin.execute("SELECT environment FROM operating_environment").fetchone() or ("",)
    return {"refused": refused, "had": had, "held": held, "environment": environment}


def held_in(connection: psycopg.Connection) -> dict[str, int]:
    """Count what a copy has none of, and what it has as the town has it."""
    counted = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in HELD}  # noqa: S608 — names of ours
    return {table: found[0] for table, found in counted.items() if found is not None}
