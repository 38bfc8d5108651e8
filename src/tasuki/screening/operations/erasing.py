"""Taking back results whose time is over, so that the gateway hears of it before they go (消去)."""

import datetime as dt
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import run
from tasuki.screening.types import HistoryAct
from tasuki.shared.actor import Actor

_KEEP_FORMER: Final = """
INSERT INTO screening_result_history (result_id, revision, act, ended_at, ended_by, reason, former)
SELECT result_id, revision, %s, %s, %s, '', to_jsonb(r) FROM screening_result r
WHERE result_id = ANY(%s) AND withdrawn_at IS NULL
"""
_TAKE_BACK: Final = """
WITH taken AS (
  UPDATE screening_result SET withdrawn_at = %s, revision = revision + 1, recorded_at = %s, recorded_by = %s
  WHERE result_id = ANY(%s) AND withdrawn_at IS NULL
  RETURNING result_id, system_person_number, revision
)
INSERT INTO screening_outbox (kind, system_person_number, result_id, revision, created_at)
SELECT 'RESULT', system_person_number, result_id, revision, %s FROM taken
"""


@transaction.atomic
def take_back_results(*, result_ids: Sequence[UUID], by: Actor, at: dt.datetime) -> int:
    """Withdraw every one of these results that still stands, and give how many; one record for all of them."""
    listed = list(result_ids)
    run(_KEEP_FORMER, [HistoryAct.WITHDRAWN.value, at, str(by), listed])
    taken = run(_TAKE_BACK, [at, at, str(by), listed, at])
    if taken:
        append(kind=EntryKind.RESULT_WITHDRAWN, body={"count": taken, "by": str(by)}, at=at)
    return taken
