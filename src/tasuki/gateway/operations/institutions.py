"""Who is served by this gateway, and whose messages are refused for a while."""

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


@transaction.atomic(savepoint=False)
def suspend_institution(*, institution: str, why: str, by: Actor, at: dt.datetime) -> bool:
    """Refuse an institution's messages until it is resumed, and say whether it is served and was not suspended.

    Nothing of it is lost: what it asks waits with its town, what is under way waits here, and the law's periods run on.
    """
    changed = rows(
        "UPDATE gateway_institution SET suspended_at = %s, suspended_why = %s, suspended_by = %s"
        " WHERE institution = %s AND suspended_at IS NULL RETURNING institution",
        [at, why, str(by), institution],
    )
    if changed:
        body = {"institution": institution, "why": why, "by": str(by)}
        append(kind=EntryKind.INSTITUTION_SUSPENDED, body=body, at=at)
    return bool(changed)


@transaction.atomic(savepoint=False)
def resume_institution(*, institution: str, by: Actor, at: dt.datetime) -> bool:
    """Take an institution's messages again, and say whether it was suspended."""
    changed = rows(
        "UPDATE gateway_institution SET suspended_at = NULL, suspended_why = NULL, suspended_by = NULL"
        " WHERE institution = %s AND suspended_at IS NOT NULL RETURNING institution",
        [institution],
    )
    if changed:
        append(kind=EntryKind.INSTITUTION_RESUMED, body={"institution": institution, "by": str(by)}, at=at)
    return bool(changed)
