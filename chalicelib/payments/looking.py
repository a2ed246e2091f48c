"""Looking before a sale: event, stock, and whether the Idempotency-Key or the phone is taken."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.catalog import sales, stock
from chalicelib.catalog.models import Event, Stock
from chalicelib.core.dynamo import read_together
from chalicelib.core.guards import Guard
from chalicelib.core.problems import NotFound


@dataclass(frozen=True)
class Sight:
    """What was seen at one moment; the guards are None where nobody holds them."""

    event: Event
    shards: list[Stock]
    key: Guard | None
    phone: Guard | None


def look(event_id: str, key: Guard | None, phone: Guard, at: datetime) -> Sight:
    """Read all that a sale depends on, in one round trip while the event has one shard.

    Args:
        event_id: the event that the tickets are for.
        key: the guard that the caller's Idempotency-Key would take.
        phone: the guard that a prompt would take.
        at: now; a guard that has lapsed is nobody's.

    Raises:
        NotFound: there is no such event, or it is a draft.
    """
    first = (Stock, stock.key(event_id, 0))
    found = read_together([(Event, event_id), first, *((Guard, one.key) for one in (key, phone) if one)])
    event = found.get((Event, event_id))
    if event is None or event.status == sales.DRAFT:
        raise NotFound("There is no such event; it may have been taken down.")
    shards = [found[first]] if event.shards == 1 else stock.read_stock(event)
    held = {guard.key: guard for guard in _held(found.values(), at)}
    return Sight(event, shards, held.get(key.key) if key else None, held.get(phone.key))


def _held(items: Iterable[object], at: datetime) -> Iterable[Guard]:
    return (item for item in items if isinstance(item, Guard) and item.holds(at))
