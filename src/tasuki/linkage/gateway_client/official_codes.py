"""Codes that only municipalities are given: which are filled in, and which a file still lacks."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.replica_plan import plan_of
from tasuki.layouts.types import LayoutVersion
from tasuki.protocol.errors import ExchangeFailed, Phase

#: What the official side of each part of the map looks like.
_FORMS: Final = {
    "inquiry.number_system": r"[0-9]{2}",
    "inquiry.department": r"[ -+\--~]{1,20}",
    "inquiry.user": r"[ -+\--~]{1,20}",
    "inquiry.affair": r"JM[0-9]{14}",
    "procedure": r"JT[0-9]{14}",
    "element": r"[A-Za-z_][A-Za-z0-9_.-]{0,63}",
}
#: The gateway as refusals and failures of files name it.
PEER: Final = "files"
INQUIRY: Final = ("number_system", "department", "user", "affair")


class CodesUnfilled(ExchangeFailed):
    """Nothing was written, because official codes are not filled in; `missing` names every one.

    What was to be written waits, as when the gateway is away: filling the codes in is enough.
    """

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = tuple(sorted(set(missing)))
        super().__init__(PEER, Phase.SEND, f"official codes are not filled in: {', '.join(self.missing)}")


class CodesUnusable(ExchangeFailed):
    """Nothing was written, because the town's own file of codes cannot be used; the reason says where."""

    def __init__(self, reason: str) -> None:
        super().__init__(PEER, Phase.SEND, f"the town's file of official codes: {reason}")


@dataclass(frozen=True, slots=True)
class OfficialCodes:
    """The map from our provisional codes to the official ones; an empty text is a placeholder still to be filled in."""

    values: Mapping[str, str]

    def inquiry(self, name: str) -> str:
        return self.values[f"inquiry.{name}"]

    def procedure(self, ours: str) -> str:
        """Return the official 事務手続コード; one that the map does not know was official already."""
        return self.values.get(f"procedure.{ours}", ours)

    def elements(self, version: LayoutVersion) -> dict[str, str]:
        """Return what each element of a layout version is called officially."""
        return {ours: self._element(version.data_set, ours) for ours in _elements_of(version)}

    def _element(self, data_set: str, ours: str) -> str:
        return self.values.get(f"element_of.{data_set}.{ours}", self.values.get(f"element.{ours}", ""))

    def missing_for_replicas(self, versions: Iterable[LayoutVersion]) -> set[str]:
        """Return what is not filled in of everything these layout versions may write."""
        return {
            f"element.{ours}"
            for version in versions
            for ours, official in self.elements(version).items()
            if not official
        }

    def missing_for_inquiries(self, procedures: Iterable[str]) -> set[str]:
        """Return what is not filled in of everything inquiries about these procedures write."""
        fixed = {f"inquiry.{name}" for name in INQUIRY if not self.inquiry(name)}
        return fixed | {f"procedure.{ours}" for ours in procedures if not self.procedure(ours)}

    def missing(self, procedures: Iterable[str]) -> set[str]:
        """Return everything that is not filled in, of all layout versions and these procedures."""
        versions = [version for data_set in catalogue().data_sets.values() for version in data_set.versions]
        return self.missing_for_replicas(versions) | self.missing_for_inquiries(procedures)


def _elements_of(version: LayoutVersion) -> list[str]:
    plan = plan_of(version)
    return [plan.group, *plan.by_element]


def official_codes(own: Path | None) -> OfficialCodes:
    """Return the map this release ships, with a town's own file laid over it.

    :raises CodesUnusable: when the town's file cannot be read, names something unknown, or a code of a wrong form.
    """
    shipped = _flat(tomllib.loads(_shipped()))
    if own is None:
        return OfficialCodes(shipped)
    try:
        told = _flat(tomllib.loads(own.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CodesUnusable(f"cannot be read ({type(error).__name__}): save it as TOML in UTF-8") from error
    for name, value in told.items():
        _check(name, value, shipped)
    codes = OfficialCodes(shipped | told)
    _check_distinct(codes)
    return codes


def _shipped() -> str:
    return files("tasuki.linkage").joinpath("official_codes.toml").read_text(encoding="utf-8")


def _flat(content: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Give the values of nested tables under their dotted names; what only says where they come from is left out."""
    flat: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{before}{name}.")
        elif before:
            flat[f"{before}{name}"] = value
    return flat


def _check(name: str, value: object, shipped: Mapping[str, str]) -> None:
    part, _, rest = name.partition(".")
    known = name in shipped or part == "procedure"
    if part == "element_of":
        data_set, _, ours = rest.partition(".")
        known = data_set in catalogue().data_sets and f"element.{ours}" in shipped
    if not known:
        raise CodesUnusable(f"{name[:80]} is not in the shipped map; check its spelling")
    form = _FORMS.get(name) or _FORMS["element" if part == "element_of" else part]
    if not isinstance(value, str) or (value and not re.fullmatch(form, value)):
        raise CodesUnusable(f"{name[:80]} has not the form {form}; check the code that was distributed")


def _check_distinct(codes: OfficialCodes) -> None:
    """Refuse two elements of one data set under one official code: nobody could tell them apart again."""
    for data_set in catalogue().data_sets.values():
        for version in data_set.versions:
            named: dict[str, str] = {}
            for ours, official in codes.elements(version).items():
                other = named.setdefault(official, ours) if official else ours
                if other != ours:
                    raise CodesUnusable(f"{other} and {ours} of {version.data_set} have the same code {official}")
