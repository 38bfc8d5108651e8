"""Letters of the follow-up as long work: files for a list, kept with the work until they are taken."""

import datetime as dt
from collections.abc import Mapping

from tasuki.followup.operations.letters import (
    Keep,
    make_detail_reminders,
    make_further_test_letters,
    make_result_notices,
)
from tasuki.followup.parameters import cases_from, notices_from, outcome_of, tests_from
from tasuki.runtime import node, now
from tasuki.shared.actor import actor_from
from tasuki.work import operations
from tasuki.work.types import OutputFacts, Progress, Work


def result_notices(work: Work, progress: Progress) -> Mapping[str, object]:
    """Tell people of their results."""
    run = make_result_notices(
        wanted=notices_from(work.parameters),
        keep=_keeping(work),
        town=node().own_town().name,
        by=actor_from(work.asked_by),
        at=now(),
        progress=progress,
        gathered=bool(work.parameters.get("gathered")),
    )
    return outcome_of(run)


def further_tests(work: Work, progress: Progress) -> Mapping[str, object]:
    """Ask people to take another test."""
    kind, fiscal_year, programme = tests_from(work.parameters)
    run = make_further_test_letters(
        kind=kind,
        fiscal_year=fiscal_year,
        programme=programme,
        keep=_keeping(work),
        town=node().own_town().name,
        by=actor_from(work.asked_by),
        at=now(),
        progress=progress,
    )
    return outcome_of(run)


def detail_reminders(work: Work, progress: Progress) -> Mapping[str, object]:
    """Remind people of their detailed examination."""
    run = make_detail_reminders(
        wanted=cases_from(work.parameters),
        deadline=dt.date.fromisoformat(str(work.parameters["deadline"])),
        keep=_keeping(work),
        town=node().own_town().name,
        by=actor_from(work.asked_by),
        at=now(),
        progress=progress,
    )
    return outcome_of(run)


def _keeping(work: Work) -> Keep:
    def keep(file_name: str, content: bytes) -> OutputFacts:
        return operations.keep_output(
            work_id=work.work_id,
            file_name=file_name,
            media_type="application/pdf",
            content=content,
            by=actor_from(work.asked_by),
            at=now(),
        )

    return keep
