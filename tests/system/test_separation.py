"""Nothing asks the outside: the demonstration works where there is no way out, and no process of it looks for one."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.demo_home import WITHOUT_ROUTE, DemoHome

pytestmark = pytest.mark.system
#: Addresses for documentation: nobody has them.
OUTSIDE = ("192.0.2.1", "2001:db8::1")
ASK = "import socket, sys; print(socket.socket(int(sys.argv[1])).connect_ex((sys.argv[2], 443)))"


@pytest.mark.xdist_group("demo")
def test_no_process_of_the_demonstration_tries_to_reach_the_outside(demo: DemoHome) -> None:
    assert (demo.first.status, demo.first.attempts) == (0, 0)


@pytest.mark.parametrize(("family", "address"), [("2", OUTSIDE[0]), ("10", OUTSIDE[1])])
def test_somebody_who_tried_would_be_counted(family: str, address: str, tmp_path: Path) -> None:
    count = tmp_path / "count"
    ask = [*WITHOUT_ROUTE, "--count", str(count), sys.executable, "-c", ASK, family, address]

    done = subprocess.run(ask, capture_output=True, text=True, check=True)

    assert done.stdout.strip() != "0"
    assert count.read_text() == "1"


def test_the_status_of_what_ran_is_handed_on(tmp_path: Path) -> None:
    ended = subprocess.run([*WITHOUT_ROUTE, "--count", str(tmp_path / "count"), "false"], check=False)
    assert ended.returncode == 1
    assert (tmp_path / "count").read_text() == "0"
