"""Methods of detailed examinations, and which of them are none: data with their source, in `data/methods.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import Programme


@dataclass(frozen=True, slots=True)
class Method:
    """One way to examine in detail. `only_after` are cytology codes after which alone it is a suitable one."""

    code: str
    label_ja: str
    label_en: str
    suitable: bool
    only_after: frozenset[str]

    def suits(self, items: Mapping[str, str]) -> bool:
        """Say whether it is a detailed examination after a screening with these items."""
        if not self.only_after:
            return self.suitable
        return items.get(_cytology()) in self.only_after


@cache
def methods_of(programme: Programme) -> tuple[Method, ...]:
    """Return the methods of a programme in the order of the file."""
    data = tomllib.loads(files("tasuki.followup").joinpath("data/methods.toml").read_text("utf-8"))
    return tuple(
        Method(
            code=entry["code"],
            label_ja=entry["ja"],
            label_en=entry["en"],
            suitable=entry.get("suitable", True),
            only_after=frozenset(entry.get("only_after", ())),
        )
        for entry in data["method"]
        if programme in entry["programmes"]
    )


def method(programme: Programme, code: str) -> Method | None:
    """Return a method by its code."""
    return next((one for one in methods_of(programme) if one.code == code), None)


@cache
def _cytology() -> str:
    return catalogue().item_named(Programme.CERVIX, "cytology_judgement").code
