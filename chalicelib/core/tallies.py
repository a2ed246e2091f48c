"""Counting what is cheap and often, looks and searches, without a write for each (decision 0096).

A container keeps a tally of whoever asks, and writes it to the counter each time it comes to a step. So most
people cost no write; whoever asks and asks costs one for each step, and is refused by every container within
one step of it. What a container has not written when it ends was let through: less than a step.
"""

import threading
from datetime import datetime
from typing import Final

from chalicelib.core import counters
from chalicelib.core.dynamo import StillColliding
from chalicelib.core.limits import Limit
from chalicelib.core.problems import TooOften

#: Requests for one write.
STEP: Final = 20
#: Counters that a container remembers, about 200 KB.
_MOST: Final = 1000
#: No tally is this: the counter was found full. Its key has the window, so it is for this window only.
_FULL: Final = -1

_tallies: dict[str, int] = {}
_lock = threading.Lock()  # Lambda has one request at a time, the local server has threads


def count(limit: Limit, whom: str, at: datetime) -> None:
    """Count one more; no round trip but for every 20th from one container.

    If DynamoDB takes no more for the counter, these are let through: a look is no secret, and costs little.

    Raises:
        TooOften: with the seconds until there is room again.
    """
    key = counters.key_of(limit, whom, at)
    with _lock:
        tally = _tallies.pop(key, 0)
        _tallies[key] = tally = tally if tally == _FULL else (tally + 1) % STEP
        if len(_tallies) > _MOST:  # who has not asked for longest is forgotten
            del _tallies[next(iter(_tallies))]
    if tally == _FULL:
        raise counters.refusal(limit, at)
    if tally:
        return
    try:
        counters.take(limit, whom, at, STEP)
    except TooOften:
        with _lock:
            _tallies[key] = _FULL
        raise
    except StillColliding:
        return


def forget() -> None:
    """Begin anew, as a new container does."""
    with _lock:
        _tallies.clear()
