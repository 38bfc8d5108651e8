"""Which list of the follow-up is meant, as the parameters of long work hold it: codes, years and days only."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from tasuki.followup.types import CaseFilter, CaseState, LeftOut, LetterRun, NoticeFilter
from tasuki.layouts.types import Programme
from tasuki.letters.types import LetterKind


def parameters_of_cases(wanted: CaseFilter) -> dict[str, object]:
    """Write a list of cases down."""
    return {
        "fiscal_year": wanted.fiscal_year,
        "programme": wanted.programme,
        "states": list(wanted.states),
        "examined_before": _day(wanted.examined_before),
        "only_partly_known": wanted.only_partly_known,
        "ask_again_by": _day(wanted.ask_again_by),
    }


def cases_from(parameters: Mapping[str, object]) -> CaseFilter:
    """Read a list of cases."""
    states = parameters["states"]
    return CaseFilter(
        fiscal_year=_number(parameters["fiscal_year"]),
        programme=_programme(parameters["programme"]),
        states=tuple(CaseState(str(one)) for one in states) if isinstance(states, list) else (),
        examined_before=_date(parameters["examined_before"]),
        only_partly_known=bool(parameters["only_partly_known"]),
        ask_again_by=_date(parameters["ask_again_by"]),
    )


def parameters_of_notices(wanted: NoticeFilter) -> dict[str, object]:
    """Write down which results are told."""
    return {
        "fiscal_year": wanted.fiscal_year,
        "programme": wanted.programme,
        "batch_id": None if wanted.batch_id is None else str(wanted.batch_id),
        "examined_from": _day(wanted.examined_from),
        "examined_to": _day(wanted.examined_to),
    }


def notices_from(parameters: Mapping[str, object]) -> NoticeFilter:
    """Read which results are told."""
    batch = parameters["batch_id"]
    return NoticeFilter(
        fiscal_year=_number(parameters["fiscal_year"]),
        programme=_programme(parameters["programme"]),
        batch_id=None if batch is None else UUID(str(batch)),
        examined_from=_date(parameters["examined_from"]),
        examined_to=_date(parameters["examined_to"]),
    )


def parameters_of_tests(kind: LetterKind, fiscal_year: int, programme: Programme | None) -> dict[str, object]:
    """Write down whom a letter asks to take another test."""
    return {"letter": kind, "fiscal_year": fiscal_year, "programme": programme}


def tests_from(parameters: Mapping[str, object]) -> tuple[LetterKind, int, Programme | None]:
    """Read whom a letter asks to take another test."""
    return (
        LetterKind(str(parameters["letter"])),
        int(str(parameters["fiscal_year"])),
        _programme(parameters["programme"]),
    )


def outcome_of(run: LetterRun) -> dict[str, object]:
    """Write down what came of making letters: results by their ids, nobody's name."""
    return {
        "letters": run.letters,
        "files": run.files,
        "left_out": [[str(result_id), reason] for result_id, _number, reason in run.left_out],
    }


def left_out_from(outcome: Mapping[str, object]) -> list[tuple[UUID, LeftOut]]:
    """Read who was left out of letters, by result, and why."""
    listed = outcome.get("left_out")
    return [(UUID(one[0]), LeftOut(one[1])) for one in listed] if isinstance(listed, list) else []


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _date(value: object) -> date | None:
    return None if value is None else date.fromisoformat(str(value))


def _number(value: object) -> int | None:
    return None if value is None else int(str(value))


def _programme(value: object) -> Programme | None:
    return None if value is None else Programme(str(value))
