"""Files of the resident register that were taken in, and what was wrong with them."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from tasuki.nodes.sql import rows
from tasuki.screening.copying import copy_lines, escaped
from tasuki.screening.queries import residents as queries
from tasuki.screening.types import ImportProblem
from tasuki.screening.types.residents import RegisterLoad, RegisterReport, RegisterScope
from tasuki.shared.actor import Actor

_PROBLEM = (
    "load_id", "line", "field", "rule", "severity", "message_ja", "message_en", "remedy_ja", "remedy_en", "value",
)  # fmt: skip


@transaction.atomic
def record_load(
    *,
    file_name: str,
    sha256: str,
    scope: RegisterScope,
    total_rows: int,
    residents: RegisterReport,
    numbered: int,
    problems: Sequence[ImportProblem],
    by: Actor,
    at: dt.datetime,
) -> RegisterLoad:
    """Keep what became of a file of the register, for whoever has to look at its problems.

    No evidence of its own: the people and the numbering it brought are on record.
    """
    (stored,) = rows(
        "INSERT INTO screening_register_load (file_name, sha256, scope, total_rows, added, changed, unchanged,"
        " numbered, problems, missing, loaded_at, loaded_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " RETURNING load_id",
        [
            file_name, sha256, scope.value, total_rows, residents.added, residents.changed, residents.unchanged,
            numbered, len(problems), len(residents.missing), at, str(by),
        ],
    )  # fmt: skip
    load_id = stored["load_id"]
    store_problems(load_id, problems)
    found = queries.register_load(load_id)
    if found is None:
        raise LookupError("a load that was just stored must be there")
    return found


def store_problems(load_id: UUID, problems: Sequence[ImportProblem]) -> None:
    """Keep what was wrong with a file of the register or of the protected, in the transaction that takes it in."""
    copy_lines(
        "screening_register_problem",
        _PROBLEM,
        (
            "\t".join(
                (
                    str(load_id), str(one.line), *map(escaped, (
                        one.field, one.rule, one.severity.value, one.message_ja, one.message_en, one.remedy_ja,
                        one.remedy_en, one.value,
                    )),
                )
            )
            for one in problems
        ),
    )  # fmt: skip
