"""A small town's year for the tests of invitations: people of every kind, their list, their letters in a box."""

import datetime as dt
from random import Random
from uuid import UUID, uuid4

from tasuki.eligibility.operations.lists import recompute
from tasuki.invitations.operations.coupons import issue_coupons
from tasuki.invitations.operations.refusals import RefusalRecorded, record_refusal
from tasuki.invitations.operations.reminders import send_reminders
from tasuki.invitations.operations.targets import freeze_targets
from tasuki.invitations.types import RefusalReason, Run
from tasuki.layouts.types import Programme
from tasuki.nodes.sql import run
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.types import ResidentRow
from tests.integration.eligibility.random_town import fill
from tests.integration.screening.town import AT, BY, resident

ON = dt.date(2026, 11, 23)
YEAR = 2026
UNTIL = dt.date(2027, 3, 31)
CANCER = (Programme.LUNG, Programme.BREAST, Programme.STOMACH, Programme.CERVIX, Programme.COLORECTAL)


class Box:
    """Takes files as a run hands them over."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def __call__(self, file_name: str, content: bytes) -> None:
        assert file_name not in self.files
        self.files[file_name] = content


def chance_of(seed: int) -> Random:
    return Random(seed)  # noqa: S311 — the same people every time


def random_town(people: int, seed: int) -> list[str]:
    """Enter random people with random pasts; some protected, some without an address, some who refused."""
    chance = chance_of(seed)
    numbers = fill(people, chance, on=ON)
    changed: list[ResidentRow] = []
    for number in numbers[::7]:
        kind = chance.choice(["protected", "nowhere"])
        changed.append(
            resident(
                number,
                birth_date=dt.date(1960, 1, 1),
                sex="2",
                address="" if kind == "nowhere" else "架空区秘密町1-1",
                protected_from=dt.date(2026, 4, 1) if kind == "protected" else None,
            )
        )
    register_residents(rows=changed, by=BY, at=AT, reason="test")
    for number in numbers[::5]:
        refuse(number, chance.choice([None, *CANCER]))
    return numbers


def refuse(
    person: str,
    programme: Programme | None = None,
    start: dt.date = dt.date(2026, 4, 1),
    until: dt.date | None = None,
) -> int:
    outcome = record_refusal(
        person=person, programme=programme, reason=RefusalReason.PERSONS_WISH, note="例示の申出", valid_from=start,
        valid_to=until, by=BY, at=AT,
    )  # fmt: skip
    assert isinstance(outcome, RefusalRecorded)
    return outcome.refusal_id


def freeze(*programmes: Programme, at: dt.datetime = AT, run_id: UUID | None = None) -> Run:
    done = freeze_targets(
        run_id=run_id or uuid4(), fiscal_year=YEAR, programmes=programmes or tuple(Programme), by=BY, at=at
    )
    assert isinstance(done, Run)
    return done


def compute(at: dt.datetime = AT) -> None:
    recompute(fiscal_year=YEAR, by=BY, at=at)


def issue(box: Box | None = None, *, at: dt.datetime = AT, run_id: UUID | None = None) -> Run:
    done = issue_coupons(
        run_id=run_id or uuid4(), fiscal_year=YEAR, valid_until=UNTIL, town="架空区", deliver=box or Box(), by=BY, at=at
    )
    assert isinstance(done, Run)
    return done


def remind(
    box: Box | None = None, *programmes: Programme, days: int = 30, at: dt.datetime = AT, run_id: UUID | None = None
) -> Run:
    done = send_reminders(
        run_id=run_id or uuid4(), fiscal_year=YEAR, programmes=programmes or tuple(Programme), days_apart=days,
        town="架空区", deliver=box or Box(), by=BY, at=at,
    )  # fmt: skip
    assert isinstance(done, Run)
    return done


def examine(person: str, programme: Programme, source: str = "OWN") -> None:
    """Let a result of this year come in."""
    run(
        "INSERT INTO screening_result (system_person_number, programme, stage, fiscal_year, sequence, fee_class, items,"
        " absent, warnings, source, source_institution, revision, recorded_at, recorded_by)"
        " VALUES (%s, %s, '1', %s, 9, '', '{}', '{}', '[]', %s, '', 1, %s, 'STAFF:7')",
        [person, programme.value, YEAR, source, AT],
    )
