"""Files in which the intermediate server answers inquiries (照会結果ファイル): what each line says, or why not."""

import csv
import datetime as dt
import io
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Final

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.errors import LayoutError, ReplicaError
from tasuki.layouts.replica import from_pairs
from tasuki.protocol.messages import State
from tasuki.shared.dates import JST

#: Larger files are not of this kind: 10,000 lines of the widest layout are under 10 MB.
LARGEST: Final = 32 * 1024 * 1024
DONE: Final = "00"


@dataclass(frozen=True, slots=True)
class Asked:
    """A line that was asked, as the result must repeat it; `is_read` once its answer is kept."""

    person: str
    provider: str
    data_set: str
    is_read: bool = False


@dataclass(frozen=True, slots=True)
class ResultLine:
    """What a good line says, and its bytes."""

    file: int
    line: int
    state: State
    provided_at: dt.datetime | None
    payload: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class SetAside:
    """A line that is set aside, and the kind of problem and the field it lies in; line 0 is the whole file."""

    line: int
    problem: str
    field: str = ""
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class ResultLayout:
    """The layout as data."""

    fields: tuple[tuple[str, re.Pattern[str]], ...]
    labels: Mapping[str, tuple[str, str]] = field(hash=False)
    line_states: Mapping[str, State] = field(hash=False)
    states: Mapping[str, State] = field(hash=False)
    problems: Mapping[str, tuple[str, str]] = field(hash=False)

    def words(self, problem: str, field_name: str, *, english: bool) -> str:
        """Say what is wrong and what to do; an item of a replica is called by its own code."""
        label = self.labels.get(field_name, (field_name, field_name))[english]
        return self.problems[problem][english].format(field=label)


@lru_cache(maxsize=1)
def layout() -> ResultLayout:
    """Return the layout this release ships."""
    content = tomllib.loads(files("tasuki.linkage").joinpath("result_file.toml").read_text(encoding="utf-8"))
    return ResultLayout(
        fields=tuple((row["name"], re.compile(row["form"])) for row in content["field"]),
        labels={row["name"]: (row["ja"], row["en"]) for row in content["field"]},
        line_states={code: State(name) for code, name in content["line_status"].items()},
        states={code: State(name) for code, name in content["data_set_status"].items()},
        problems={name: (row["ja"], row["en"]) for name, row in content["problem"].items()},
    )


#: Gives the line that was asked, by number of the file and line; none where nobody asked that.
WhatWasAsked = Callable[[int, int], Asked | None]


def read_result_file(content: bytes, own: str, asked: WhatWasAsked) -> Iterator[ResultLine | SetAside]:
    """Read a file line by line: each line is good, or set aside with its problem; a bad file is set aside whole."""
    if len(content) > LARGEST:
        yield SetAside(0, "too_large")
        return
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        yield SetAside(0, "encoding")
        return
    if not content.strip():
        yield SetAside(0, "empty")
        return
    seen: set[bytes] = set()
    for number, raw in enumerate(content.splitlines(keepends=True), 1):
        if raw in seen:
            yield SetAside(number, "twice", raw=raw)
            continue
        seen.add(raw)
        try:
            yield _read_line(raw, own, asked)
        except _UnusableError as why:
            yield SetAside(number, why.problem, why.field, raw)


class _UnusableError(Exception):
    """A line cannot be used, and why."""

    def __init__(self, problem: str, field_name: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.field = field_name


def _read_line(raw: bytes, own: str, asked: WhatWasAsked) -> ResultLine:
    if not raw.endswith(b"\r\n"):
        raise _UnusableError("cut_off")
    values, rest = _cells(raw.decode("utf-8").removesuffix("\r\n"))
    for name, form in layout().fields:
        if not form.fullmatch(values[name]):
            raise _UnusableError("form", name)
    if values["inquirer"] != own:
        raise _UnusableError("other_inquirer", "inquirer")
    file, line = int(values["file"]), int(values["line"])
    question = asked(file, line)
    if question is None:
        raise _UnusableError("never_asked", "line")
    if question.is_read:
        raise _UnusableError("answered_before")
    for name in ("person", "provider", "data_set"):
        if values[name] != getattr(question, name):
            raise _UnusableError("other_question", name)
    state = _state(values)
    payload = _payload(values, rest) if state is State.RECEIVED else ""
    return ResultLine(file, line, state, _time(values["provided_at"]), payload, raw)


def _cells(text: str) -> tuple[dict[str, str], list[str]]:
    """Part a line into its named fields and the pairs behind them."""
    try:
        [cells] = csv.reader(io.StringIO(text, newline=""), strict=True)
    except (csv.Error, ValueError) as error:
        raise _UnusableError("fields") from error
    names = [name for name, _ in layout().fields]
    if len(cells) < len(names) or (len(cells) - len(names)) % 2:
        raise _UnusableError("fields")
    return dict(zip(names, cells, strict=False)), cells[len(names) :]


def _state(values: Mapping[str, str]) -> State:
    """Return what the two statuses say. Messages are not kept: they may quote numbers that stay in the index."""
    if values["line_status"] != DONE:
        state = layout().line_states.get(values["line_status"])
        where = "line_status"
    else:
        state = layout().states.get(values["status"])
        where = "status"
    if state is None:
        raise _UnusableError("status", where)
    return state


def _payload(values: Mapping[str, str], rest: Sequence[str]) -> str:
    try:
        version = catalogue().layout_version(values["data_set"], values["layout_version"])
    except LayoutError as error:
        raise _UnusableError("layout_version", "layout_version") from error
    updated_on = _day(values["updated_on"])
    pairs = list(zip(rest[::2], rest[1::2], strict=True))
    try:
        return from_pairs(pairs, layout_version=version, updated_on=updated_on).decode()
    except ReplicaError as error:
        if error.rule == "wrong_count":
            raise _UnusableError("fields") from error
        raise _UnusableError("value", error.element) from error


def _day(text: str) -> dt.date:
    try:
        return dt.datetime.strptime(text, "%Y%m%d").replace(tzinfo=JST).date()
    except ValueError as error:
        raise _UnusableError("form", "updated_on") from error


def _time(text: str) -> dt.datetime | None:
    if not text:
        return None
    try:
        return dt.datetime.strptime(text + "000", "%Y%m%d%H%M%S%f").replace(tzinfo=JST).astimezone(dt.UTC)
    except ValueError as error:
        raise _UnusableError("form", "provided_at") from error
