"""Reads about everyone who moved in, and whether their former town was asked about them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Final

from tasuki.layouts.catalogue import catalogue
from tasuki.linkage.inquiry_files import ABROAD, city_of
from tasuki.linkage.types.inquiry_files import ASK_AGAIN
from tasuki.linkage.types.movers import (
    Coverage,
    DailyMovers,
    Mover,
    Period,
    ProgrammeCoverage,
    ProviderCoverage,
    Standing,
)
from tasuki.nodes.sql import Row, rows
from tasuki.protocol.messages import OPEN_STATES, State
from tasuki.screening.sight import in_sight

# Of several inquiries about one person the one that says most counts: an answer, else what is under way, else the
# newest end. One asked before the person moved in here is about an earlier stay.
_MOVERS: Final = """
WITH origin AS (
  SELECT * FROM unnest(%(codes)s::text[], %(providers)s::text[], %(standings)s::text[])
    AS o(code, provider, standing)),
mover AS MATERIALIZED (
  SELECT r.system_person_number, r.moved_in_date, r.moved_in_from AS origin, o.provider, o.standing
  FROM screening_resident r JOIN origin o ON o.code = r.moved_in_from
  WHERE r.moved_in_date BETWEEN %(first)s AND %(last)s AND r.moved_out_date IS NULL AND r.died_date IS NULL
    AND {sight}),
asked AS (
  SELECT DISTINCT ON (i.system_person_number) i.*, jsonb_path_exists(i.answers, '$[*].payloads[*]') AS is_found
  FROM mover m JOIN linkage_inquiry i ON i.system_person_number = m.system_person_number AND i.provider = m.provider
    AND i.requested_at >= m.moved_in_date::timestamp AT TIME ZONE 'Asia/Tokyo'
  ORDER BY i.system_person_number, i.state = ANY(%(answers)s) OR i.adopted_at IS NOT NULL DESC,
    i.state = ANY(%(open)s) DESC, i.requested_at DESC),
standing AS (
  SELECT m.system_person_number, m.moved_in_date, m.origin, m.provider, a.state, a.requested_at,
    coalesce(a.transaction_number::text, '') AS transaction_number,
    extract(epoch FROM a.received_at - a.requested_at) AS seconds,
    CASE WHEN m.standing <> '' THEN m.standing
      WHEN a.state IS NULL THEN 'NOT_ASKED'
      WHEN a.state = ANY(%(open)s) THEN 'OPEN'
      WHEN a.adopted_at IS NOT NULL THEN 'ADOPTED'
      WHEN a.state = 'received' AND a.is_found THEN 'TO_ADOPT'
      WHEN a.state = ANY(%(answers)s) THEN 'NOTHING'
      ELSE 'ENDED' END AS standing
  FROM mover m LEFT JOIN asked a ON a.system_person_number = m.system_person_number)
"""
_ANSWERS: Final = (State.RECEIVED, State.NOT_SCREENED, State.NO_REPLICA)
_LIST: Final = """
SELECT system_person_number, moved_in_date, origin, provider, standing, state, transaction_number, requested_at
FROM standing WHERE (%(wanted)s::text[] IS NULL OR standing = ANY(%(wanted)s))
  AND (%(provider)s = '' OR provider = %(provider)s)
ORDER BY moved_in_date DESC, system_person_number LIMIT %(limit)s OFFSET %(offset)s
"""
_TO_ASK: Final = """
SELECT system_person_number, provider FROM standing
WHERE (standing = 'NOT_ASKED' OR %(again)s AND standing = 'ENDED' AND state = ANY(%(ask_again)s))
  AND (%(provider)s = '' OR provider = %(provider)s)
ORDER BY provider, system_person_number
"""
_COUNTS: Final = """
SELECT CASE WHEN provider = '' THEN origin ELSE '' END AS origin, provider, grouping(provider) AS is_whole,
  count(*) AS people, percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY seconds)
    FILTER (WHERE standing IN ('TO_ADOPT', 'ADOPTED', 'NOTHING')) AS took,
  array_agg(standing) AS standings
FROM standing WHERE %(provider)s = '' OR provider = %(provider)s
GROUP BY GROUPING SETS ((CASE WHEN provider = '' THEN origin ELSE '' END, provider), ())
ORDER BY people DESC, provider
"""
_PROGRAMMES: Final = """
, named AS (
  SELECT i.system_person_number, d.code, i.state = ANY(%(answers)s) OR i.adopted_at IS NOT NULL AS is_answered,
    EXISTS (SELECT FROM jsonb_array_elements(i.answers) a
      WHERE a ->> 'data_set' = d.code AND jsonb_array_length(a -> 'payloads') > 0) AS is_found
  FROM mover m JOIN linkage_inquiry i ON i.system_person_number = m.system_person_number AND i.provider = m.provider
    AND i.requested_at >= m.moved_in_date::timestamp AT TIME ZONE 'Asia/Tokyo'
  CROSS JOIN unnest(i.data_sets) AS d(code))
