"""Erasures that were approved are carried out, each its next step, until they are proven."""

import datetime as dt
from typing import Final

from tasuki.erasure import queries
from tasuki.erasure.operations import carry_on
from tasuki.runtime import keys, node, now, this_system

_PURPOSE: Final = "erasure/1"


def erasure_secret() -> bytes:
    """Return the key under which digests of erasures are made, and what was erased is recognised."""
    return keys().derive(_PURPOSE)


def carry_on_erasures() -> None:
    """Take every approved erasure as far as it goes now; what waits for the gateway is taken up again."""
    kept = dt.timedelta(days=node().own_town().backups_kept_days)
    for erasure_id in queries.to_carry_on():
        while carry_on(erasure_id=erasure_id, secret=erasure_secret(), backups_kept=kept, by=this_system(), at=now()):
            pass
