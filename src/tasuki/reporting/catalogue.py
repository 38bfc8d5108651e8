"""Methods and indicators as data: `data/methods.toml`, `data/indicators.toml`."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import Programme
from tasuki.reporting.types import Compare, Edition, Indicator, Threshold


@dataclass(frozen=True, slots=True)
class Method:
    """How a screening was done; `items` are codes of which one shows it, none where nothing else fits."""

    programme: Programme
    code: str
    label_ja: str
    label_en: str
    items: tuple[str, ...]


@cache
def methods() -> tuple[Method, ...]:
    """Return every method, for each programme in the order in which they are tried."""
    return tuple(
        Method(
            Programme(entry["programme"]),
            entry["code"],
            entry["ja"],
            entry["en"],
            tuple(catalogue().item_named(Programme(entry["programme"]), name).code for name in entry.get("items", ())),
        )
        for entry in _read("methods.toml")["method"]
    )


@cache
def editions() -> dict[str, Edition]:
    """Return every edition by its id."""
    return {
        entry["id"]: Edition(
            entry["id"], entry["ja"], entry["en"], entry["in_force_from"], entry["upper_age"], entry["source"]
        )
        for entry in _read("indicators.toml")["edition"]
    }


@cache
def indicators() -> tuple[Indicator, ...]:
    """Return every indicator in the order of the file."""
    return tuple(_indicator(entry) for entry in _read("indicators.toml")["indicator"])


def _indicator(entry: dict[str, Any]) -> Indicator:
    programmes = frozenset(Programme(code) for code in entry["programmes"])
    values = entry.get("value", ())
    return Indicator(
        id=entry["id"],
        label_ja=entry["ja"],
        label_en=entry["en"],
        numerator=tuple(entry["numerator"]),
        denominator=tuple(entry["denominator"]),
        programmes=programmes,
        compare=Compare(entry["compare"]) if "compare" in entry else None,
        thresholds={
            programme: tuple(
                Threshold(editions()[value["edition"]], value["values"][programme], value["status"] == "found")
                for value in values
                if programme in value["values"]
            )
            for programme in programmes
        },
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("tasuki.reporting").joinpath("data", name).read_text("utf-8"))
