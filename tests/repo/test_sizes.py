"""Files and functions stay small enough to be read at once."""

import ast

from tests.repo.source import modules, name_of, tree

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
#: Files that may be longer, and why.
LONGER = {"evidence.verifier": (880, "an auditor's program of its own, which must need no other file of ours")}


def test_no_file_is_longer_than_can_be_kept_in_mind() -> None:
    lines = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in modules()}
    assert {name: count for name, count in lines.items() if count > LONGER.get(name, (MAX_FILE_LINES,))[0]} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    lengths = {
        f"{name_of(path)}.{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: count for name, count in lengths.items() if count > MAX_FUNCTION_LINES} == {}
