"""Every event our code logs is in the catalogue with exactly its fields, and nothing else gets into a log."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tasuki.config.logging import UNKNOWN_EVENT, catalogue, only_catalogued
from tests.repo.source import SOURCE, modules, name_of, tree

CONTENT: dict[str, Any] = tomllib.loads((SOURCE / "config" / "log_events.toml").read_text("utf-8"))
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
#: Fields that would tell of a person, whatever their words: no field may be called so.
PERSONAL = re.compile(r"name$|kana|birth|address|person|resident|number|code|sex|result|text|value|body|query|user")


Call = tuple[str, str, frozenset[str]]


# Not when the module is imported: every process that runs tests imports it, and one of them needs this.
@cache
def logged() -> tuple[Call, ...]:
    """Give every call that logs: where, the event, its fields. An event that is not written out counts as none."""
    return tuple(_logged())


def _logged() -> Iterator[Call]:
    for path in modules():
        for node in ast.walk(tree(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS):
                continue
            if not (isinstance(node.func.value, ast.Name) and node.func.value.id in ("log", "logger", "logging")):
                continue
            first = node.args[0] if len(node.args) == 1 else None
            event = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else "?"
            yield name_of(path), event, frozenset(keyword.arg or "**" for keyword in node.keywords)


def test_every_event_is_in_the_catalogue_with_exactly_its_fields() -> None:
    assert len(logged()) > 15
    assert [one for one in logged() if catalogue().get(one[1]) != one[2]] == []


#: Where the logs of other packages are set up, which writes nothing.
SET_UP = {"config.logging", "accounts.apps"}


def test_nothing_else_writes_logs() -> None:
    others = [
        f"{name_of(path)}: {ast.unparse(node)}"
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        # Writing out every call of every module would take seconds.
        if node.func.attr in ("getLogger", "get_logger")
        if ast.unparse(node.func) in ("logging.getLogger", "structlog.get_logger")
        if not (name_of(path) in SET_UP or ast.unparse(node) == "structlog.get_logger()")
    ]
    assert others == []


def test_no_event_of_the_catalogue_is_without_a_use() -> None:
    assert set(catalogue()) == {event for _, event, _ in logged()}


def test_every_entry_says_what_it_means_and_every_field_what_it_holds() -> None:
    for code, event in CONTENT["event"].items():
        assert re.fullmatch(r"[A-Z]+(-[A-Z]+)*-[0-9]{3}", code)
        assert event["ja"], code
        assert event["en"], code
        assert set(event["fields"]) <= set(CONTENT["field"]), code
    used = {field for event in CONTENT["event"].values() for field in event["fields"]}
    assert used == set(CONTENT["field"])


def test_no_field_is_called_as_something_of_a_person_would_be() -> None:
    assert [field for field in CONTENT["field"] if PERSONAL.search(field)] == []


@pytest.mark.parametrize(
    ("event", "kept"),
    [
        ({"event": "JOB-002 database_failed", "loop": "seal", "person": "架空 花子"}, {"loop": "seal"}),
        ({"event": "looking for 架空 花子", "loop": "seal"}, {}),
    ],
)
def test_what_the_catalogue_does_not_name_does_not_get_through(event: dict[str, Any], kept: dict[str, Any]) -> None:
    written = only_catalogued(None, "info", event | {"level": "info"})
    assert "花子" not in str(written)
    assert {key: value for key, value in written.items() if key not in ("event", "level")} == kept
    assert written["event"] in (event["event"], UNKNOWN_EVENT)
