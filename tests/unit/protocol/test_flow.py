"""What becomes of an exchange in statistics: every state counts somewhere, and an end is no longer open."""

import pytest

from tasuki.protocol.flow import OUTCOMES, Outcome
from tasuki.protocol.messages import State
from tasuki.protocol.transitions import Party, article_of, table


@pytest.mark.parametrize("state", State)
def test_a_state_is_open_exactly_while_something_can_follow(state: State) -> None:
    assert (OUTCOMES[state] is Outcome.OPEN) == (not table().states[state].ends)


def test_the_article_of_a_step_is_its_own_and_else_that_of_its_end() -> None:
    for step in table().transitions:
        assert article_of(step.party, step.end, step.cause)
    assert article_of(Party.PROVIDER, State.PROVIDED, "answered") == "番号法22条・命令85号46条"
    assert article_of(Party.PROVIDER, State.LAPSED, "no such cause") == table().states[State.LAPSED].article
