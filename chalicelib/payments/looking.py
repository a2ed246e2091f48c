"""Looking before a sale: event, stock, and whether the Idempotency-Key or the phone is taken."""

import random
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from chalicelib.catalog import known_events, known_shards, sales, stock
from chalicelib.catalog.models import Event, Stock
from chalicelib.catalog.stock import Seats
from chalicelib.core.dynamo import TRIES, Key, read_together
from chalicelib.core.guards import Guard
from chalicelib.core.problems import NotFound
from chalicelib.payments.models import Hold

#: Three tries on one shard wait 35 ms at most; to read others and go there takes as long.
_TRIES_A_SHARD: Final = 3
_NO_EVENT: Final = "There is no such event; it may have been taken down."


@dataclass(frozen=True)
class Sight:
    """What was seen at one moment; the guards are None where nobody holds them.

    `shards` are all, or one that has all that is wanted. Those to begin with come first. `counted` is what
    was found of the counters that were asked for.
    """

    event: Event
    shards: list[Stock]
    key: Guard | None
    phone: Guard | None
    counted: Mapping[Key, Any]

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


def look(
    search: Search, key: Guard | None, phone: Guard, at: datetime, counters: Collection[Key] = ()
) -> Sight:
    """Read all that a sale depends on: the event, and a shard by chance that may have the seats.

    One round trip if it has them, and if this container knows how many shards there are; else another one,
    that reads the event and all shards as of now. The event may be some seconds old (`known_events`), but
    not older than the last edit that the shards tell of.

    Args:
        search: what is wanted, of which event.
        key: the guard that the caller's Idempotency-Key would take.
        phone: the guard that a prompt would take.
        at: now; a guard that has lapsed is nobody's.
        counters: what else to read, of the limits.

    Raises:
        NotFound: there is no such event, or it is a draft.
    """
    guess = known_shards.number_of(search.event_id)
    one = (Stock, stock.key(search.event_id, _by_chance(range(guess), search.avoided)[0]))
    guards = [(Guard, guard.key) for guard in (key, phone) if guard]
    event = known_events.recall(search.event_id, at)
    found = read_together([one, *guards, *counters, *([] if event else [(Event, search.event_id)])])
    event = event or _learnt(found.get((Event, search.event_id)), at)
    shards = [found[one]] if one in found else []
    if not shards or not _is_enough(event, shards, search.wanted, guess):
        event, shards = _all_of(search, at)
    _refuse_draft(event)
    held = {guard.key: guard for guard in _held(found.values(), at)}
    counted = {key: found[key] for key in counters if key in found}
    return Sight(event, shards, held.get(key.key) if key else None, held.get(phone.key), counted)


def look_afresh(search: Search, at: datetime) -> Sight:
    """Read the event and all its shards as of now, for somebody whose part in the event counts; no guards.

    Raises:
        NotFound: there is no such event, or it is a draft.
    """
    event, shards = _all_of(search, at)
    _refuse_draft(event)
    return Sight(event, shards, None, None, {})


def _is_enough(event: Event, shards: list[Stock], wanted: Mapping[str, int], guess: int) -> bool:
    """Whether one shard and the event tell all: else others may have seats, or the event is too old."""
    # Of shards that are new to this container it would else take the first one each time.
    if event.shards != guess or not known_events.is_current(event, shards):
        return False
    return bool(event.shards == 1) or _has_all(event, shards, wanted)


def _all_of(search: Search, at: datetime) -> tuple[Event, list[Stock]]:
    """The event and all its shards as of now, those to begin with first."""
    event, shards = stock.read_with_event(search.event_id) or (None, [])
    by_number = {shard.number: shard for shard in shards}
    order = _by_chance(by_number, search.avoided)
    return _learnt(event, at), [by_number[number] for number in order]


def _refuse_draft(event: Event) -> None:
    if event.status == sales.DRAFT:
        raise NotFound(_NO_EVENT)


def _learnt(event: Event | None, at: datetime) -> Event:
    if event is None:
        raise NotFound(_NO_EVENT)
    known_shards.learn(event)
    known_events.learn(event, at)
    return event


def _by_chance(numbers: Iterable[int], avoided: Collection[int]) -> list[int]:
    """In any order, so that buyers do not meet on one shard; those to avoid come last."""
    mixed = list(numbers)
    random.shuffle(mixed)
    return sorted(mixed, key=lambda number: number in avoided)


def _has_all(event: Event, shards: list[Stock], wanted: Mapping[str, int]) -> bool:
    return stock.choose(event, shards, wanted, dict.fromkeys(wanted, 0)) is not None


def _held(items: Iterable[object], at: datetime) -> Iterable[Guard]:
    return (item for item in items if isinstance(item, Guard) and item.holds(at))
