"""A town's options, set anew from a fiscal year on."""

import datetime as dt

import orjson
from django.db import transaction

from tasuki.eligibility.catalogue import rule_book
from tasuki.eligibility.errors import RuleDataError
from tasuki.eligibility.options import problems, stored_options
from tasuki.eligibility.types import Options
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import rows
from tasuki.shared.actor import Actor


@transaction.atomic
def set_options(*, options: Options, from_fiscal_year: int, reason: str, by: Actor, at: dt.datetime) -> int:
    """Set what the town does from a fiscal year on, and give the version. Former versions stay as they were.

    :raises RuleDataError: when the options are not possible; forms check them first.
    """
    wrong = problems(options, rule_book())
    if wrong:
        raise RuleDataError("options", wrong[0], "is not possible")
    content = stored_options(options)
    [stored] = rows(
        "INSERT INTO eligibility_options (from_fiscal_year, content, recorded_at, recorded_by, reason)"
        " VALUES (%s, %s, %s, %s, %s) RETURNING id",
        [from_fiscal_year, orjson.dumps(content).decode(), at, str(by), reason],
    )
    version = int(stored["id"])
    append(
        kind=EntryKind.ELIGIBILITY_OPTIONS_SET,
        body={"version": version, "from_fiscal_year": from_fiscal_year, "options": content, "by": str(by)},
        at=at,
    )
    return version
