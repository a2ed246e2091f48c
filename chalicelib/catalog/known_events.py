"""Events as this container read them some seconds ago, for orders only.

Each order of a hot sale would else read the same item, and a partition gives 3,000 read units a second.

An order may begin with an old event, but nothing is sold by one. Each shard's `edits` says how many edits of
the event a sale has to know of: an order compares (`is_current`), and its transaction wants it still to be so
(`stock.move`). So price, quotas, sales window, status and seller are always those of now. Only the words on
an order, the event's name and the labels of its ticket types, may be `KEPT_SECONDS` old.
"""

import threading
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from chalicelib.catalog.models import Event, Stock

#: How old an event may be that an order begins with.
KEPT_SECONDS: Final = 5
#: Events that a container keeps, of 1 to 30 KB each.
_MOST: Final = 100
#: What a sale has to know of, besides the seats: an edit of these is told to every shard.
MATTERS_TO_SALES: Final = frozenset(
    {
        "prices",
        "quotas",
        "capacity",
        "max_per_customer",
        "max_per_phone",
        "status",
        "ends_at",
        "early_booking_ends_at",
        "user_id",
    }
)

_known: dict[str, tuple[datetime, Event]] = {}
_lock = threading.Lock()  # Lambda has one request at a time, the local server has threads


def recall(event_id: str, at: datetime) -> Event | None:
    """The event as it was read at most `KEPT_SECONDS` before `at`; None if it was not."""
    read_at, event = _known.get(event_id, (at, None))
    return event if abs((at - read_at).total_seconds()) < KEPT_SECONDS else None


def learn(event: Event, at: datetime) -> None:
    """Keep an event that was read at `at`, or later; what was read longest ago is forgotten."""
    with _lock:
        _known.pop(event.id, None)
        _known[event.id] = (at, event)
        if len(_known) > _MOST:
            del _known[next(iter(_known))]


def is_current(event: Event, shards: Iterable[Stock]) -> bool:
    """Whether the event, as it was read, has every edit that a sale from these shards has to know of."""
    return all(shard.edits <= event.version for shard in shards)
