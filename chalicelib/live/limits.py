"""How much of live availability one gets, and how often: plain rules, no AWS."""

from datetime import datetime, timedelta
from typing import Final

#: Connections from one address at a time. Generous: in Kenya thousands of phones may share one.
PER_ADDRESS: Final = 500
#: Events that one connection may follow.
EVENTS: Final = 10
#: Messages that a connection may send in its whole life: one every seven seconds, for two hours.
MESSAGES: Final = 1_000
#: Bytes of one message.
MESSAGE_BYTES: Final = 1_024
#: How long an item of a connection is kept: API Gateway closes each after two hours, sooner if it is idle
#: ("Amazon API Gateway quotas", AWS documentation).
LIFE: Final = timedelta(hours=2, minutes=10)
#: Connections told by one invocation.
CHUNK: Final = 250
#: Milliseconds between two rounds of telling of one event, at the least, and for each who is told.
PAUSE: Final = 500
PAUSE_EACH: Final = 0.5
#: Milliseconds after which a round that is not finished must have died: some times what one takes.
ROUND: Final = 10_000


def pause(audience: int) -> int:
    """Milliseconds from one round of telling to the next: twice a second, less often with a thousand or more.

    A round is over before the next begins anyway; this leaves the other half of the time to other events.
    """
    return max(PAUSE, round(PAUSE_EACH * audience))


def milliseconds(at: datetime) -> int:
    """An instant, in epoch milliseconds."""
    return int(at.timestamp() * 1000)
