"""A rehearsal in a sealed copy: what it counts, what it finds, that nobody else gets in, and what it leaves behind."""

import json
import os
from pathlib import Path

import psycopg
import pytest

from tasuki import runtime
from tasuki.cli.migrating_work import PROBLEMS, rehearse_export
from tasuki.cutover import queries
from tasuki.cutover.types import DifferenceKind, RehearsalState
from tasuki.jobs.rehearsals import KEPT, forget_reports, reports_folder
from tasuki.nodes.sealed_copy import CopyError
from tasuki.nodes.sql import rows
from tasuki.nodes.types import Databases
from tests.database import server
from tests.integration.cutover.conftest import Rehearsed, copy_of, rehearse_now
from tests.integration.cutover.predecessor import NUMBERS, RESULTS_2025, export, results, rewritten
from tests.integration.screening.files import line

# One town for all of them.
pytestmark = pytest.mark.xdist_group("cutover")


def evidence_of(number: int) -> list[str]:
    """Return what the town's own log says of a rehearsal, in its order."""
    found = rows(
        "SELECT kind FROM evidence_entry WHERE kind LIKE 'rehearsal%%' AND convert_from(body, 'UTF8')::jsonb"
        "->>'rehearsal' = %s ORDER BY entry_id",
        [str(number)],
    )
    return [row["kind"] for row in found]


def test_a_rehearsal_counts_and_compares_every_row(rehearsed: Rehearsed) -> None:
    found = rehearsed.found
    register, first, second = found.files
    assert found.passed
    assert (register.read, register.loaded, register.kinds) == (2, 2, {})
    assert (first.expected, first.read, first.loaded, first.refused_by) == (3, 3, 2, {"unknown_person": 1})
    # A day written without its zero says the same: it is counted, and is no difference.
    assert (first.kinds, first.respelled) == ({"NOT_LOADED": 1}, 1)
    assert (second.loaded, second.kinds) == (2, {})
    [difference] = queries.differences_of(found.number)
    assert (difference.file, difference.line, difference.field) == ("51-2024.csv", 4, "unknown_person")


def test_a_rehearsal_proves_the_way_back_and_leaves_nothing_but_its_record(rehearsed: Rehearsed) -> None:
    found = rehearsed.found
    assert (found.way_back, found.differing) == (True, ())
    assert found.tables > 80
    assert rehearsed.counts[0] == rehearsed.counts[1]
    assert rehearsed.left == set()
    assert evidence_of(found.number) == ["rehearsal_begun", "rehearsal_ended", "rehearsal_copy_dropped"]
    bodies = b"".join(
        bytes(row["body"]) for row in rows("SELECT body FROM evidence_entry WHERE kind LIKE 'rehearsal%%'")
    )
    assert not any(number.encode() in bodies for number in NUMBERS)


def test_no_role_of_the_node_gets_into_the_copy_which_signs_nobody_in(rehearsed: Rehearsed) -> None:
    copy = rehearsed.copy
    assert set(copy["refused"]) == {"runtime", "owner", "index", "index_owner"}
    assert all("permission denied for database" in said for said in copy["refused"].values())
    had, held = list(copy["had"].values()), list(copy["held"].values())
    assert all(count > 0 for count in had)
    assert held == [0, 0, *had[2:]]
    assert copy["environment"] == "dummy"


def test_what_a_killed_rehearsal_left_behind_went_with_the_next(rehearsed: Rehearsed) -> None:
    left = queries.rehearsal(rehearsed.killed)
    assert (left.state, left.copy_dropped_at is not None) == (RehearsalState.BROKEN_OFF, True)
    assert evidence_of(rehearsed.killed) == ["rehearsal_copy_dropped"]


def test_planted_differences_and_a_broken_way_back_are_found(
    place: Path, committed: Databases, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row is of another's reading, which the import takes with a warning; one more is refused than was agreed on.

    Taking results back touches a table it should not, as a careless extension of the database might.
    """
    planted = (RESULTS_2025[0], line(宛名番号=NUMBERS[1], カナ氏名="ｶｸｳ ﾊﾅｺ"))
    export(place, refused=0)
    rewritten(place, results(place, "51-2025.csv", planted))
    url = server().url(committed.runtime.rsplit("/", 1)[1])
    with psycopg.connect(url) as admin:
        admin.execute(
            "CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " UPDATE screening_facility SET name = name || '！'; RETURN NULL; END $$;"
            "CREATE TRIGGER planted AFTER UPDATE ON screening_result FOR EACH STATEMENT EXECUTE FUNCTION planted()"
        )
    try:
        assert rehearse_export(place, as_json=True) == PROBLEMS
    finally:
        with psycopg.connect(url) as admin:
            admin.execute("DROP FUNCTION planted CASCADE")
    said = json.loads(capsys.readouterr().out)
    found = queries.rehearsal(said["rehearsal"])
    assert (found.passed, [one.is_as_expected for one in found.files]) == (False, [True, False, False])
    assert (found.way_back, found.differing) == (False, ("screening_facility",))
    other = [one for one in queries.differences_of(found.number) if one.kind is not DifferenceKind.NOT_LOADED]
    where = ("51-2025.csv", 3, "カナ氏名", DifferenceKind.CHANGED)
    assert [(one.file, one.line, one.field, one.kind) for one in other] == [where]
    # The values stand in the report alone, which only the node may read.
    report = Path(said["report"])
    assert report.stat().st_mode & 0o777 == 0o600
    assert "51-2025.csv,3,カナ氏名,値が変わった / value changed,ｶｸｳ ﾊﾅｺ,タスキザキ　タツヤ" in report.read_text(
        "utf-8-sig"
    )


def test_there_is_one_rehearsal_at_a_time(place: Path, committed: Databases) -> None:
    """The one that could not begin is on record, and not taken for one that found something."""
    export(place)
    with psycopg.connect(server().url()) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [copy_of(committed)])
        with pytest.raises(CopyError, match="another rehearsal is under way"):
            rehearse_now(place)
    assert queries.rehearsals(1)[0].state is RehearsalState.BROKEN_OFF
    assert not (reports_folder() / f"rehearsal-{queries.rehearsals(1)[0].number}.csv").exists()


def test_reports_go_when_no_change_over_needs_them_any_more(committed: Databases) -> None:
    folder = reports_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    old, new = folder / "rehearsal-old.csv", folder / "rehearsal-new.csv"
    for file in (old, new):
        file.write_bytes(b"")
    long_ago = (runtime.now() - KEPT).timestamp() - 1
    os.utime(old, (long_ago, long_ago))
    forget_reports()
    assert (old.exists(), new.exists()) == (False, True)
