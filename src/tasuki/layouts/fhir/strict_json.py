"""Reads JSON from strangers: bounded in size and depth, no key twice, numbers as they are written.

The fast parser of this project takes the last of two equal keys without a word and turns 0.850 into 0.85; both matter
in a medical document, so the standard one is used, behind limits of ours.
"""

import codecs
import json
import re
from typing import Any, Final

LARGEST: Final = 48 * 1024 * 1024
DEEPEST: Final = 40
# An unclosed string runs to the end, so that no text is looked at twice.
_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_SICK: Final = re.compile("[\x00\ud800-\udfff]")


class Number(str):
    """A number as it was written."""

    __slots__ = ()


class BrokenJson(Exception):
    """The text cannot be used; `rule` says why, with the `fact` its wording names."""

    def __init__(self, rule: str, path: str = "", fact: object = "") -> None:
        super().__init__(rule)
        self.rule, self.path, self.fact = rule, path, fact


def parse(content: bytes) -> Any:
    """Parse JSON into dicts, lists, text, `Number`s, truth and None.

    :raises BrokenJson: when it is no JSON, or JSON that nobody may send.
    """
    if len(content) > LARGEST:
        raise BrokenJson("fhir_too_large", fact=LARGEST // 1024**2)
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BrokenJson("fhir_wrong_charset", fact=error.start) from error
    _check_depth(text)
    try:
        parsed = json.loads(
            text, object_pairs_hook=_object, parse_float=Number, parse_int=Number, parse_constant=_no_constant
        )
    except json.JSONDecodeError as error:
        raise BrokenJson("fhir_not_json", fact=f"{error.lineno}:{error.colno}") from error
    _check_text(parsed)
    return parsed


def _check_depth(text: str) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        sign = text[token.start()]
        if sign in "[{":
            depth += 1
            if depth > DEEPEST:
                raise BrokenJson("fhir_too_deep", fact=DEEPEST)
        elif sign != '"':
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise BrokenJson("fhir_key_twice", key[:60].encode("utf-8", "replace").decode())
        _check_text(key)
        _check_text(value)
        found[key] = value
    return found


def _check_text(value: object) -> None:
    """Refuse text that cannot be stored; objects were looked at when they were made."""
    if isinstance(value, str):
        if _SICK.search(value) is not None:
            raise BrokenJson("fhir_bad_character")
    elif isinstance(value, list):
        for one in value:
            _check_text(one)


def _no_constant(name: str) -> Any:
    raise json.JSONDecodeError(name, name, 0)
