"""Databases and roles of a node: one role owns the tables, another may only use them.

The person index has its own schema and its own pair of roles, so that the role which runs screens and results cannot
read an individual number whatever statement it is made to run.
"""

import secrets
from collections.abc import Iterable

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tasuki.nodes.embedded_postgres import Server
from tasuki.nodes.types import Databases, NodeKind

INDEX_SCHEMA = "person_index"
#: Set in the environment of commands, which wait longer for a connection than a request does.
COMMAND = "TASUKI_COMMAND"


def is_on_this_machine(url: str) -> bool:
    """Say whether a PostgreSQL URL leads to this machine, so that nobody can listen on the way."""
    host = str(conninfo_to_dict(url).get("host") or "")
    return host in {"", "localhost", "127.0.0.1", "::1"} or host.startswith("/")


def create_databases(server: Server, name: str, kind: NodeKind) -> Databases:
    """Create a node's database and roles; safe to repeat, each time with new passwords."""
    database = name.replace("-", "_")
    roles = [database, f"{database}_owner"]
    if kind == NodeKind.TOWN:
        roles += [f"{database}_index", f"{database}_index_owner"]
    passwords = {role: secrets.token_urlsafe(24) for role in roles}
    with psycopg.connect(server.url(), autocommit=True) as admin:
        for role, password in passwords.items():
            _ensure_role(admin, role, password)
        owner = sql.Identifier(f"{database}_owner")
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), owner))
        # Nobody but the node's own roles may even connect.
        admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
        for role in roles:
            admin.execute(
                sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                    sql.Identifier(database), sql.Identifier(role)
                )
            )
    if kind == NodeKind.TOWN:
        with psycopg.connect(server.url(database), autocommit=True) as admin:
            admin.execute(
                sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}").format(
                    sql.Identifier(INDEX_SCHEMA), sql.Identifier(f"{database}_index_owner")
                )
            )

    def url(role: str) -> str:
        return server.url(database, role, passwords[role]) if role in passwords else ""

    return Databases(
        runtime=url(database),
        owner=url(f"{database}_owner"),
        index=url(f"{database}_index"),
        index_owner=url(f"{database}_index_owner"),
    )


def _ensure_role(admin: psycopg.Connection, role: str, password: str) -> None:
    verb = "ALTER" if admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() else "CREATE"
    admin.execute(
        sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
            sql.SQL(verb), sql.Identifier(role), sql.Literal(password)
        )
    )


def grant_runtime(owner_url: str, runtime_url: str, schema: str, append_only: Iterable[str]) -> None:
    """Let the runtime role use every table of a schema, and only add to the append-only ones.

    Does nothing when both URLs name one role, as with a single DATABASE_URL: triggers still guard the records then.
    """
    runtime = psycopg.conninfo.conninfo_to_dict(runtime_url)["user"]
    owner = psycopg.conninfo.conninfo_to_dict(owner_url)["user"]
    if runtime == owner:
        return
    role, place = sql.Identifier(str(runtime)), sql.Identifier(schema)
    with psycopg.connect(owner_url) as connection:
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(place, role))
        connection.execute(
            sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {} TO {}").format(place, role)
        )
        connection.execute(sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA {} TO {}").format(place, role))
        connection.execute(sql.SQL("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {} TO {}").format(place, role))
        # One list names the tables of every schema.
        own = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema]).fetchall()
        for table in sorted(set(append_only) & {name for (name,) in own}):
            connection.execute(
                sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {}.{} FROM {}").format(place, sql.Identifier(table), role)
            )