SELECT p.programme, count(DISTINCT n.system_person_number) AS asked,
  count(DISTINCT n.system_person_number) FILTER (WHERE n.is_answered) AS answered,
  count(DISTINCT n.system_person_number) FILTER (WHERE n.is_found) AS found
FROM unnest(%(data_sets)s::text[], %(programmes)s::text[]) AS p(code, programme) LEFT JOIN named n ON n.code = p.code
GROUP BY p.programme ORDER BY p.programme
"""


def _movers() -> str:
    return _MOVERS.replace("{sight}", in_sight("r.system_person_number"))


def movers(
    period: Period,
    *,
    standings: Collection[Standing] | None = None,
    provider: str = "",
    limit: int | None = None,
    offset: int = 0,
) -> list[Mover]:
    """Return residents who moved in during a period, newest first, and how asking about each stands."""
    wanted = None if standings is None else sorted(standings)
    found = rows(
        _movers() + _LIST,
        _values(period) | {"wanted": wanted, "provider": provider, "limit": limit, "offset": offset},
    )
    return [_mover(row) for row in found]


def _mover(row: Row) -> Mover:
    state = None if row["state"] is None else State(row["state"])
    return Mover(**row | {"standing": Standing(row["standing"]), "state": state})


def to_ask(period: Period, *, provider: str = "", again: bool = False) -> list[tuple[str, str]]:
    """Return whom nobody was asked about yet, as (宛名番号, provider).

    :param again: also those whose inquiry ended without an answer and may do better now.
    """
    values = _values(period) | {"again": again, "ask_again": sorted(ASK_AGAIN), "provider": provider}
    return [(row["system_person_number"], row["provider"]) for row in rows(_movers() + _TO_ASK, values)]


def standings(period: Period, *, provider: str = "") -> ProviderCoverage:
    """Return how many movers stand how, all together or those from one institution."""
    found = rows(_movers() + _COUNTS, _values(period) | {"provider": provider})
    return next((_provider_coverage(row) for row in found if row["is_whole"]), _EMPTY)


def coverage(period: Period) -> Coverage:
    """Return movers-in against inquiries."""
    values = _values(period) | {"provider": ""}
    counted = [(row["is_whole"], _provider_coverage(row)) for row in rows(_movers() + _COUNTS, values)]
    sets = {code: data_set.programme.value for code, data_set in catalogue().data_sets.items()}
    values |= {"data_sets": list(sets), "programmes": list(sets.values())}
    return Coverage(
        period=period,
        whole=next((one for is_whole, one in counted if is_whole), _EMPTY),
        providers=tuple(one for is_whole, one in counted if not is_whole),
        programmes=tuple(ProgrammeCoverage(**row) for row in rows(_movers() + _PROGRAMMES, values)),
    )


def _provider_coverage(row: Row) -> ProviderCoverage:
    median, slow = row["took"] or (None, None)
    return ProviderCoverage(row["provider"] or "", row["origin"] or "", _counts(row["standings"] or ()), median, slow)


def _counts(standings: Iterable[str]) -> dict[Standing, int]:
    counts: dict[str, int] = defaultdict(int)
    for standing in standings:
        counts[standing] += 1
    return {standing: counts[standing] for standing in Standing}


_EMPTY: Final = ProviderCoverage("", "", _counts(()), None, None)


def _values(period: Period) -> dict[str, object]:
    """Return what every query takes: the period, where each code of origin leads, and the states."""
    found = rows(
        "SELECT DISTINCT moved_in_from AS code FROM screening_resident WHERE moved_in_date BETWEEN %s AND %s",
        [period.first, period.last],
    )
    directory = {
        row["municipality_code"][:5]: row["institution"]
        for row in rows("SELECT municipality_code, institution FROM linkage_provider")
    }
    codes = [row["code"] for row in found]
    leads = [_leads(code, directory) for code in codes]
    return {
        "codes": codes,
        "providers": [provider for provider, _ in leads],
        "standings": [standing for _, standing in leads],
        "first": period.first,
        "last": period.last,
        "answers": list(_ANSWERS),
        "open": sorted(OPEN_STATES),
    }


def _leads(code: str, directory: dict[str, str]) -> tuple[str, str]:
    """Return whom to ask about people from a municipality, or why nobody can be; a ward's people at its city."""
    if not code:
        return "", Standing.NO_ORIGIN.value
    if code[:5] == ABROAD:
        return "", Standing.ABROAD.value
    provider = directory.get(city_of(code[:5]))
    return (provider, "") if provider is not None else ("", Standing.NOT_LISTED.value)


def daily_movers() -> DailyMovers:
    """Return when movers are asked about each day: as the town set it last, else never."""
    found = rows("SELECT hour, days, version FROM linkage_daily_movers ORDER BY version DESC LIMIT 1")
    return DailyMovers(**found[0]) if found else DailyMovers()
