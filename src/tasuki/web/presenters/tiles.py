"""Tiles of the home page: a count that opens its list."""

from dataclasses import dataclass
from enum import StrEnum


class Mood(StrEnum):
    """How urgent a count is."""

    DO = "do"
    WAIT = "wait"
    CALM = "calm"


@dataclass(frozen=True, slots=True)
class Tile:
    """One count. Without an address it is only told."""

    label: str
    number: int
    note: str
    mood: Mood
    address: str = ""


def to_do(label: str, number: int, note: str, done: str, address: str) -> Tile:
    """Return a count of what somebody must do; zero is calm and says so."""
    return Tile(label, number, note if number else done, Mood.DO if number else Mood.CALM, address)


def waiting(label: str, number: int, note: str, done: str, address: str = "") -> Tile:
    """Return a count of what will pass by itself."""
    return Tile(label, number, note if number else done, Mood.WAIT if number else Mood.CALM, address)
