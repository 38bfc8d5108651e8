"""A sealed copy of a node's database: made for a rehearsal, open to a role of its own alone, dropped with that role.

Schema and rows come from the database by PostgreSQL's own programs, in one snapshot, while the node works; or from a
backup. Neither the node's roles
nor anybody's but the server's administrator can connect to the copy; the password of its role is in the memory of the
process that made it and nowhere else.
"""

import os
import secrets
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tasuki.nodes.embedded_postgres import binaries
from tasuki.nodes.errors import DeploymentError

_COPIED, _RESTORED = "_rehearsal", "_restored"
_VARIABLES: Final = {
    "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT",
}  # fmt: skip


class CopyError(DeploymentError):
    """The sealed copy could not be made."""


@dataclass(frozen=True, slots=True)
class SealedCopy:
    """A copy: its database, and how its only role reaches it."""

    database: str
    url: str = field(repr=False)


@contextmanager
def sealed_copy(admin_url: str, source: str, *, without_rows: Sequence[str]) -> Iterator[SealedCopy]:
    """Make a sealed copy of a database for the length of the block.

    :param admin_url: of the server's administrator, who alone may make databases and roles.
    :param without_rows: patterns of tables, with their schema, of which the copy has the form and no row.
    :raises CopyError: when it cannot be made, or another rehearsal of this database is under way.
    """

    def fill(copy: SealedCopy) -> None:
        _copy_over(make_conninfo(admin_url, dbname=source), copy.url, without_rows)

    with _filled(admin_url, source + _COPIED, fill) as copy:
        yield copy


@contextmanager
def restored_copy(admin_url: str, source: str, backup: Path) -> Iterator[SealedCopy]:
    """Restore a backup of a database (`pg_dump --format=custom`) into a sealed copy for the length of the block.

    :param admin_url: of the server's administrator, who alone may make databases and roles.
    :raises CopyError: when it cannot be restored, or another restore of this database is being rehearsed.
    """
    with _filled(admin_url, source + _RESTORED, lambda copy: _restore(backup, copy)) as copy:
        yield copy


@contextmanager
def _filled(admin_url: str, name: str, fill: Callable[[SealedCopy], None]) -> Iterator[SealedCopy]:
    """Make a database and its role, fill it, and drop both; what a killed process left behind is dropped first."""
    try:
        # Not `with connect(…)`, which would open a transaction that dropping a database may not run in.
        admin = psycopg.connect(admin_url, autocommit=True)
    except psycopg.OperationalError as error:
        raise CopyError(f"the administrator's database cannot be reached: {str(error).splitlines()[0]}") from error
    with admin:
        _lock(admin, name)
        _drop(admin, name)
        try:
            copy = _empty_copy(admin, admin_url, name)
            fill(copy)
            yield copy
        finally:
            _drop(admin, name)


def _lock(admin: psycopg.Connection, name: str) -> None:
    """Keep every other rehearsal of this database out for as long as the connection lives."""
    taken = admin.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name]).fetchone()
    if taken is None or not taken[0]:
        raise CopyError("リハーサルがほかで動いています / another rehearsal is under way")


def _empty_copy(admin: psycopg.Connection, admin_url: str, name: str) -> SealedCopy:
    password, quoted = secrets.token_urlsafe(24), sql.Identifier(name)
    try:
        admin.execute(
            sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
                quoted, sql.Literal(password)
            )
        )
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(quoted, quoted))
        admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(quoted))
    except psycopg.Error as error:
        raise CopyError(f"the copy cannot be made: {str(error).splitlines()[0]}") from error
    return SealedCopy(name, make_conninfo(admin_url, dbname=name, user=name, password=password))


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def _copy_over(source_url: str, copy_url: str, without_rows: Sequence[str]) -> None:
    """Copy schema and rows, as one snapshot shows them; nobody's grants go along."""
    dump = [
        str(binaries() / "pg_dump"), "--no-owner", "--no-privileges", "--no-comments", "--no-publications",
        "--no-subscriptions", *(f"--exclude-table-data={one}" for one in without_rows),
    ]  # fmt: skip
    restore = [str(binaries() / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "--single-transaction"]
    with (
        subprocess.Popen(dump, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment(source_url)) as out,  # noqa: S603 — our own arguments; no shell
        subprocess.Popen(restore, stdin=out.stdout, stderr=subprocess.PIPE, env=_environment(copy_url)) as into,  # noqa: S603 — as above
    ):
        if out.stdout is not None:
            # Ours is a second end of that pipe, and would keep the dump waiting for ever once its reader has died.
            out.stdout.close()
        said = into.communicate()[1] or (out.stderr.read() if out.stderr is not None else b"")
    if out.returncode or into.returncode:
        raise CopyError(f"the copy cannot be filled: {_fault(said)}")


def _restore(backup: Path, copy: SealedCopy) -> None:
    """Fill a copy from a backup, all or nothing; owners and grants are those of the copy."""
    restore = [
        str(binaries() / "pg_restore"), "--no-owner", "--no-privileges", "--no-comments", "--no-publications",
        "--no-subscriptions", "--exit-on-error", "--single-transaction", f"--dbname={copy.database}", str(backup),
    ]  # fmt: skip
    done = subprocess.run(restore, stderr=subprocess.PIPE, env=_environment(copy.url), check=False)  # noqa: S603 — our own arguments; no shell
    if done.returncode:
        raise CopyError(f"the backup cannot be restored: {_fault(done.stderr)}")


def _fault(said: bytes) -> str:
    """Give the line that names the fault, without the value it may end with; those below may quote a row."""
    first = next(iter(said.decode(errors="replace").splitlines()), "no reason given")
    return first.partition(': "')[0]


def _environment(url: str) -> dict[str, str]:
    """Tell a program where to connect by its environment: arguments can be read by everybody on the machine."""
    parts = conninfo_to_dict(url)
    said = {_VARIABLES[name]: str(value) for name, value in parts.items() if name in _VARIABLES and value is not None}
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"} | said
