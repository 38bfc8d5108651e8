"""Lists of one institution that go one by one, where two at once would wait for each other or overtake."""

from collections.abc import Iterable
from typing import Final

from tasuki.nodes.sql import run

# Any two constants: what goes one by one.
REPLICAS: Final = 0x5245_504C
HOLDS: Final = 0x484F_4C44

_ONE_BY_ONE: Final = """
SELECT count(pg_advisory_xact_lock(%s, hashtext(institution)))
FROM (SELECT institution FROM unnest(%s::text[]) AS u(institution) ORDER BY hashtext(institution)) AS in_order
"""


def await_turn(what: int, institutions: Iterable[str]) -> None:
    """Wait until no other list of these institutions is under way, and keep others waiting until the transaction ends.

    What is read after this shows what the lists before did.
    """
    run(_ONE_BY_ONE, [what, sorted(set(institutions))])
