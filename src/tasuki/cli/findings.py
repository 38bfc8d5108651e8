"""What `tasuki doctor` says of one thing it looked at."""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    ADVICE = "advice"
    """Would be a problem where real data is."""
    PROBLEM = "problem"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at, and what was found."""

    name: str
    state: State
    said: str

    def as_json(self) -> dict[str, str]:
        return {key: str(value) for key, value in dataclasses.asdict(self).items()}
