"""Who is served by this gateway."""

import datetime as dt

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import rows
from tasuki.shared.actor import Actor


@transaction.atomic(savepoint=False)
def register_institution(*, institution: str, town: str, by: Actor, at: dt.datetime) -> None:
    """Serve an institution from now on; `town` is the node whose signature speaks for it.

    What is so already is not recorded again.
    """
    changed = rows(
        "INSERT INTO gateway_institution (institution, town, joined_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (institution) DO UPDATE SET town = excluded.town"
        " WHERE gateway_institution.town <> excluded.town RETURNING institution",
        [institution, town, at],
    )
    if changed:
        body = {"institution": institution, "town": town, "by": str(by)}
        append(kind=EntryKind.INSTITUTION_JOINED, body=body, at=at)
