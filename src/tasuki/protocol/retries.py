"""How long an inquirer waits before it takes an inquiry up again."""

import datetime as dt
from typing import Final

#: How long a list may be under way before the worker takes its inquiries up again.
FIRST_RETRY: Final = dt.timedelta(seconds=15)
LONGEST_RETRY: Final = dt.timedelta(minutes=5)
#: A held inquiry is asked about again after a twentieth of the time it has waited, within these bounds.
HELD_RETRY: Final = dt.timedelta(seconds=3)


def held_wait(requested_at: dt.datetime, at: dt.datetime) -> dt.timedelta:
    """Return how long after `at` an inquiry that is held is asked about again."""
    return min(max(HELD_RETRY, (at - requested_at) / 20), LONGEST_RETRY)
