"""Runs as town A, in a process of its own: the same results imported without others and beside two million.

Usage: python -m bench.growth_town DATA_FOLDER, with TASUKI_HOME set.
"""

import json
import sys
import time
from pathlib import Path

import psycopg

from bench.town import EMPTY

MANY = 2_000_000
# Results of people of other numbers: more people, not more results of each.
_COPY = """
INSERT INTO screening_result
SELECT (jsonb_populate_record(r, jsonb_build_object('result_id', gen_random_uuid(),
  'system_person_number', %s || r.system_person_number))).* FROM bench_results r
"""


def main(data: Path) -> None:
    """Import a ward's results twice, the second time beside two million of others."""
    from tasuki.cli.node import become

    become("town-a")
    from tasuki.cli.importing import import_facility_file, import_files
    from tasuki.cli.output import staff_by
    from tasuki.cli.provision import apply_members
    from tasuki.demo.story import MAPPINGS, MEMBERS
    from tasuki.jobs.town import number_cipher
    from tasuki.linkage.register import import_register
    from tasuki.linkage.types import SYSTEM
    from tasuki.runtime import node, now

    apply_members(MEMBERS)
    import_facility_file(data / "facilities.csv")
    register = data / "kaku" / "register.csv"
    by = staff_by("bench")
    import_register(file=register, file_name=register.name, system=SYSTEM, cipher=number_cipher(), by=by, at=now())
    files = sorted((data / "kaku" / "results").iterdir())

    def timed() -> float:
        began = time.perf_counter()
        import_files(files, MAPPINGS, preview_only=False)
        return time.perf_counter() - began

    timed()
    owner = node().databases.owner
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("CREATE TABLE bench_results AS SELECT * FROM screening_result")
        connection.execute(EMPTY.encode())
        small = timed()
        connection.execute(EMPTY.encode())
        [[own]] = connection.execute("SELECT count(*) FROM bench_results").fetchall()
        for place in range(MANY // own):
            connection.execute(_COPY.encode(), [f"9{place:02}"])
        connection.execute(b"VACUUM (ANALYZE) screening_result")
        large = timed()
        connection.execute(b"DROP TABLE bench_results")
    print(json.dumps({"small": small, "large": large}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
