"""Name the Python that everything is installed with: the fastest here that is new enough.

An interpreter compiled without profile-guided optimisation, as a version manager's often is, takes up to half as long
again as the distribution's of the same version. Nothing that can be asked of it tells the two apart, so it is timed.
Run by any Python 3, and by nothing that is installed.
"""

import subprocess
import sys

CANDIDATES = ("python3", "/usr/bin/python3", "/usr/local/bin/python3")
#: A machine's speed changes from one moment to the next: each is timed several times, in turn.
ROUNDS = 4
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

best = float("inf")
for _ in range(3):
    started = time.perf_counter()
    work()
    best = min(best, time.perf_counter() - started)
print(best)
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
    fastest = dict.fromkeys(CANDIDATES, float("inf"))
    for _ in range(ROUNDS):
        for python in CANDIDATES:
            fastest[python] = min(fastest[python], seconds_of(python))
    usual = CANDIDATES[0]
    best = min(CANDIDATES, key=fastest.__getitem__)
    sys.stdout.write(f"{best if fastest[best] < WORTH_IT * fastest[usual] else usual}\n")


if __name__ == "__main__":
    main()
