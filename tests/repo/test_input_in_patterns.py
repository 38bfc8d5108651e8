"""No pattern is built from input, and no script of ours merges objects that came from outside (ASVS 1.2.9, 15.3.6)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.repo.source import ROOT

COMPILING = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
#: Take their patterns from data that is shipped with the software, or that the operator keeps beside `node.toml`.
FROM_DATA = {
    "src/tasuki/linkage/result_files.py",
    "src/tasuki/linkage/inquiry_files.py",
    "src/tasuki/linkage/gateway_client/official_codes.py",
}
#: Ways by which an object from outside comes to change what every object has.
MERGING = re.compile(
    r"__proto__|\.prototype\b|Object\.assign|JSON\.parse|\beval\(|new Function|innerHTML|for \(\w+ \w+ in "
)


def patterns_of(file: Path) -> Iterator[ast.expr]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in COMPILING:
            base = node.func.value
            if isinstance(base, ast.Name) and base.id == "re" and node.args:
                yield node.args[0]


def is_from_our_code(pattern: ast.expr) -> bool:
    """A literal, a constant by its name, or literals joined with constants and what `re.escape` gives."""
    match pattern:
        case ast.Constant():
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.lstrip("_").isupper()
        case ast.BinOp(left=left, right=right):
            return is_from_our_code(left) and is_from_our_code(right)
        case ast.JoinedStr(values=values):
            return all(is_from_our_code(value) for value in values)
        case ast.FormattedValue(value=value):
            return is_from_our_code(value)
        case ast.Call(func=ast.Attribute(attr="escape")):
            return True
    return False


def test_no_pattern_is_built_from_input() -> None:
    found = [
        str(file.relative_to(ROOT))
        for file in (ROOT / "src").rglob("*.py")
        for pattern in patterns_of(file)
        if not is_from_our_code(pattern)
    ]
    assert set(found) == FROM_DATA


def test_no_script_takes_objects_from_outside() -> None:
    scripts = sorted((ROOT / "src" / "tasuki" / "web" / "static" / "js").glob("*.js"))
    assert len(scripts) >= 4
    assert {file.name: MERGING.findall(file.read_text("utf-8")) for file in scripts} == {
        file.name: [] for file in scripts
    }
