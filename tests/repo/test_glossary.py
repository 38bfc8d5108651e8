"""One word for each thing: the glossary and the code agree."""

import ast
import re
import tomllib
from collections.abc import Iterator
from typing import Any

from django.apps import apps

from tests.repo.source import ROOT, modules, name_of, tree

TERMS: list[dict[str, Any]] = tomllib.loads((ROOT / "docs" / "glossary.toml").read_text("utf-8"))["term"]
KANA = re.compile("[ぁ-んァ-ヶー]+")
IDENTIFIER = re.compile("[a-z][a-z0-9_]*")


def test_every_term_is_complete() -> None:
    keys = ("ja", "kana", "en", "context", "meaning", "not", "source")
    assert [
        term["ja"] for term in TERMS if tuple(term) != keys or not all(term[key] for key in keys if key != "not")
    ] == []
    assert [term["ja"] for term in TERMS if not KANA.fullmatch(term["kana"])] == []
    assert [term["en"] for term in TERMS if not IDENTIFIER.fullmatch(term["en"])] == []


def test_a_word_stands_for_one_thing_only() -> None:
    for key in ("ja", "en"):
        words = [term[key] for term in TERMS]
        assert sorted({word for word in words if words.count(word) > 1}) == []


def test_no_word_is_both_used_and_forbidden() -> None:
    forbidden = {word for term in TERMS for word in term["not"]}
    assert sorted(forbidden & {term["en"] for term in TERMS}) == []


def test_every_model_is_called_by_a_term() -> None:
    known = {term["ja"] for term in TERMS}
    named = {
        f"{model._meta.label}: {model._meta.verbose_name}"
        for config in apps.get_app_configs()
        if config.name.startswith("tasuki.")
        for model in config.get_models()
        if str(model._meta.verbose_name) not in known
    }
    assert sorted(named) == []


def _bound(node: ast.AST) -> str:
    """Return the name a node gives to something, if it does."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.arg(arg=name) | ast.keyword(arg=str(name)):
            return name
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            return name
    return ""


def _words(name: str) -> str:
    """Write an identifier as words between underscores, capitals or not: `LinkageCode` is `_linkage_code_`."""
    return f"_{re.sub('(?<=[a-z0-9])(?=[A-Z])', '_', name).lower().strip('_')}_"


def _names() -> Iterator[tuple[str, str]]:
    for path in modules(with_migrations=True):
        yield name_of(path), path.stem
        for node in ast.walk(tree(path)):
            if name := _bound(node):
                yield name_of(path), name


def test_nothing_in_the_code_has_a_forbidden_name() -> None:
    words = sorted({word for term in TERMS for word in term["not"]})
    forbidden = re.compile("|".join(f"_{re.escape(word)}_" for word in words))
    places: dict[str, str] = {}
    for module, name in _names():
        places.setdefault(name, module)
    used = {f"{module}: {name}" for name, module in places.items() if forbidden.search(_words(name))}
    assert sorted(used) == []


def test_the_search_for_forbidden_names_sees_classes_functions_and_parameters() -> None:
    found = {_bound(node) for node in ast.walk(ast.parse("class MyNumber:\n def f(self, atena): self.fugo = atena"))}
    assert {"MyNumber", "f", "atena", "fugo"} <= found
    assert "_my_number_" in _words("MyNumber")
