"""Name the Python that everything is installed with: the fastest here that is new enough.

An interpreter compiled without profile-guided optimisation, as a version manager's often is, takes up to half as long
again as the distribution's of the same version. Nothing that can be asked of it tells the two apart, so it is timed.
Run by any Python 3, and by nothing that is installed.
"""

import statistics
import subprocess
import sys

CANDIDATES = ("python3", "/usr/bin/python3", "/usr/local/bin/python3")
#: A machine's speed may double from one second to the next: each is compared with the first several times, in turn.
ROUNDS = 11
#: Faster by less than this may be chance; the one that PATH names is kept then.
WORTH_IT = 0.9
# Without the modules that make an environment, nothing can be installed with it.
TIMED = """
import sys
assert sys.version_info >= (3, 11)
import ensurepip, time, venv

def work():
    found = {}
    for number in range(60_000):
        key = str(number % 1000)
        found[key] = found.get(key, 0) + number
    return "".join(f"<{key}>{value}</{key}>" for key, value in found.items())

work()
started = time.perf_counter()
work()
print(time.perf_counter() - started)
"""


def seconds_of(python: str) -> float:
    """Return how long an interpreter takes over some work; infinite where it is missing, too old or incomplete."""
    try:
        done = subprocess.run([python, "-c", TIMED], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return float("inf")
    return float(done.stdout)


def main() -> None:
    """Print the name of the interpreter."""
    usual, *others = CANDIDATES
    shares: dict[str, list[float]] = {python: [] for python in others}
    for _ in range(ROUNDS):
        compared_with = seconds_of(usual)
        for python in others:
            shares[python].append(seconds_of(python) / compared_with)
    best = min(others, key=lambda python: statistics.median(shares[python]))
    sys.stdout.write(f"{best if statistics.median(shares[best]) < WORTH_IT else usual}\n")


if __name__ == "__main__":
    main()
