"""How far matching has taken in what is stated of people."""

from dataclasses import dataclass
from typing import Final

from tasuki.nodes.sql import rows

ALIAS: Final = "index"


@dataclass(frozen=True, slots=True)
class MatchProgress:
    """Statements that are compared, and those that wait to be."""

    compared: int
    waiting: int


def match_progress() -> MatchProgress:
    """Return how far matching is."""
    (found,) = rows(
        "SELECT (SELECT count(*) FROM persons_match_record) AS compared,"
        " (SELECT count(*) FROM persons_match_waiting) AS waiting",
        alias=ALIAS,
    )
    return MatchProgress(**found)


def is_disputed(records: list[str]) -> bool:
    """Say whether any of these records is in a cluster that nothing may be decided by: somebody has to look first."""
    found = rows(
        "SELECT EXISTS (SELECT FROM persons_match_record WHERE record = ANY(%s) AND is_disputed) AS is_so",
        [records],
        alias=ALIAS,
    )
    return bool(found[0]["is_so"])
