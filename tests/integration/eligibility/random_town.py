"""Many random people with random pasts, for comparing what is computed in bulk with what is computed one by one."""

import datetime as dt
from random import Random

from django.db import connection

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import Programme
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.types import ResidentRow
from tests.integration.screening.town import AT, BY, resident

ITEMS = {
    Programme.STOMACH: ("endoscopy_judgement", "stomach_xray_judgement", "endoscopy_findings"),
    Programme.CERVIX: ("hpv_test_judgement", "cytology_judgement", "detailed_examination_need"),
}


def fill(people: int, chance: Random, *, on: dt.date) -> list[str]:
    """Enter people of every age, some of whom left or died, with results, withdrawn ones too, and exclusions."""
    residents = [_resident(number, chance, on) for number in range(people)]
    register_residents(rows=residents, by=BY, at=AT, reason="test")
    results, exclusions = [], []
    for one in residents:
        for place in range(chance.randrange(6)):
            results.append(_result(one.system_person_number, place, chance, on))
        if chance.random() < 0.2:
            exclusions.append(_exclusion(one.system_person_number, chance, on))
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO screening_result (system_person_number, programme, stage, fiscal_year, sequence, fee_class,"
            " items, absent, warnings, source, source_institution, revision, recorded_at, recorded_by, withdrawn_at)"
            " VALUES (%s, %s, %s, %s, %s, '', %s, '{}', '[]', %s, %s, 1, now(), 'STAFF:7', %s)",
            results,
        )
        cursor.executemany(
            "INSERT INTO eligibility_exclusion (system_person_number, programme, kind, valid_from, valid_to, note,"
            " recorded_at, recorded_by, ended_date, ended_at, ended_by, ended_reason)"
            " VALUES (%s, %s, %s, %s, %s, '', now(), 'STAFF:7', %s, %s, %s, '')",
            exclusions,
        )
    return [one.system_person_number for one in residents]


def _resident(number: int, chance: Random, on: dt.date) -> ResidentRow:
    day = on + dt.timedelta(days=chance.randint(-400, 200))
    return resident(
        f"{number:010}",
        birth_date=on - dt.timedelta(days=chance.randrange(100 * 365)),
        sex=chance.choice("12"),
        moved_out_date=day if chance.random() < 0.1 else None,
        died_date=day if chance.random() < 0.05 else None,
    )


def _result(number: str, place: int, chance: Random, on: dt.date) -> tuple[object, ...]:
    import orjson

    programme = chance.choice([*Programme, Programme.CERVIX, Programme.CERVIX, Programme.STOMACH])
    source = chance.choice(["OWN", "OWN", "OTHER_MUNICIPALITY", "WORKPLACE"])
    items = {
        catalogue().item_named(programme, name).code: chance.choice("129")
        for name in ITEMS.get(programme, ())
        if chance.random() < 0.6
    }
    return (
        number,
        programme.value,
        chance.choice("1123"),
        on.year - chance.randrange(-1, 8),
        place + 1,
        orjson.dumps(items).decode(),
        source,
        "1000000000000002" if source == "OTHER_MUNICIPALITY" else "",
        AT if chance.random() < 0.15 else None,
    )


def _exclusion(number: str, chance: Random, on: dt.date) -> tuple[object, ...]:
    start = on - dt.timedelta(days=chance.randint(-60, 600))
    until = start + dt.timedelta(days=chance.randint(1, 700)) if chance.random() < 0.5 else None
    ended = start + dt.timedelta(days=chance.randint(0, 700)) if chance.random() < 0.3 else None
    at = AT if ended else None
    kind = chance.choice(["UNDER_TREATMENT", "DIAGNOSED", "OTHER"])
    return (number, chance.choice(list(Programme)).value, kind, start, until, ended, at, "STAFF:7" if ended else None)
