"""Runs as town A, in a process of its own: results, replicas, letters, searches, printed as JSON.

Usage: python -m bench.town DATA_FOLDER, with TASUKI_HOME set and the gateways, network and J-LIS stand-in running.
"""

import json
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg

from bench import searches
from bench.figures import percentile, repeated


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
    files = sorted((data / "kaku" / "results").iterdir())
    imported, import_seconds = _timed(lambda: import_files(files, MAPPINGS, preview_only=False))
    sent, send_seconds = _timed(send_changes)
    letters, letter_seconds = result_notices()
    found = sorted(searches.milliseconds()) if searches.fill() else []
    town = node().databases.owner
    print(
        json.dumps(
            {
                "results": imported["imported"],
                "import": import_seconds,
                "import_floor": copy_floor(town, "screening_result"),
                "replicas": sent["replicas"],
                "register": send_seconds,
                "letters": letters,
                "letter_seconds": letter_seconds,
                "search_p95": percentile(found, 0.95),
            }
        )
    )


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

    def once() -> float:
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

    return repeated(once)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
