"""How many shards an event has, as far as this container knows: a guess that saves a round trip.

The number only grows, and whoever reads by it reads the event in the same batch, which tells if it was wrong.
"""

import threading
from typing import Final

from chalicelib.catalog.models import Event

#: Events that a container remembers, about 100 KB; those with one shard need no remembering.
_MOST: Final = 1000

_known: dict[str, int] = {}
_lock = threading.Lock()  # Lambda has one request at a time, the local server has threads


def number_of(event_id: str) -> int:
    """The number of shards that the event had when it was last read here; 1 if it never was."""
    return _known.get(event_id, 1)


def learn(event: Event) -> None:
    """Remember the number of an event's shards; what has not been read for longest is forgotten."""
    if event.shards == 1:
        return
    with _lock:
        _known.pop(event.id, None)
        _known[event.id] = int(event.shards)
        if len(_known) > _MOST:
            del _known[next(iter(_known))]
