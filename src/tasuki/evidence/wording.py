"""What alarms mean, in both languages, and after how long silence is one (`data/alarms.toml`). Pure."""

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from tasuki.evidence.types import AlarmReason, AlarmWords


@cache
def _content() -> Mapping[str, Any]:
    return tomllib.loads(files("tasuki.evidence").joinpath("data", "alarms.toml").read_text("utf-8"))


def alarm_words(reason: AlarmReason) -> AlarmWords:
    """Return what a reason means and what to do next."""
    return AlarmWords(**_content()["reason"][reason.value])


def silent_after() -> timedelta:
    """Return how long a peer may go without a checkpoint that agrees."""
    return timedelta(minutes=_content()["limits"]["silent_after_minutes"])
