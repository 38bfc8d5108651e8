"""A real clamd that knows one signature: a text of ours that harms nobody."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

#: What it takes for harm.
HARMFUL = b"TASUKI-SCANNER-TEST-TEXT-OF-NO-HARM"
#: More than this it does not look at.
LARGEST = 2 * 1024 * 1024
_LONGEST_START = 60.0


@contextlib.contextmanager
def running_scanner() -> Iterator[str]:
    """Run a clamd for the length of the block, and give its address as a node's file names it."""
    program = os.environ.get("TASUKI_CLAMD") or shutil.which("clamd", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program is not None, "clamd is missing: `make programs` installs it"
    folder = Path(tempfile.mkdtemp(prefix="tasuki-clamd-"))
    (folder / "signatures").mkdir()
    (folder / "signatures" / "ours.ndb").write_text(f"Tasuki.Test:0:*:{HARMFUL.hex()}\n")
    place = folder / "socket"
    (folder / "clamd.conf").write_text(
        f"LocalSocket {place}\nDatabaseDirectory {folder / 'signatures'}\nTemporaryDirectory {folder}\n"
        f"Foreground yes\nStreamMaxLength {LARGEST}\nMaxThreads 2\n"
    )
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen([program, "--config-file", str(folder / "clamd.conf")], stdout=said, stderr=said)
    try:
        until = time.monotonic() + _LONGEST_START
        while not place.exists():
            has_ended = process.poll() is not None or time.monotonic() > until
            assert not has_ended, (folder / "said").read_text()
            time.sleep(0.05)
        yield f"unix:{place}"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)
