"""What a person is told of an inquiry of their own."""

from tasuki.protocol.messages import State
from tasuki.protocol.self_messages import told_as
from tasuki.protocol.transitions import Party, states_of

#: The network sends what people ask in the moment it takes it, and nobody can call it off.
NEVER = {State.CREATED, State.CANCELLED}


def test_a_person_is_told_of_every_state_their_inquiry_can_come_to() -> None:
    for state in set(states_of(Party.INQUIRER)) - NEVER:
        assert told_as(State(state), has_content=True)
