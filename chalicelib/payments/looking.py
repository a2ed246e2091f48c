"""Looking before a sale: event, stock, and whether the Idempotency-Key or the phone is taken."""

import random
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from chalicelib.catalog import known_shards, sales, stock
from chalicelib.catalog.models import Event, Stock
from chalicelib.catalog.stock import Seats
from chalicelib.core.dynamo import TRIES, read_together
from chalicelib.core.guards import Guard
from chalicelib.core.problems import NotFound
from chalicelib.payments.models import Hold

#: Three tries on one shard wait 35 ms at most; to read others and go there takes as long.
_TRIES_A_SHARD: Final = 3


@dataclass(frozen=True)
class Sight:
    """What was seen at one moment; the guards are None where nobody holds them.

    `shards` are all, or one that has all that is wanted. Those to begin with come first.
    """

    event: Event
    shards: list[Stock]
    key: Guard | None
    phone: Guard | None

    def is_ours(self, phone: Guard) -> bool:
        """Whether this very attempt has the phone."""
        return self.phone is not None and bool(self.phone.owner == phone.owner)

    @property
    def tries(self) -> int:
        """How often a sale may collide with others on its shard before another shard is better."""
        return TRIES if self.event.shards == 1 else _TRIES_A_SHARD


@dataclass
class Search:
    """A buyer's search for so many tickets of each type; `avoided` are shards that were too busy."""

    event_id: str
    wanted: Mapping[str, int]
    avoided: set[int] = field(default_factory=set)

    def avoid(self, busy: Iterable[Seats | Hold]) -> None:
        """Begin elsewhere from now on: the shards of these seats are throttled, or always taken."""
        self.avoided |= {int(some.shard) for some in busy}


def look(search: Search, key: Guard | None, phone: Guard, at: datetime) -> Sight:
    """Read all that a sale depends on: the event, and a shard by chance that may have the seats.

    One round trip if it has them, and if this container knows how many shards there are; else another one,
    that reads all shards as of now.

    Args:
        search: what is wanted, of which event.
        key: the guard that the caller's Idempotency-Key would take.
        phone: the guard that a prompt would take.
        at: now; a guard that has lapsed is nobody's.

    Raises:
        NotFound: there is no such event, or it is a draft.
    """
    guess = known_shards.number_of(search.event_id)
    one = (Stock, stock.key(search.event_id, _by_chance(range(guess), search.avoided)[0]))
    guards = [(Guard, guard.key) for guard in (key, phone) if guard]
    found = read_together([(Event, search.event_id), one, *guards])
    event = found.get((Event, search.event_id))
    if event is None or event.status == sales.DRAFT:
        raise NotFound("There is no such event; it may have been taken down.")
    known_shards.learn(event)
    shards = [found[one]] if one in found else []
    # Of shards that are new to this container it would else take the first one each time.
    if event.shards != guess or (event.shards > 1 and not _has_all(event, shards, search.wanted)):
        by_number = {shard.number: shard for shard in stock.read_stock(event)}
        shards = [by_number[number] for number in _by_chance(by_number, search.avoided)]
    held = {guard.key: guard for guard in _held(found.values(), at)}
    return Sight(event, shards, held.get(key.key) if key else None, held.get(phone.key))


def _by_chance(numbers: Iterable[int], avoided: Collection[int]) -> list[int]:
    """In any order, so that buyers do not meet on one shard; those to avoid come last."""
    mixed = list(numbers)
    random.shuffle(mixed)
    return sorted(mixed, key=lambda number: number in avoided)


def _has_all(event: Event, shards: list[Stock], wanted: Mapping[str, int]) -> bool:
    return stock.choose(event, shards, wanted, dict.fromkeys(wanted, 0)) is not None


def _held(items: Iterable[object], at: datetime) -> Iterable[Guard]:
    return (item for item in items if isinstance(item, Guard) and item.holds(at))
