"""Single results: recorded, corrected, withdrawn, adopted."""

import pytest

from tasuki.screening import queries
from tasuki.screening.operations.results import correct_result, record_result, withdraw_result
from tasuki.screening.types import HistoryAct, Recorded
from tests.integration.screening.town import AT, BY, LUNG_ITEMS, NUMBER, lung, register, resident

pytestmark = pytest.mark.django_db


def test_a_result_reads_back_as_it_was_recorded() -> None:
    register(resident())
    recorded = record_result(person=NUMBER, record=lung(), fee_class="免除", by=BY, at=AT)
    assert isinstance(recorded, Recorded)
    (stored,) = queries.results_of(NUMBER)
    assert (stored.record, stored.fee_class, stored.revision) == (lung(), "免除", 1)


def test_a_correction_and_a_withdrawal_keep_what_was_said_before() -> None:
    register(resident())
    recorded = record_result(person=NUMBER, record=lung(), fee_class="", by=BY, at=AT)
    assert isinstance(recorded, Recorded)
    better = lung(items=LUNG_ITEMS | {"9P505160800000049": "所見なし"})
    correct_result(result_id=recorded.result_id, record=better, fee_class="", reason="転記漏れ", by=BY, at=AT)
    withdraw_result(result_id=recorded.result_id, reason="別人の結果", by=BY, at=AT)
    assert queries.results_of(NUMBER) == []
    withdrawn, corrected = queries.history_of(recorded.result_id)
    assert (corrected.act, corrected.reason, corrected.result.record) == (HistoryAct.CORRECTED, "転記漏れ", lung())
    assert (withdrawn.act, withdrawn.reason, withdrawn.result.record) == (HistoryAct.WITHDRAWN, "別人の結果", better)
    assert [entry.revision for entry in queries.outbox(10) if entry.result_id] == [1, 2, 3]
