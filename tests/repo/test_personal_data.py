"""Every column says what it tells of a person, and each kind stays where it may be.

The list feeds the items of a 特定個人情報保護評価. It is held against the database itself, so that tables without a
model, such as the evidence, are in it too.
"""

import tomllib
from collections import defaultdict
from typing import Any

import psycopg
import pytest
from django.apps import apps

from tasuki.nodes.types import Databases
from tests.repo.source import ROOT

CONTENT: dict[str, Any] = tomllib.loads((ROOT / "docs" / "personal_data.toml").read_text("utf-8"))
CLASSES: dict[str, dict[str, Any]] = CONTENT["class"]
TABLES: dict[str, dict[str, list[str]]] = CONTENT["table"]
#: Never in a gateway or the network, whatever the class says.
FORBIDDEN_OUTSIDE_TOWNS = {"individual_number", "resident_record_code", "name", "contact", "demographic", "life_event"}


@pytest.fixture(scope="module")
def columns(database_urls: Databases) -> dict[str, set[str]]:
    """Return every column of every table of ours, in both schemas, and of every model whatever its migrations."""
    others = tuple(CONTENT["other_packages"])
    found: dict[str, set[str]] = defaultdict(set)
    for url in (database_urls.owner, database_urls.index_owner):
        with psycopg.connect(url) as connection:
            rows = connection.execute(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema IN ('public', 'person_index')"
            ).fetchall()
        for table, column in rows:
            if not table.startswith(others):
                found[table].add(column)
    for config in apps.get_app_configs():
        if config.name.startswith("tasuki."):
            for model in config.get_models():
                found[model._meta.db_table] |= {field.column for field in model._meta.concrete_fields if field.column}
    return found


def test_every_column_has_exactly_one_class(columns: dict[str, set[str]]) -> None:
    listed = [f"{table}.{name}" for table, classes in TABLES.items() for names in classes.values() for name in names]
    known = {f"{table}.{name}" for table, names in columns.items() for name in names}
    assert sorted({name for name in listed if listed.count(name) > 1}) == []
    missing, gone = sorted(known - set(listed)), sorted(set(listed) - known)
    assert not missing, "without a class:\n" + "\n".join(missing)
    assert not gone, "no longer there:\n" + "\n".join(gone)


def test_both_schemas_were_read(columns: dict[str, set[str]]) -> None:
    assert {"gateway_replica", "network_permit", "evidence_entry", "protocol_received_message"} <= set(columns)


def test_every_class_stays_where_it_may_be() -> None:
    strays = [
        f"{table}: {name}"
        for table, classes in TABLES.items()
        for name in classes
        if not table.startswith(tuple(CLASSES[name]["tables"]))
    ]
    assert strays == []


def test_gateways_and_the_network_hold_no_name_no_address_and_no_individual_number() -> None:
    held = {table: set(classes) for table, classes in TABLES.items() if table.startswith(("gateway_", "network_"))}
    assert len(held) > 5
    assert {
        table: sorted(found) for table, classes in held.items() if (found := classes & FORBIDDEN_OUTSIDE_TOWNS)
    } == {}


def test_every_class_is_explained() -> None:
    assert [name for name, entry in CLASSES.items() if not (entry["ja"] and entry["en"])] == []
