"""What part of a snapshot a page shows, read from its address; nothing in it concerns anybody."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, QueryDict

from tasuki.layouts.types import Programme
from tasuki.reporting import queries
from tasuki.reporting.rules import BANDS
from tasuki.reporting.types import Dimension, Filter, Snapshot

#: The oldest age of the newer edition's indicators.
UPPER_AGE = 74


@dataclass(frozen=True, slots=True)
class Choice:
    """The snapshot and which of its screenings."""

    snapshot: Snapshot
    programme: Programme
    wanted: Filter

    def wanted_programme_only(self) -> Filter:
        """Return the whole programme, whatever part of it was chosen."""
        return Filter(programme=self.programme)

    def query(self, **changed: str) -> str:
        """Return the part of an address that leads to this choice, some of it changed."""
        wanted = self.wanted
        stated = {
            "programme": self.programme.value,
            "method": wanted.method,
            "encounter": "" if wanted.encounter is None else wanted.encounter or "unknown",
            "sex": wanted.sex,
            "age_band": wanted.age_band,
            "is_first": "" if wanted.is_first is None else "1" if wanted.is_first else "0",
            "facility": "" if wanted.facility is None else wanted.facility or "unknown",
            "upper_age": "" if wanted.upper_age is None else str(wanted.upper_age),
        }
        return urlencode({name: value for name, value in (stated | changed).items() if value})


def chosen(request: HttpRequest, snapshot_id: UUID) -> Choice:
    """Read what an address asks for.

    :raises Http404: when there is no such snapshot or part of it.
    """
    found = queries.snapshot(snapshot_id)
    if found is None:
        raise Http404
    try:
        programme = Programme(request.GET.get("programme") or Programme.LUNG)
    except ValueError as error:
        raise Http404 from error
    return Choice(found, programme, _wanted(request.GET, programme))


def _wanted(asked: QueryDict, programme: Programme) -> Filter:
    band = asked.get("age_band", "")
    if band and band not in BANDS:
        raise Http404
    return Filter(
        programme=programme,
        method=asked.get("method", ""),
        encounter=_or_unknown(asked.get("encounter", "")),
        sex=asked.get("sex", ""),
        age_band=band,
        is_first={"1": True, "0": False}.get(asked.get("is_first", "")),
        facility=_or_unknown(asked.get("facility", "")),
        upper_age=UPPER_AGE if asked.get("upper_age") else None,
    )


def _or_unknown(value: str) -> str | None:
    """Read a part that may be asked for as not known, which an address cannot say with nothing."""
    return None if not value else "" if value == "unknown" else value


def parameter_of(dimension: Dimension, value: str) -> dict[str, str]:
    """Return the part of an address that picks a group of a dimension."""
    return {dimension.value: value or "unknown"}
