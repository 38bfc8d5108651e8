"""Runs as town A, in a process of its own: results, replicas, letters, searches, printed as JSON.

Usage: python -m bench.town DATA_FOLDER, with TASUKI_HOME and BENCH_GATEWAY_DATABASE set and the gateways, network and
J-LIS stand-in running.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from bench import searches
from bench.figures import percentile

#: Names the variable that says where the gateway's database is, whose rows are the floor of P2.
GATEWAY_DATABASE = "BENCH_GATEWAY_DATABASE"
#: Single imports differ by half on a shared machine, and so do single floors: fewer would be a throw of dice.
IMPORTS = 7
REGISTRATIONS = 5
EMPTY = (
    "TRUNCATE screening_result, screening_outbox, screening_import_batch, screening_import_row,"
    " screening_import_problem, screening_import_problem_row, eligibility_change CASCADE"
)


def main(data: Path) -> None:
    """Import the register untimed, then time results and replicas."""
    from tasuki.cli.node import become

    become("town-a")
    from tasuki.cli.importing import import_facility_file, import_files
    from tasuki.cli.linking import send_changes
    from tasuki.cli.output import staff_by
    from tasuki.cli.provision import apply_members
    from tasuki.demo.story import MAPPINGS, MEMBERS
    from tasuki.jobs.town import number_cipher
    from tasuki.linkage.register import import_register
    from tasuki.linkage.types import SYSTEM
    from tasuki.runtime import node, now

    apply_members(MEMBERS)
    import_facility_file(data / "facilities.csv")
    import_register(
        file=data / "kaku" / "register.csv",
        file_name="register.csv",
        system=SYSTEM,
        cipher=number_cipher(),
        by=staff_by("bench"),
        at=now(),
    )
    send_changes()
    with psycopg.connect(node().databases.owner, autocommit=True) as connection:
        # A register of everybody is loaded once; the server would tidy up after it in the midst of the first imports.
        connection.execute("VACUUM (ANALYZE)")
    files = sorted((data / "kaku" / "results").iterdir())
    imports = imported_again_and_again(lambda: import_files(files, MAPPINGS, preview_only=False))
    registrations = registered_again_and_again(send_changes)
    letters, letter_seconds = result_notices()
    found = sorted(searches.milliseconds()) if searches.fill() else []
    print(
        json.dumps(
            {
                **imports,
                **registrations,
                "letters": letters,
                "letter_seconds": letter_seconds,
                "search_p95": percentile(found, 0.95),
            }
        )
    )


def imported_again_and_again(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Import into an empty town several times, each time with a COPY of the same rows right after; give the medians.

    A shared machine changes its speed within minutes: measured apart, one of the two may have had the faster ones.
    """
    from tasuki.runtime import node

    owner = node().databases.owner
    seconds, floors = [], []
    for place in range(IMPORTS):
        if place:
            with psycopg.connect(owner, autocommit=True) as connection:
                connection.execute(EMPTY.encode())
        imported, taken = _timed(work)
        seconds.append(taken)
        floors.append(copy_floor(owner, "screening_result"))
    return {"results": imported["imported"], "import": median(seconds), "import_floor": median(floors)}


def registered_again_and_again(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Register the same replicas several times, as `imported_again_and_again` imports.

    The gateway is emptied each time but the first, when it holds what little it was told before.
    """
    from tasuki.runtime import node

    owner, gateway = node().databases.owner, os.environ[GATEWAY_DATABASE]
    seconds, floors = [], []
    with psycopg.connect(owner, autocommit=True) as town, psycopg.connect(gateway, autocommit=True) as other:
        town.execute("CREATE TABLE bench_outbox AS TABLE screening_outbox")
        for place in range(REGISTRATIONS):
            if place:
                other.execute("TRUNCATE gateway_replica")
                town.execute("TRUNCATE screening_outbox")
                town.execute("INSERT INTO screening_outbox OVERRIDING SYSTEM VALUE TABLE bench_outbox")
            sent, taken = _timed(work)
            seconds.append(taken)
            floors.append(copy_floor(gateway, "gateway_replica", "taken"))
        town.execute("DROP TABLE bench_outbox")
    return {"replicas": sent["replicas"], "register": median(seconds), "register_floor": median(floors)}


def result_notices() -> tuple[int, float]:
    """Make the result notices of a year, recorded and laid out, and give how many and the seconds."""
    from tasuki.cli.output import staff_by
    from tasuki.followup.operations.letters import make_result_notices
    from tasuki.followup.types import NoticeFilter
    from tasuki.runtime import node, now
    from tasuki.work.types import Unwatched

    sizes: list[int] = []
    started = time.perf_counter()
    made = make_result_notices(
        wanted=NoticeFilter(fiscal_year=2024),
        keep=lambda _name, content: sizes.append(len(content)),
        town=node().own_town().name,
        by=staff_by("bench"),
        at=now(),
        progress=Unwatched(),
    )
    return made.letters, time.perf_counter() - started


def _timed(work: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], float]:
    started = time.perf_counter()
    values = work()
    return values, time.perf_counter() - started


def copy_floor(url: str, table: str, where: str = "true") -> float:
    """Return the seconds a plain COPY of a table's rows takes into an empty table with the same keys and indexes."""
    rows = BytesIO()
    statement = f"COPY (SELECT * FROM {table} WHERE {where}) TO STDOUT"  # noqa: S608 — our own tables
    with (
        psycopg.connect(url) as connection,
        connection.cursor() as cursor,
        cursor.copy(statement.encode()) as out,
    ):
        for block in out:
            rows.write(block)

    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_floor (LIKE {table} INCLUDING ALL)".encode())
        connection.commit()
        started = time.perf_counter()
        with cursor.copy(b"COPY bench_floor FROM STDIN") as into:
            into.write(rows.getvalue())
        connection.commit()
        seconds = time.perf_counter() - started
        cursor.execute(b"DROP TABLE bench_floor")
    return seconds


if __name__ == "__main__":
    main(Path(sys.argv[1]))
