"""What a resident's page says of the follow-up and of result notices."""

import datetime as dt
from collections.abc import Sequence

from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.types import Member
from tasuki.followup import queries
from tasuki.followup.rules import further_tests, may_be_told
from tasuki.letters import queries as letters
from tasuki.letters.types import NOTICES, LetterKind
from tasuki.screening.types import StoredResult
from tasuki.web.presenters.followup import case_view
from tasuki.web.presenters.letters import KIND_LABELS
from tasuki.web.presenters.results import result_view
from tasuki.web.templatetags.tasuki import current_language

#: Older results are told from their own page.
SHOWN_RESULTS = 8


def followup_context(
    person: str, results: Sequence[StoredResult], token: str, member: Member, on: dt.date
) -> dict[str, object]:
    """Return what a person's page shows: every case with its state, and of which results the person was told."""
    if not may(member, Permission.VIEW_FOLLOWUP):
        return {"followup_cases": [], "followup_told": []}
    language = current_language()
    cases = queries.cases_of(person)
    return {
        "followup_cases": [case_view(case, token, language, on) for case in cases],
        "followup_told": _told(results, token) if may(member, Permission.PRINT_LETTERS) else [],
    }


def _told(results: Sequence[StoredResult], token: str) -> list[dict[str, object]]:
    language = current_language()
    own = [one for one in results if may_be_told(one)][:SHOWN_RESULTS]
    subjects = [str(one.result_id) for one in own]
    made = letters.last_made(NOTICES, subjects)
    asked = letters.last_made([LetterKind.HPV_RECALL, LetterKind.RETEST], subjects)
    return [
        {
            "result": result_view(one, token, {}, language),
            "told_at": (told_at := made.get(str(one.result_id))),
            "is_changed": told_at is not None and one.recorded_at > told_at,
            "further": [(kind, KIND_LABELS[kind]) for kind in further_tests(one)],
            "asked_at": asked.get(str(one.result_id)),
        }
        for one in own
    ]
