"""A backup restored beside its node and proven there (復旧の訓練): by the same commands that the node itself would run.

The copy is a database of its own, which nobody else can reach (`nodes.sealed_copy`), and a folder of its own with the
node's keys. Nothing of it is served, and nothing it finds is mended; both are gone when the rehearsal ends.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tasuki.audits.operations.rehearsals import record_rehearsal
from tasuki.audits.rehearsals import NewRehearsal, RehearsalOutcome
from tasuki.cli.administrator import ADMIN_URL, administrator
from tasuki.cli.findings import Check, State
from tasuki.cli.output import staff_by
from tasuki.evidence.export import write_export
from tasuki.evidence.queries import checkpoint_at, latest_checkpoint
from tasuki.evidence.verifier import Report, verify_export
from tasuki.jobs.checkpoints import own_log
from tasuki.nodes.deployment import node_file
from tasuki.nodes.paths import Home, home
from tasuki.nodes.sealed_copy import CopyError, restored_copy
from tasuki.nodes.sql import rows
from tasuki.nodes.types import Databases, NodeConfig, NodeKind, read_node, write_node
from tasuki.runtime import keys, node, now
from tasuki.shared.dates import civil_date

_AWAY: Final = 3
#: What would take the place of the copy's own settings, and the administrator it must know nothing of.
_NOT_FOR_THE_COPY: Final = frozenset(
    {"DATABASE_URL", "INDEX_DATABASE_URL", "TASUKI_NODE_FILE", "DJANGO_SETTINGS_MODULE", "TASUKI_HOME", ADMIN_URL}
)


def state() -> dict[str, Any]:
    """Return how far the log of this node goes, and what a town has."""
    newest = latest_checkpoint()
    log: dict[str, Any] = {"tree_size": 0, "root": "", "signed_at": ""}
    if newest is not None:
        log = {"tree_size": newest.tree_size, "root": newest.root.hex(), "signed_at": newest.signed_at.isoformat()}
    if node().kind is not NodeKind.TOWN:
        return log
    [counted] = rows(
        "SELECT (SELECT count(*) FROM screening_result) AS results,"
        " (SELECT count(*) FROM screening_resident) AS residents"
    )
    return log | counted


def verified() -> Report:
    """Go through every record of this node's log as an auditor does with its export."""
    with TemporaryDirectory(dir=node().folder) as place:
        export = Path(place) / "log.jsonl"
        write_export(export, origin=own_log(), public_key=keys().log.public_key())
        return verify_export(export, [])


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found of a backup; `state` is empty where the copy could not tell."""

    checks: Sequence[Check]
    state: Mapping[str, Any]


def rehearse(backup: Path, folder: Path | None) -> Sequence[Check]:
    """Restore a backup of this node into a copy and look at it there; a town keeps what came of it.

    :param folder: the node's folder as it was backed up; None for the one in use.
    """
    own = node()
    try:
        found = _looked_at(own, backup, folder or own.folder)
    except CopyError as error:
        found = _Found([Check("restored", State.PROBLEM, str(error))], {})
    return [*found.checks, _recorded(backup, found)] if own.kind is NodeKind.TOWN else found.checks


def _looked_at(own: NodeConfig, backup: Path, folder: Path) -> _Found:
    source = str(conninfo_to_dict(own.databases.owner)["dbname"])
    started = time.monotonic()
    with (
        administrator() as admin,
        restored_copy(admin, source, backup) as copy,
        _home_of_copy(own, folder, copy.url) as place,
    ):
        checks = [Check("restored", State.OK, f"{time.monotonic() - started:.1f}秒 / seconds")]
        checks.append(_tables(own, copy.url))
        if checks[-1].state is State.PROBLEM:
            return _Found(checks, {})
        status, told = _asked(place, own.name, "restored-state", "--verify")
        checks.append(_log_holds(status, told))
        if told:
            checks.append(_log_is_ours(told))
        if own.kind is NodeKind.TOWN:
            checks.append(_reconciled(*_asked(place, own.name, "reconcile"), told))
    return _Found(checks, told)


@contextmanager
def _home_of_copy(own: NodeConfig, folder: Path, url: str) -> Iterator[Home]:
    """Make a data folder with nothing but the node's settings and keys in it, whose database is the copy."""
    of_copy = Home(home().run / f"restored-{own.name}")
    if of_copy.path.exists():
        # Left behind by one that was killed: no other of this node is under way, or the copy could not be made.
        shutil.rmtree(of_copy.path)
    try:
        of_copy.make()
        file = node_file(of_copy, own.name)
        file.parent.mkdir(mode=0o700)
        for one in folder.iterdir():
            if one.is_file():
                shutil.copy(one, file.parent)
        everywhere = Databases(runtime=url, owner=url, index=url, index_owner=url)
        databases = everywhere if own.kind is NodeKind.TOWN else Databases(runtime=url, owner=url)
        write_node(_settings(file, own.name).model_copy(update={"databases": databases}), file)
        yield of_copy
    finally:
        shutil.rmtree(of_copy.path)


