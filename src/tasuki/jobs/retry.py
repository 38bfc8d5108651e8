"""How long jobs wait before they try a peer again."""

import procrastinate

from tasuki.protocol.errors import ExchangeFailed

#: 2, 4, 8 … seconds for the first day's worth of attempts; a peer that stays away is seen on the operator's page.
PEER_AWAY = procrastinate.RetryStrategy(max_attempts=20, exponential_wait=2, retry_exceptions=[ExchangeFailed])
