"""The portal as an institution on the network, and what the law says of what goes to it, read from one table."""

import datetime as dt
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from tasuki.protocol.transitions import Words


@dataclass(frozen=True, slots=True)
class OwnResults:
    """What holds of people's inquiries about themselves (自己情報), as the portal makes them."""

    words: Words
    procedure: str
    department: str
    article: str
    assessed_on: dt.date
    kept: dt.timedelta
    after_fetch: dt.timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """How often a person may ask for their own results, since a day."""

    since: dt.date
    a_day: int
    same_again: dt.timedelta


@dataclass(frozen=True, slots=True)
class Portal:
    """The table. `is_provisional` says that the original was not read."""

    checked_on: dt.date
    is_provisional: bool
    institution: str
    words: Words
    notices_article: str
    usual: dt.timedelta
    longest: dt.timedelta
    again_after: dt.timedelta
    own_results: OwnResults
    records_article: str
    limits: tuple[Limit, ...]

    def limit(self, on: dt.date) -> Limit | None:
        """Return how often a person may ask on a day; none where nothing is in force, and nobody may."""
        return max((one for one in self.limits if one.since <= on), key=lambda one: one.since, default=None)


@lru_cache(maxsize=1)
def portal() -> Portal:
    """Return the portal as the table describes it."""
    data: dict[str, Any] = tomllib.loads(
        files("tasuki.protocol").joinpath("portal.toml").read_text(encoding="utf-8"),
    )
    notices, own = data["notices"], data["own_results"]
    return Portal(
        checked_on=data["checked_on"],
        is_provisional=data["status"] == "provisional",
        institution=data["institution"],
        words=Words(data["ja"], data["en"]),
        notices_article=notices["article"],
        usual=dt.timedelta(days=notices["usual_days"]),
        longest=dt.timedelta(days=notices["longest_days"]),
        again_after=dt.timedelta(days=notices["again_after_days"]),
        own_results=OwnResults(
            words=Words(own["ja"], own["en"]),
            procedure=own["procedure"],
            department=own["department"],
            article=own["article"],
            assessed_on=own["assessed_on"],
            kept=dt.timedelta(days=own["kept_days"]),
            after_fetch=dt.timedelta(days=own["after_fetch_days"]),
        ),
        records_article=data["own_records"]["article"],
        limits=tuple(
            Limit(one["from"], one["a_day"], dt.timedelta(hours=one["same_again_hours"])) for one in data["limit"]
        ),
    )
