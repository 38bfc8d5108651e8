"""Django's view of a node's databases: `default`, and in a town the person index under its own role."""

import os
from typing import Any

from django.db.models import Model
from psycopg.conninfo import conninfo_to_dict

from tasuki.nodes.database import INDEX_SCHEMA
from tasuki.nodes.types import NodeConfig

INDEX_ALIAS = "index"
INDEX_APPS = {"persons"}


def connection_settings(url: str, *, schema: str = "", pool: bool = True) -> dict[str, Any]:
    """Return Django's settings for a PostgreSQL URL."""
    parts = conninfo_to_dict(url)
    # Parameters travel apart from statements, and a statement seen twice on a connection is planned once: the hot
    # paths are a handful of statements over and over.
    options: dict[str, Any] = {"server_side_binding": True, "prepare_threshold": 2}
    if pool:
        options["pool"] = {"min_size": 1, "max_size": 24, "timeout": 20}
    if schema:
        options["options"] = f"-c search_path={schema}"
    extra = {key: value for key, value in parts.items() if key not in {"dbname", "user", "password", "host", "port"}}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts["dbname"],
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
        "OPTIONS": options | extra,
        "CONN_HEALTH_CHECKS": False,
    }


def database_settings(node: NodeConfig, *, as_owner: bool) -> dict[str, dict[str, Any]]:
    """Return DATABASES. DATABASE_URL and INDEX_DATABASE_URL, where set, take the place of the node's file."""
    own = node.databases
    main = os.environ.get("DATABASE_URL") or (own.owner if as_owner else own.runtime)
    databases = {"default": connection_settings(main, pool=not as_owner)}
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
