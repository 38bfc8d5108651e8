"""Keeps a test database server for as long as the test run that asked for it lives.

Run as `python -m tests.keeper FOLDER PID RUN_FOLDER`: a process of its own, because a worker may end before the
others do.
"""

import os
import shutil
import sys
import time
from pathlib import Path

from tasuki.nodes.embedded_postgres import Cluster
from tasuki.nodes.paths import Home

#: The folder of a run whose PostgreSQL is copied for each set of nodes (see `tests.system.prepared`).
KEPT_NODES = "nodes"
#: Of a PostgreSQL whose data is thrown away: it need not wait for the disk, nor make guessing its passwords slow, which
#: takes half the time of every connection.
THROWN_AWAY = {"fsync": "off", "full_page_writes": "off", "scram_iterations": "1"}


def main(folder: Path, owner: int, run_folder: Path) -> None:
    cluster = Cluster(folder, THROWN_AWAY)
    server = cluster.start()
    ready = folder.with_suffix(".ready")
    ready.with_suffix(".part").write_text(f"{server.port} {server.password}")
    ready.with_suffix(".part").rename(ready)
    while Path(f"/proc/{owner}").exists():
        time.sleep(0.2)
    ready.unlink()
    cluster.destroy()
    Cluster(Home(run_folder / KEPT_NODES).postgres).destroy()
    shutil.rmtree(run_folder)


if __name__ == "__main__":
    os.setsid()
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
