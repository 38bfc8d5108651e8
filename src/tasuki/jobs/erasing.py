"""Erasures that were approved are carried out, each its next step, until they are proven."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

import structlog

from tasuki.erasure import queries
from tasuki.erasure.errors import ErasureError
from tasuki.erasure.operations import carry_on
from tasuki.erasure.types import Subject
from tasuki.linkage.register.reading import FindErased
from tasuki.runtime import keys, node, now, this_system

log = structlog.get_logger()
_PURPOSE: Final = "erasure/1"


def erasure_secret() -> bytes:
    """Return the key under which digests of erasures are made, and what was erased is recognised."""
    return keys().derive(_PURPOSE)


def erased_finder() -> FindErased:
    """Return what tells which people (宛名番号) were erased, by the keyed hash that was kept of each.

    What was erased is read now: a register is looked through while its lines are on their way into the database, which
    cannot be asked meanwhile.
    """
    erased = queries.erased_keys()
    secret = erasure_secret() if erased else b""

    def find(numbers: Sequence[str]) -> set[str]:
        if not erased:
            return set()
        return {number for number in numbers if queries.keyed(secret, Subject.PERSON.value, number) in erased}

    return find


def carry_on_erasures() -> None:
    """Take every approved erasure as far as it goes now; what waits for the gateway is taken up again."""
    kept = dt.timedelta(days=node().own_town().backups_kept_days)
    for erasure_id in queries.to_carry_on():
        try:
            while carry_on(
                erasure_id=erasure_id, secret=erasure_secret(), backups_kept=kept, by=this_system(), at=now()
            ):
                pass
        except ErasureError as fault:
            # One that cannot go on does not keep those behind it waiting.
            log.warning("ERASE-001 erasure_interrupted", erasure_id=str(erasure_id), reason=type(fault).__name__)
