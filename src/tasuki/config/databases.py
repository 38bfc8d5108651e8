"""Django's view of a node's databases: `default`, and in a town the person index under its own role."""

import os
from typing import Any

from django.db.models import Model
from psycopg.conninfo import conninfo_to_dict

from tasuki.nodes.database import COMMAND, INDEX_SCHEMA, is_on_this_machine
from tasuki.nodes.types import NodeConfig, NodeKind

INDEX_ALIAS = "index"
INDEX_APPS = {"persons"}


#: A gateway and the network run a handful of statements over and over, each a list of keys against large tables. They
#: are planned once a connection, but long lists anew each time (`nodes.sql`). The plan made while a table was still
#: small must be right when it is large, so only look-ups by index are left to choose from.
HOT_PATH = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"

#: Whatever somebody looks for at a console, the exchange goes first: a page that takes longer is given up.
FOR_PEOPLE = "-c statement_timeout=15s"

#: How long a request waits for a connection: longer than a busy pool makes it, and shorter than whoever asked waits.
POOL_SECONDS = 5.0
#: How long a command waits, with which nobody else waits: a busy machine may take seconds to open a connection.
COMMAND_POOL_SECONDS = 30.0


def connection_settings(url: str, *, schema: str = "", pool: bool = True, hot: bool = False) -> dict[str, Any]:
    """Return Django's settings for a PostgreSQL URL; `hot` for the nodes whose statements are always the same."""
    parts = conninfo_to_dict(url)
    options: dict[str, Any] = {"server_side_binding": True, "prepare_threshold": 1 if hot else None}
    if pool:
        patience = COMMAND_POOL_SECONDS if COMMAND in os.environ else POOL_SECONDS
        options["pool"] = {"min_size": 1, "max_size": 24, "timeout": patience}
        if hot:
            # A remembered plan is never older than this.
            options["pool"]["max_lifetime"] = 60
    if schema:
        options["options"] = f"-c search_path={schema}"
    if hot:
        options["options"] = HOT_PATH
    if not is_on_this_machine(url):
        # Whoever sits between must not read along, nor answer in the server's place.
        parts.setdefault("sslmode", "verify-full")
    extra = {key: value for key, value in parts.items() if key not in {"dbname", "user", "password", "host", "port"}}
    return {
        "ENGINE": "tasuki.config.postgresql",
        "NAME": parts["dbname"],
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
        "OPTIONS": options | extra,
    }


def database_settings(node: NodeConfig, *, as_owner: bool, for_people: bool = False) -> dict[str, dict[str, Any]]:
    """Return DATABASES. DATABASE_URL and INDEX_DATABASE_URL, where set, take the place of the node's file.

    :param for_people: for the console of a node, whose statements are of every kind and must not hold up the exchange.
    """
    if node.kind is NodeKind.PORTAL:
        # It keeps nothing, whatever the environment offers.
        return {}
    own = node.databases
    main = os.environ.get("DATABASE_URL") or (own.owner if as_owner else own.runtime)
    hot = node.town is None and not as_owner and not for_people
    databases = {"default": connection_settings(main, pool=not as_owner, hot=hot)}
    if for_people and not as_owner:
        databases["default"]["OPTIONS"] |= {
            "options": FOR_PEOPLE,
            "pool": {"min_size": 1, "max_size": 4, "timeout": POOL_SECONDS},
        }
    if node.town is not None:
        index = os.environ.get("INDEX_DATABASE_URL") or (own.index_owner if as_owner else own.index) or main
        databases[INDEX_ALIAS] = connection_settings(index, schema=INDEX_SCHEMA, pool=not as_owner)
    return databases


class IndexRouter:
    """Sends the person index to its own alias, and everything else away from it."""

    def db_for_read(self, model: type[Model], **_hints: object) -> str:
        return INDEX_ALIAS if model._meta.app_label in INDEX_APPS else "default"

    db_for_write = db_for_read

    def allow_relation(self, first: Model, second: Model, **_hints: object) -> bool:
        return (first._meta.app_label in INDEX_APPS) == (second._meta.app_label in INDEX_APPS)

    def allow_migrate(self, db: str, app_label: str, **_hints: object) -> bool:
        return (app_label in INDEX_APPS) == (db == INDEX_ALIAS)
