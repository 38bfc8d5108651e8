"""The table of law, read from data files that cite their articles."""

import datetime as dt
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from tasuki.network.errors import LawDataError
from tasuki.network.types import InstitutionClass, Permission


@lru_cache(maxsize=1)
def permissions() -> tuple[Permission, ...]:
    """Return every row of every table of law, in force or not.

    :raises LawDataError: naming the file and row that is incomplete.
    """
    rows: list[Permission] = []
    for file in sorted(files("tasuki.network").joinpath("law").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            rows += read_permissions(file.name, file.read_text(encoding="utf-8"))
    return tuple(rows)


def read_permissions(name: str, text: str) -> Sequence[Permission]:
    """Read one table of law.

    :raises LawDataError: naming the row that is incomplete.
    """
    content = tomllib.loads(text)
    known = {procedure["code"] for procedure in content.get("procedure", [])}
    return [_permission(name, number, row, known) for number, row in enumerate(content.get("permission", []), 1)]


def _permission(name: str, number: int, row: dict[str, Any], known: set[str]) -> Permission:
    try:
        permission = Permission(
            procedure=row["procedure"],
            inquirer=InstitutionClass(row["inquirer"]),
            provider=InstitutionClass(row["provider"]),
            data_sets=frozenset(row["data_sets"]),
            since=row["from"],
            until=row.get("until"),
            basis=row["basis"],
            valid_for=dt.timedelta(days=row["valid_days"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise LawDataError(f"{name}, permission {number}: {error}") from error
    if permission.procedure not in known:
        raise LawDataError(f"{name}, permission {number}: procedure {permission.procedure} is not described")
    if not permission.basis or not permission.data_sets:
        raise LawDataError(f"{name}, permission {number}: a basis and at least one data set are required")
    return permission
