"""The files of a pack, from the tables of this node as they stand. All but the evidence."""

import datetime as dt
import platform
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from importlib.metadata import distributions, version
from typing import Any, Final

import orjson

from tasuki.audits.packs.catalogue import contents
from tasuki.audits.packs.types import Content, PackFile, Register
from tasuki.nodes.sql import rows
from tasuki.safeguards.catalogue import clauses, guideline
from tasuki.shared.dates import to_jst
from tasuki.shared.spreadsheets import csv_file

_Made = tuple[PackFile, bytes]
_JSON: Final = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS


def files_of(chosen: Sequence[str], *, since: dt.datetime, until: dt.datetime) -> Iterator[_Made]:
    """Yield the files of what was chosen with their content, each from one query."""
    period = {"since": since, "until": until}
    for content in [one for key, one in contents().items() if key in chosen]:
        for register in content.registers:
            yield _register(content, register, period)
        if content.key in _OTHERS:
            yield from _OTHERS[content.key](content, period)


def _register(content: Content, register: Register, period: Mapping[str, dt.datetime]) -> _Made:
    names = ", ".join(register.columns)
    found = rows(
        f"SELECT {names} FROM {register.table} WHERE {register.period} ORDER BY {register.order}",  # noqa: S608 — our data file
        period,
    )
    # Both words: the Japanese one for who reads it, the other for a program, which is the column of the table.
    head = [f"{ja} {name}" for name, ja in register.columns.items()]
    lines = [[_cell(row[name]) for name in register.columns] for row in found]
    return PackFile(f"registers/{register.name}.csv", content.name, content.holds), csv_file([head, *lines])


def _cell(value: Any) -> object:
    match value:
        case None:
            return ""
        case dt.datetime():
            return to_jst(value).isoformat(timespec="seconds")
        case list():
            return " ".join(map(str, value))
        case _:
            return value


def _signed_checks(content: Content, period: Mapping[str, dt.datetime]) -> Iterator[_Made]:
    """Yield the documents that two people signed in the period, byte for byte."""
    found = rows(
        "SELECT fiscal_year, pdf FROM audits_check WHERE second_signed_at >= %(since)s AND second_signed_at < %(until)s"
        " ORDER BY fiscal_year",
        period,
    )
    for row in found:
        yield PackFile(f"checks/check-{row['fiscal_year']}.pdf", content.name, content.holds), bytes(row["pdf"])


def _safeguards(content: Content, _period: Mapping[str, dt.datetime]) -> Iterator[_Made]:
    listed = [
        {
            "clause": one.identifier,
            "heading": [one.heading.ja, one.heading.en],
            "standing": one.safeguard.standing,
            "does": [one.safeguard.does.ja, one.safeguard.does.en],
            "tests": list(one.safeguard.tests),
        }
        for one in clauses()
    ]
    yield PackFile("safeguards.json", content.name, content.holds), orjson.dumps(listed, option=_JSON)
    measures = [
        {
            "number": one.number,
            "name": [one.name.ja, one.name.en],
            "how": one.how,
            "does": [one.does.ja, one.does.en],
            "safeguards": [each.identifier for each in one.safeguards],
            "tests": list(one.tests),
        }
        for one in guideline().measures
    ]
    yield PackFile("guideline.json", content.name, content.holds), orjson.dumps(measures, option=_JSON)


def _software(content: Content, _period: Mapping[str, dt.datetime]) -> Iterator[_Made]:
    """Yield the versions of everything that runs here, and one digest of them to compare towns and years by."""
    installed = {one.metadata["Name"].lower(): one.version for one in distributions()}
    packages = [f"pkg:pypi/{name}@{number}" for name, number in sorted(installed.items())]
    [database] = rows("SHOW server_version")
    said = {
        "tasuki": version("tasuki"),
        "python": platform.python_version(),
        "postgresql": database["server_version"],
        "packages": packages,
        "packages_sha256": sha256("\n".join(packages).encode()).hexdigest(),
    }
    yield PackFile("software.json", content.name, content.holds), orjson.dumps(said, option=_JSON)


_OTHERS: Final = {"checks": _signed_checks, "safeguards": _safeguards, "software": _software}
