"""Nothing in the repository tells of the machine it was written on."""

import re
import socket
from pathlib import Path

from tests.repo.source import ROOT, tracked

#: Places that are the same on every machine say nothing about one of them.
COMMON = {"/", "/tmp", "/var/tmp", "/home", "/root", "/opt", "/srv", "/usr/src", "/var/lib"}  # noqa: S108 — named, not used
HOMES = re.compile(r"/(?:home|Users)/[a-z][\w.-]*/")


def _own_places() -> list[str]:
    """Return the checkout's own folder and the one it lies in, with the home of whoever runs this."""
    places = {str(ROOT), str(ROOT.parent), str(Path.home())}
    return [f"{place}/" for place in sorted(places - COMMON)]


def _texts() -> dict[str, str]:
    found = {}
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content[:8000] and "vendor" not in path.parts:
            found[path.relative_to(ROOT).as_posix()] = content.decode("utf-8", "replace")
    return found


def test_no_file_names_a_folder_of_this_machine() -> None:
    texts = _texts()
    assert [(name, place) for name, text in texts.items() for place in _own_places() if place in text] == []
    assert [(name, found[0]) for name, text in texts.items() if (found := HOMES.search(text))] == []


def test_no_file_names_this_machine() -> None:
    host = socket.gethostname()
    # A container's name is either hexadecimal, which may stand in a hash, or an everyday word.
    word = re.compile(rf"(?<![\w.-]){re.escape(host)}(?![\w.-])")
    if len(host) >= 6 and host not in ("localhost", "debian", "ubuntu"):
        assert [name for name, text in _texts().items() if word.search(text)] == []


def test_packages_come_from_the_public_index_only() -> None:
    lock = (ROOT / "uv.lock").read_text("utf-8")
    hosts = set(re.findall(r"https?://([^/\"]+)", lock))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}
    assert "file://" not in lock
