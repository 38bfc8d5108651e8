"""What systems state of people (宛名基本情報): whole lists, the former statements kept."""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.db import connections, transaction

from tasuki.nodes.sql import run
from tasuki.persons.statement_keeping import STAGED, keep_staged
from tasuki.persons.stating import COLUMNS
from tasuki.shared.actor import Actor

ALIAS: Final = "index"
_STAGE: Final = f"CREATE TEMPORARY TABLE {STAGED} ({', '.join(f'{name} text' for name in COLUMNS)}) ON COMMIT DROP"


@transaction.atomic(using=ALIAS)
def state_people(*, system: str, lines: Iterable[bytes], by: Actor, at: dt.datetime) -> int:
    """Take in what a system states of people, and give how many statements are new or say something else now.

    :param lines: blocks in COPY's text form, with the columns of `stating.COLUMNS`; a person may stand in them once.
    """
    run(_STAGE, alias=ALIAS)
    copied = f"COPY {STAGED} ({', '.join(COLUMNS)}) FROM STDIN"
    with connections[ALIAS].cursor() as cursor, cursor.copy(copied) as copy:
        for block in lines:
            copy.write(block)
    # Statistics of a table made a moment ago: without them what follows is planned for a handful of rows.
    run(f"ANALYZE {STAGED}", alias=ALIAS)
    changed = keep_staged(system, by, at)
    run(f"DROP TABLE {STAGED}", alias=ALIAS)
    return changed
