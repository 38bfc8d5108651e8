"""Long work on the real database: taken once, watched, cancelled, and found again after a crash."""

import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoDbBlocker

from tasuki.nodes.sql import rows, run
from tasuki.nodes.types import Databases
from tasuki.shared.actor import staff_actor, system_actor
from tasuki.work import operations, queries
from tasuki.work.operations import MOST_ATTEMPTS
from tasuki.work.running import SEEN_WITHIN, run_next
from tasuki.work.types import Progress, Work, WorkState

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CLERK, WORKER = staff_actor("7", "例示 花子"), system_actor("town")


def clock() -> datetime:
    return AT + timedelta(minutes=1)


def ask(kind: str = "count") -> Work:
    return operations.ask(kind=kind, parameters={"year": 2026}, by=CLERK, at=AT)


def count(work: Work, progress: Progress) -> Mapping[str, object]:
    progress.report(3, 3)
    return {"year": work.parameters["year"]}


@pytest.mark.django_db
class TestInOneTransaction:
    def test_work_is_done_once_with_its_outcome(self) -> None:
        asked = ask()
        done = run_next({"count": count}, by=WORKER, now=clock)
        assert done is not None
        assert (done.work_id, done.state, done.outcome) == (asked.work_id, WorkState.DONE, {"year": 2026})
        assert (done.ended_at, done.asked_by) == (clock(), str(CLERK))
        assert run_next({"count": count}, by=WORKER, now=clock) is None

    def test_the_oldest_comes_first(self) -> None:
        second = operations.ask(kind="count", parameters={"year": 1}, by=CLERK, at=AT + timedelta(seconds=1))
        first = ask()
        done = [run_next({"count": count}, by=WORKER, now=clock) for _ in range(2)]
        assert [one.work_id for one in done if one] == [first.work_id, second.work_id]

    def test_a_fault_is_named_by_its_kind_and_never_by_its_message(self) -> None:
        def stumble(_work: Work, _progress: Progress) -> Mapping[str, object]:
            raise LookupError("架空 花子")

        ask()
        ended = run_next({"count": stumble}, by=WORKER, now=clock)
        assert ended is not None
        assert (ended.state, ended.failure) == (WorkState.FAILED, "LookupError")

    def test_a_kind_that_this_release_does_not_know_fails(self) -> None:
        ask("of yesterday")
        ended = run_next({}, by=WORKER, now=clock)
        assert ended is not None
        assert (ended.state, ended.failure) == (WorkState.FAILED, "UnknownWorkError")

    def test_work_that_waits_is_cancelled_at_once(self) -> None:
        cancelled = operations.cancel(work_id=ask().work_id, by=CLERK, at=AT)
        assert (cancelled.state, cancelled.cancel_asked_by) == (WorkState.CANCELLED, str(CLERK))
        assert run_next({"count": count}, by=WORKER, now=clock) is None

    def test_work_that_is_over_cannot_be_cancelled(self) -> None:
        asked = ask()
        run_next({"count": count}, by=WORKER, now=clock)
        assert operations.cancel(work_id=asked.work_id, by=CLERK, at=AT).cancel_asked_at is None

    def test_work_left_running_waits_again_and_is_given_up_in_the_end(self) -> None:
        asked = ask()
        for attempt in range(1, MOST_ATTEMPTS + 1):
            taken = operations.take_up(by=WORKER, at=AT)
            assert taken is not None
            assert taken.attempts == attempt
            assert operations.take_up_interrupted(by=WORKER, at=AT) == 1
        ended = queries.work(asked.work_id)
        assert ended is not None
        assert (ended.state, ended.failure) == (WorkState.FAILED, "interrupted")

    def test_an_end_without_a_time_is_refused_by_the_database(self) -> None:
        asked = ask()
        with pytest.raises(IntegrityError, match="work_ends_once"), transaction.atomic():
            run("UPDATE work_work SET state = 'DONE' WHERE work_id = %s", [asked.work_id])

    def test_a_file_is_taken_with_a_record_and_forgotten_in_time(self) -> None:
        asked = ask()
        kept = operations.keep_output(
            work_id=asked.work_id, file_name="a.pdf", media_type="application/pdf", content=b"%PDF", by=WORKER, at=AT
        )
        assert [one.size for one in queries.outputs_of(asked.work_id)] == [4]
        assert operations.take_output(output_id=kept.output_id, by=CLERK, at=AT) == b"%PDF"
        recorded = rows("SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind = 'export_taken'")
        assert [str(kept.output_id) in one["body"] for one in recorded] == [True]
        assert operations.forget_outputs(before=AT, by=WORKER, at=AT) == 0
        assert operations.forget_outputs(before=AT + timedelta(seconds=1), by=WORKER, at=AT) == 1
        assert operations.take_output(output_id=kept.output_id, by=CLERK, at=AT) is None


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker, database_urls: Databases) -> Iterator[None]:
    """Let the work be committed, so that another connection sees it, and remove it afterwards."""
    with django_db_blocker.unblock():
        yield
        connection.close()
    with psycopg.connect(database_urls.owner) as owner:
        # Other tests of this worker may have left committed work behind, with what came of it.
        owner.execute("DELETE FROM work_output")
        owner.execute("DELETE FROM work_work")


def test_progress_is_seen_and_the_end_asked_for_while_the_work_has_its_transaction_open(committed: None) -> None:
    seen: list[tuple[int, int]] = []
    started = threading.Event()

    def long(work: Work, progress: Progress) -> Mapping[str, object]:
        with transaction.atomic():
            for turn in range(1, 10_000):
                progress.report(turn, 10_000)
                started.set()
                threading.Event().wait(0.01)
        return {}

    asked = ask()

    def watch(work_id: UUID) -> None:
        started.wait(10)
        for _ in range(100):
            found = queries.work(work_id)
            if found is not None and found.done:
                seen.append((found.done, found.total))
                break
            threading.Event().wait(0.05)
        operations.cancel(work_id=work_id, by=CLERK, at=AT)
        connection.close()

    watcher = threading.Thread(target=watch, args=(asked.work_id,))
    watcher.start()
    ended = run_next({"count": long}, by=WORKER, now=clock)
    watcher.join()
    assert seen
    assert seen[0][1] == 10_000
    assert ended is not None
    assert (ended.state, ended.outcome) == (WorkState.CANCELLED, {})


def test_a_report_after_the_end_was_asked_for_ends_the_work(committed: None) -> None:
    def deaf(work: Work, progress: Progress) -> Mapping[str, object]:
        operations.cancel(work_id=work.work_id, by=CLERK, at=AT)
        threading.Event().wait(3 * SEEN_WITHIN)
        progress.report(1, 2)
        return {"went": "on"}

    ask()
    ended = run_next({"count": deaf}, by=WORKER, now=clock)
    assert ended is not None
    assert ended.state is WorkState.CANCELLED
