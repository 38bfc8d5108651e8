"""The computed list of a fiscal year: made whole, and kept up to date with what changed.

Triggers mark everybody whose residence, results or exclusions change, in the transaction of the change
(`eligibility_change`). Marks are taken out before the records are read, in the same transaction: a change that
commits meanwhile keeps its own mark, so that a list is either up to date or says how many people it is behind.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from itertools import batched_pages

from django.db import connection, transaction
