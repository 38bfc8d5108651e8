"""What whoever inquires does alike, be it a gateway for its towns or the network for the portal."""

import datetime as dt
from typing import Any, Final

from tasuki.protocol.envelope import wire_time
from tasuki.protocol.messages import Decision, State

#: How long a list may be under way before the worker takes its inquiries up again.
FIRST_RETRY: Final = dt.timedelta(seconds=15)
LONGEST_RETRY: Final = dt.timedelta(minutes=5)
#: A held inquiry is asked about again after a twentieth of the time it has waited, within these bounds.
HELD_RETRY: Final = dt.timedelta(seconds=3)
#: An inquiry the network never answered ends like one the provider never answered.
LONGEST_WAIT: Final = dt.timedelta(days=7)

#: Adds one to the attempts of a failed inquiry and puts the next one off. Takes the time and the longest wait.
PUT_OFF: Final = (
    "attempts = attempts + 1,"
    " next_attempt_at = %s::timestamptz + least(%s::interval, interval '2 seconds' * power(2, least(attempts, 12)))"
)


def held_wait(requested_at: dt.datetime, at: dt.datetime) -> dt.timedelta:
    """Return how long after `at` an inquiry that is held is asked about again."""
    return min(max(HELD_RETRY, (at - requested_at) / 20), LONGEST_RETRY)


def decided(decision: Decision) -> dict[str, Any]:
    """Return what the record of an inquiry keeps of the network's decision, by column."""
    is_permitted = decision.state == State.PERMITTED
    return {
        "state": decision.state.value,
        "permitted_at": wire_time(decision.decided_at) if is_permitted else None,
        "valid_until": wire_time(decision.valid_until) if decision.valid_until else None,
        "basis": decision.basis,
        "provider_gateway": decision.provider_gateway,
        "refused_data_sets": [refusal.data_set for refusal in decision.refused],
    }
