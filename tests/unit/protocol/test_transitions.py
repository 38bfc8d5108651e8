"""The table of transitions: whole, without contradiction, and of one mind with the states of messages."""

import pytest

from tasuki.protocol.messages import OPEN_STATES, State
from tasuki.protocol.transitions import (
    Party,
    TransitionDataError,
    is_allowed,
    read,
    sources,
    states_of,
    steps,
    table,
)

ENTRY = """
[days]
[parties]
town = { ja = "町", en = "town" }
[cause]
asked = { ja = "照会", en = "asked" }
[state]
"""
STATES = "\n".join(f'{state} = {{ ends = false, article = "法", ja = "状態", en = "state" }}' for state in State)
STEP = '\n[[step]]\nparty = "town"\nto = ["created"]\ncause = "asked"\narticle = "法"\n'


def test_every_state_of_a_message_occurs_somewhere() -> None:
    assert frozenset().union(*(states_of(party) for party in Party)) == set(State)


def test_what_a_town_waits_for_is_what_the_table_calls_open() -> None:
    assert {state for state in states_of(Party.TOWN) if not table().states[state].ends} == OPEN_STATES


@pytest.mark.parametrize("party", Party)
def test_every_state_can_be_reached_and_only_content_is_lost_after_an_end(party: Party) -> None:
    found = [one for one in table().transitions if one.party is party]
    assert any(one.start is None for one in found)
    assert {one.start for one in found} - {None} <= states_of(party)
    after_an_end = {(one.start, one.end) for one in found if one.start and table().states[one.start].ends}
    late_word = {(State.LAPSED, one.end) for one in found} if party is Party.NETWORK else set()
    split = {(State.PROVIDED, State.PROVIDER_HAS_NO_CODE)} if party is Party.PROVIDER else set()
    assert {step for step in after_an_end if step[1] is not State.PURGED} <= late_word | split


def test_statements_get_the_steps_as_two_arrays() -> None:
    starts, ends = steps(Party.PROVIDER, State.RELEASED)
    assert (starts, ends) == (["held"], ["released"])
    assert sources(Party.TOWN, State.CANCELLED) == ["created", "sent", "permitted", "held"]
    assert is_allowed(Party.NETWORK, State.LAPSED, State.RECEIVED)
    assert not is_allowed(Party.INQUIRER, State.LAPSED, State.RECEIVED)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENTRY + STATES.replace("purged", "#") + STEP, "nothing is said of"),
        (ENTRY + STATES + STEP + STEP, "stands twice"),
        (ENTRY + STATES + STEP.replace('"asked"', '"unheard"'), "no known cause"),
        (ENTRY + STATES + STEP.replace('"created"', '"unheard"'), "unheard"),
        (ENTRY + STATES, "step"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused(text: str, said: str) -> None:
    with pytest.raises(TransitionDataError, match=said):
        read(text)
