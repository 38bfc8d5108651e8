"""The source as the repository tests read it."""

import ast
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "tasuki"


def modules(*, with_migrations: bool = False) -> Iterator[Path]:
    """Yield every Python file of the package; migrations are generated, so most rules pass over them."""
    for path in sorted(SOURCE.rglob("*.py")):
        if with_migrations or "migrations" not in path.parts:
            yield path


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def name_of(path: Path) -> str:
    """Return the dotted name of a module, without the package's own."""
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


def tracked() -> list[Path]:
    """Return every file that git tracks, or would track once added."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


@cache
def functions_of(path: str) -> frozenset[str]:
    """Return the functions at the top of one of the repository's files; none when it is not there."""
    if not (ROOT / path).is_file():
        return frozenset()
    return frozenset(node.name for node in tree(ROOT / path).body if isinstance(node, ast.FunctionDef))


def missing_tests(names: Iterable[str]) -> list[str]:
    """Return those of the tests named `path::function` that are not there."""
    split = [(name, *name.split("::")) for name in names]
    return [name for name, path, function in split if function not in functions_of(path)]
