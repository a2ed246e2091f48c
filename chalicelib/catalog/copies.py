"""What is left of events in lists: from the stock itself for one shard, from a copy for several.

A page of 50 events with 16 shards each would read 800 items. The copy is one item, counted anew by whoever
finds it too old: a list is at most ten seconds late (the contract), seldom more than one request in that
time pays for it, and a sale never writes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Final

from chalicelib.catalog import stock
from chalicelib.catalog.models import Event, Stock, StockCopy
from chalicelib.core.dynamo import Key, read_together

#: A copy is shown while it is no older than this. The two seconds to ten are for clocks that differ.
_SHOWN_FOR: Final = timedelta(seconds=8)
#: A copy that nobody has counted anew for so long may go: its event is over, or deleted.
_KEPT_FOR: Final = timedelta(days=1)
#: What one BatchGetItem takes.
_READ_AT_ONCE: Final = 100


@dataclass(frozen=True)
class Listed:
    """An event as lists show it, with the seats that were left some seconds ago, of all types together."""

    event: Event
    left: int


def key_of(event_id: str, shards: int) -> Key:
    """The one item that tells a list what is left of an event with so many shards."""
    return (Stock, stock.key(event_id, 0)) if shards == 1 else (StockCopy, event_id)


def listed(events: Sequence[Event], at: datetime, read: Mapping[Key, Any] | None = None) -> list[Listed]:
    """The events with what is left of each.

    One round trip for a hundred events, and more where copies are missing or too old.

    Args:
        events: in the order of the list.
        at: now.
        read: items that have been read already.
    """
    keys = [key_of(event.id, int(event.shards)) for event in events]
    known = dict(read or {})
    known |= _read([key for key in keys if key not in known])
    old = [event for event, key in zip(events, keys, strict=True) if not _is_fresh(known.get(key), at)]
    known |= _counted(old, at)
    return [Listed(event, _left(known[key])) for event, key in zip(events, keys, strict=True) if key in known]


def _is_fresh(item: Stock | StockCopy | None, at: datetime) -> bool:
    return isinstance(item, Stock) or (item is not None and item.counted_at >= at - _SHOWN_FOR)


def _left(item: Stock | StockCopy) -> int:
    return stock.left([item]) if isinstance(item, Stock) else int(item.left)


def _counted(events: Sequence[Event], at: datetime) -> dict[Key, StockCopy]:
    """New copies of the events' stock, also put for others to read.

    Two may do so at once: each copy is true, and says since when, so it does not matter which one stays.
    """
    shards = {event.id: stock.keys_of(event.id, int(event.shards)) for event in events}
    found = _read(list(chain.from_iterable(shards.values())))
    copies = [
        StockCopy(
            event_id,
            left=stock.left([found[key] for key in keys]),
            counted_at=at,
            lapses_at=int((at + _KEPT_FOR).timestamp()),
        )
        for event_id, keys in shards.items()
        if all(key in found for key in keys)  # else it has just been deleted
    ]
    if copies:
        with StockCopy.batch_write() as batch:
            for copy in copies:
                batch.save(copy)
    return {(StockCopy, str(copy.event_id)): copy for copy in copies}


def _read(keys: Sequence[Key]) -> dict[Key, Any]:
    found: dict[Key, Any] = {}
    for start in range(0, len(keys), _READ_AT_ONCE):
        found |= read_together(keys[start : start + _READ_AT_ONCE])
    return found
