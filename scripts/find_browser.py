"""Find a Chromium for the browser journeys, or install Debian's when we may, or say how."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def found() -> str | None:
    """Return the path of a Chromium."""
    given = os.environ.get("TASUKI_CHROMIUM")
    return given or next((path for name in NAMES if (path := shutil.which(name))), None)


def main() -> int:
    """Return 0 once there is a browser."""
    if found():
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("installing Chromium from Debian for the browser journeys", file=sys.stderr)
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update", "-q"], check=True, **quiet)
        subprocess.run(
            ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium-headless-shell"],
            check=True,
            **quiet,
        )
    if found():
        return 0
    print(
        "No Chromium was found. Install one (Debian: apt-get install chromium-headless-shell),"
        " or name it in TASUKI_CHROMIUM.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