def _settings(file: Path, name: str) -> NodeConfig:
    """Read the settings that were backed up.

    :raises CopyError: when they cannot be read or are another node's.
    """
    try:
        settings = read_node(file)
    except (OSError, ValueError) as error:
        # What is wrong with a field would quote it, and passwords are among them.
        raise CopyError("フォルダの node.toml を読めません / no readable node.toml in the folder") from error
    if settings.name != name:
        raise CopyError(f"フォルダは {settings.name} のものです / the folder is that of {settings.name}")
    return settings


def _asked(place: Home, name: str, *command: str) -> tuple[int, dict[str, Any]]:
    """Run a command as the copy; give its status and what it printed, nothing where it broke off."""
    environment = {key: value for key, value in os.environ.items() if key not in _NOT_FOR_THE_COPY}
    done = subprocess.run(  # noqa: S603 — our own arguments; no shell
        [sys.executable, "-m", "tasuki.cli", *command, "--node", name, "--json"],
        env=environment | {"TASUKI_HOME": str(place.path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    told: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {}
    return done.returncode, told


def _tables(own: NodeConfig, url: str) -> Check:
    """Say whether the backup has the tables of the present version."""
    lacking = _migrations(own.databases.owner) - _migrations(url)
    if lacking:
        said = f"版が古く、移行が{len(lacking)}件足りません。そのときの版で戻し、tasuki migrate で新しくします"
        return Check("tables", State.PROBLEM, f"{said} / {len(lacking)} migrations behind: restore with that version")
    return Check("tables", State.OK, "今の版です / of this version")


def _migrations(url: str) -> set[tuple[str, str]]:
    """Return the migrations a database has had; none where it is no node's."""
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT to_regclass('django_migrations') IS NULL").fetchone() == (True,):
            return set()
        return set(connection.execute("SELECT app, name FROM django_migrations").fetchall())


def _log_holds(status: int, told: Mapping[str, Any]) -> Check:
    if not told:
        said = f"戻した写しで調べられません(終了コード{status}) / the copy could not be looked at (status {status})"
        return Check("log", State.PROBLEM, said)
    if status:
        return Check("log", State.PROBLEM, f"壊れたところ{told['problems']}件 / {told['problems']} problems")
    return Check("log", State.OK, f"{told['records']}件すべて確かめました / every record verified")


def _log_is_ours(told: Mapping[str, Any]) -> Check:
    """Say whether the copy's log is the beginning of this node's own, and how much came after it."""
    kept, newest = checkpoint_at(told["tree_size"]), latest_checkpoint()
    if kept is None or newest is None or kept.root.hex() != told["root"]:
        said = "この写しの証跡は、このノードの証跡の始まりではありません / its log is not the beginning of this node's"
        return Check("log is ours", State.PROBLEM, said)
    after = newest.tree_size - kept.tree_size
    said = f"{kept.signed_at:%Y-%m-%d %H:%M}Zまで。その後の{after}件は写しにありません / {after} records came after it"
    return Check("log is ours", State.OK, said)


def _reconciled(status: int, compared: Mapping[str, Any], told: Mapping[str, Any]) -> Check:
    """Say what differs between the copy and the gateway; where work went on since the backup, something must."""
    if status == _AWAY:
        return Check("gateway", State.UNREACHABLE, "中間サーバーに届かず、突き合わせていません / not compared: away")
    if not compared:
        return Check("gateway", State.PROBLEM, f"突き合わせられません / could not be compared (status {status})")
    if not compared["differences"]:
        return Check("gateway", State.OK, f"{compared['replicas']}件が一致します / replicas agree")
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(compared["found"].items()))
    newest = latest_checkpoint()
    worked_since = newest is not None and newest.tree_size > told.get("tree_size", newest.tree_size)
    said = f"違い / differences: {kinds}"
    return Check("gateway", State.ADVICE if worked_since else State.PROBLEM, said)


def _recorded(backup: Path, found: _Found) -> Check:
    """Keep in the town's register what came of the rehearsal."""
    at, by = now(), staff_by("rehearse-restore")
    with backup.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    broken = [check.name for check in found.checks if check.state is State.PROBLEM]
    outcome = RehearsalOutcome.RESTORED
    if broken:
        outcome = RehearsalOutcome.PARTLY if found.state else RehearsalOutcome.FAILED
    kept = record_rehearsal(
        found=NewRehearsal(
            rehearsed_on=civil_date(at),
            backup=f"{backup.name} {digest[:16]}",
            outcome=outcome,
            tree_size=found.state.get("tree_size"),
            root=found.state.get("root", ""),
            results=found.state.get("results"),
            residents=found.state.get("residents"),
            note="tasuki rehearse-restore: " + "; ".join(f"{check.name} {check.state}" for check in found.checks),
        ),
        by=by,
        at=at,
    )
    return Check("recorded", State.OK, f"復旧の訓練に記録しました / kept as {outcome.value} ({kept})")
