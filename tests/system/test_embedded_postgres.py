"""Our supervisor of PostgreSQL: closed folders, clean starts and stops, and recovery from what was left behind."""

import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tasuki.nodes.embedded_postgres import Cluster, EmbeddedPostgresError, Server
from tasuki.nodes.paths import Home
from tests.system.town_client import wait_until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("postgres")]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(Home(tmp_path / "var").postgres)
    yield made
    made.destroy()


def test_it_starts_again_on_the_data_it_had(cluster: Cluster) -> None:
    with psycopg.connect(cluster.start().url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    cluster.stop()

    with psycopg.connect(cluster.start().url()) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_its_folder_is_closed_to_others_and_a_wrong_password_is_refused(cluster: Cluster) -> None:
    server = cluster.start()

    assert stat.S_IMODE(cluster.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url(password="wrong"))


def test_it_listens_on_loopback_only(cluster: Cluster) -> None:
    with psycopg.connect(cluster.start().url()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
        assert connection.execute("SHOW unix_socket_directories").fetchone() == ("",)


def test_a_server_already_running_is_joined_and_left_running(cluster: Cluster) -> None:
    first = cluster.start()

    second = Cluster(cluster.folder).start()

    assert (second.pid, second.port, second.started_here) == (first.pid, first.port, False)


def test_a_server_that_is_stopping_is_waited_for_and_started_again(cluster: Cluster) -> None:
    first = cluster.start()
    with psycopg.connect(first.url()) as connection:
        # Told politely, it lets nobody in any more but waits for those who are in.
        os.kill(first.pid, signal.SIGTERM)
        wait_until(lambda: not _lets_in(first), "the refusal of newcomers")
        leaving = threading.Timer(1.0, connection.close)
        leaving.start()
        following = Cluster(cluster.folder)
        second = following.start()
        leaving.join()
    following.stop()

    assert second.started_here
    assert second.pid != first.pid


def _lets_in(server: Server) -> bool:
    try:
        psycopg.connect(server.url()).close()
    except psycopg.OperationalError:
        return False
    return True


def test_a_stale_lock_of_a_dead_server_does_not_stop_the_next_start(cluster: Cluster) -> None:
    server = cluster.start()
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: not cluster.alive(), "the end of the server")
    assert (cluster.data / "postmaster.pid").exists()

    assert cluster.start().started_here


def test_a_lock_naming_some_other_process_does_not_stop_the_next_start(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data}\n0\n5432\n\n127.0.0.1\n\nready\n")

    assert cluster.start().started_here


def test_the_server_ends_with_a_killed_parent_and_the_next_start_succeeds(cluster: Cluster) -> None:
    program = f"""
        import time
        from pathlib import Path
        from tasuki.nodes.embedded_postgres import Cluster
        print(Cluster(Path({str(cluster.folder)!r})).start().pid, flush=True)
        time.sleep(60)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    wait_until(lambda: not Path(f"/proc/{pid}/stat").exists() or not cluster.alive(), "the end of the server")

    assert cluster.start().started_here


def test_a_half_made_data_folder_is_made_anew(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    (cluster.data / "PG_VERSION").unlink()

    assert cluster.start().started_here


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    made = Cluster(Home(tmp_path / "var").postgres, {"shared_buffers": "nonsense"})

    with pytest.raises(EmbeddedPostgresError, match="shared_buffers"):
        made.start()

    made.destroy()
