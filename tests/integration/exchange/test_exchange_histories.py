"""Random histories of inquiries: whatever is lost, late or twice, every party is where the law says.

TASUKI_HISTORIES sets how many histories are tried.
"""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.integration.exchange.parties import ExchangeHistories

pytestmark = pytest.mark.django_db(databases=["default", "index"])

HISTORIES = int(os.environ.get("TASUKI_HISTORIES", "40"))


def test_random_histories_are_those_of_the_law() -> None:
    run_state_machine_as_test(
        ExchangeHistories,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=60,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
