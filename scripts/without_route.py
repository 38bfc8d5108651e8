"""Run a command in a network of its own that has no way out: only this machine, at its loopback address, is there.

python scripts/without_route.py COMMAND …
    runs it; where no such network may be made, says so and runs it as it is
python scripts/without_route.py --count FILE COMMAND …
    also writes how often somebody tried to reach the outside; ends with status 3 where no such network may be made
"""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

NEW_NETWORK, NEW_USER = 0x40000000, 0x10000000
SET_FLAGS = 0x8914  # SIOCSIFFLAGS
UP_AND_RUNNING = 0x1 | 0x40
#: Says to what runs here that there is no way out.
MARK = "TASUKI_WITHOUT_ROUTE"
NOT_PERMITTED = 3


def leave_the_network() -> None:
    """Put this process, and all it starts, into a network of its own.

    :raises OSError: when that is not permitted here.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()
    kinds = NEW_NETWORK if user == 0 else NEW_NETWORK | NEW_USER
    if libc.unshare(kinds) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    if kinds & NEW_USER:
        # Stay who we are: files keep their owner, and nobody becomes root.
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sH14x", b"lo", UP_AND_RUNNING))


def attempts() -> int:
    """Return how often a process of this network asked for an address there is no way to."""
    names, values = (line.split()[1:] for line in Path("/proc/net/snmp").read_text().splitlines() if line[:3] == "Ip:")
    old = dict(zip(names, values, strict=True))["OutNoRoutes"]
    new = dict(line.split() for line in Path("/proc/net/snmp6").read_text().splitlines())["Ip6OutNoRoutes"]
    return int(old) + int(new)


def main(arguments: list[str]) -> int:
    """Run the command; return its status."""
    count = None
    if arguments[:1] == ["--count"]:
        count, arguments = Path(arguments[1]), arguments[2:]
    try:
        leave_the_network()
    except OSError as error:
        print(f"a network without a way out is not permitted here ({error.strerror})", file=sys.stderr)
        if count is not None:
            return NOT_PERMITTED
        os.execvp(arguments[0], arguments)  # noqa: S606 — what we were asked to run
    os.environ[MARK] = "1"
    if count is None:
        os.execvp(arguments[0], arguments)  # noqa: S606 — what we were asked to run
    before = attempts()
    status = subprocess.run(arguments, check=False).returncode
    count.write_text(str(attempts() - before))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
