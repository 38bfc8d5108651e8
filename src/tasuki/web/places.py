"""Entries of the main navigation, of every kind of node."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the main navigation."""

    address: str
    label: str
    is_current: bool


def is_within(path: str, place: str) -> bool:
    """Say whether a page belongs to an entry; the first page only to itself."""
    return path == place if place == "/" else path.startswith(place)
