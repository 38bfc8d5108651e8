"""Find the programs that tests need beside Python's packages, or install Debian's when we may, or say how."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """What is needed, what it is called, and Debian's package of it; a variable may name another."""

    purpose: str
    names: tuple[str, ...]
    package: str
    variable: str

    def is_there(self) -> bool:
        path = f"{os.environ.get('PATH', '')}:/usr/sbin"
        return self.variable in os.environ or any(shutil.which(name, path=path) for name in self.names)


PROGRAMS = (
    Program(
        "a Chromium, for the browser journeys",
        ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
        "chromium-headless-shell",
        "TASUKI_CHROMIUM",
    ),
    Program("clamd, for the tests of uploads", ("clamd",), "clamav-daemon", "TASUKI_CLAMD"),
)


def main() -> int:
    """Return 0 once everything is there."""
    missing = [one for one in PROGRAMS if not one.is_there()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        for one in missing:
            print(f"installing from Debian: {one.purpose}", file=sys.stderr)
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update", "-q"], check=True, **quiet)
        packages = [one.package for one in missing]
        subprocess.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages], check=True, **quiet)
    still = [one for one in missing if not one.is_there()]
    for one in still:
        remedy = f"Install it (Debian: apt-get install {one.package}), or name it in {one.variable}."
        print(f"Not found: {one.purpose}. {remedy}", file=sys.stderr)
    return 1 if still else 0


if __name__ == "__main__":
    sys.exit(main())
