"""What a pack may hold, read from `data/pack.toml`. Pure."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from tasuki.audits.packs.types import Content, Holds, Register


@cache
def contents() -> Mapping[str, Content]:
    """Return everything that may be chosen, by its key, in the order in which it is offered."""
    read = tomllib.loads(files("tasuki.audits").joinpath("data", "pack.toml").read_text("utf-8"))
    return {key: _content(key, entry) for key, entry in read.items()}


def _content(key: str, entry: Mapping[str, Any]) -> Content:
    registers = [Register(name, **one) for name, one in entry.get("register", {}).items()]
    return Content(key, (entry["ja"], entry["en"]), Holds(entry["holds"]), registers)
