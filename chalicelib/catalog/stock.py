"""Seats: how they move between remaining, held and sold, always by condition and in a transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.catalog import capacity, known_shards, sales, sharding, takings
from chalicelib.catalog.models import Event, Stock
from chalicelib.catalog.moves import Move
from chalicelib.catalog.takings import Paid
from chalicelib.catalog.ticket_types import TICKET_TYPES
from chalicelib.core.dynamo import Key, read_together

#: The pool of all ticket types without a quota.
SHARED_POOL: Final = capacity.SHARED

_UNPAID: Final = Paid()


@dataclass(frozen=True)
class Seats:
    """`n` seats of one ticket type out of one pool of one shard, at `price` KES each.

    `share`: where they are cheaper by a promo code, which share of its count they are in.
    """

    shard: int
    type: str
    n: int
    pool: str
    price: int
    share: int | None = None


def first_stock(event: Event) -> list[Stock]:
    """The shards of a new event, with its whole capacity remaining."""
    pools = dict(event.quotas)
    pools[SHARED_POOL] = int(event.capacity) - sum(pools.values())
    nothing = dict.fromkeys(pools, 0)
    on_sale = event.status == sales.PUBLISHED
    return [
        new_shard(event.id, number, on_sale, nothing | part)
        for number, part in enumerate(sharding.spread([nothing] * int(event.shards), pools))
    ]


def new_shard(event_id: str, number: int, on_sale: bool, remaining: Mapping[str, int]) -> Stock:
    """A shard of which nothing was ever sold."""
    nothing = dict.fromkeys(TICKET_TYPES, 0)
    return Stock(
        key(event_id, number),
        on_sale=on_sale,
        remaining=dict(remaining),
        held=dict(nothing),
        sold=dict(nothing),
        revenue=dict(nothing),
    )


def key(event_id: str, shard: int) -> str:
    """The key of one shard."""
    return f"{event_id}#{shard}"


def pools_of(event: Event, ticket_type: str, shards: Iterable[Stock]) -> list[str]:
    """The pools that a ticket type draws from, in this order.

    A quota that was taken away leaves its pool behind, since seats that were held come back to where they
    came from. Every type without a quota may have those.
    """
    quotas = event.quotas
    if ticket_type in quotas:
        return [ticket_type]
    left_behind = {pool for shard in shards for pool in shard.remaining} - {SHARED_POOL, *quotas}
    return [SHARED_POOL, *sorted(left_behind)]


def choose(
    event: Event, shards: Sequence[Stock], wanted: Mapping[str, int], prices: Mapping[str, int]
) -> list[Seats] | None:
    """Seats for all that is wanted, from as few shards as it takes; None if there are too few.

    Args:
        event: as it was read.
        shards: those to take from, those to begin with first.
        wanted: how many of each ticket type.
        prices: what one of each type costs, in KES.
    """
    parts = sharding.choose(
        [(shard.number, shard.remaining) for shard in shards],
        wanted,
        lambda kind: pools_of(event, kind, shards),
    )
    if parts is None:
        return None
    return [Seats(part.shard, part.type, part.n, part.pool, int(prices[part.type])) for part in parts]


def available(event: Event, shards: Sequence[Stock], ticket_type: str) -> int:
    """How many tickets of a type can be had now; 0 for a type that is not sold."""
    if ticket_type not in event.prices:
        return 0
    pools = pools_of(event, ticket_type, shards)
    return sum(shard.remaining.get(pool, 0) for shard in shards for pool in pools)


def left(shards: Iterable[Stock]) -> int:
    """How many seats can be had now, of all types together."""
    return sum(sum(shard.remaining.values()) for shard in shards)


def read_stock(event: Event) -> list[Stock]:
    """All shards of an event as of now, in one round trip; fewer if it is being deleted."""
    keys = keys_of(event.id, int(event.shards))
    found = read_together(keys)  # in any order
    return [found[one] for one in keys if one in found]


def read_with_event(event_id: str) -> tuple[Event, list[Stock]] | None:
    """An event with all its shards as of now; None if there is none.

    One round trip, or two for one with several shards that this container does not know.
    """
    guess = keys_of(event_id, known_shards.number_of(event_id))
    found = read_together([(Event, event_id), *guess])
    event: Event | None = found.get((Event, event_id))
    if event is None:
        return None
    known_shards.learn(event)
    if event.shards == len(guess):
        shards = [found[one] for one in guess if one in found]
    else:
        shards = read_stock(event)
    return (event, shards) if len(shards) == event.shards else None  # it is being deleted


def keys_of(event_id: str, shards: int) -> list[Key]:
    """The keys of an event's first so many shards."""
    return [(Stock, key(event_id, shard)) for shard in range(shards)]


def is_on_sale(event_id: str, seats: Iterable[Seats]) -> bool:
    """Whether every shard that these seats are in still sells; one round trip."""
    keys = [(Stock, key(event_id, shard)) for shard in {some.shard for some in seats}]
    found = read_together(keys)
    return all(found[one].on_sale for one in keys)


def move(
    writing: TransactWrite,
    event_id: str,
    seats: Iterable[Seats],
    how: Move,
    at: datetime,
    known: int | None = None,
    paid: Paid = _UNPAID,
) -> None:
    """Move seats, as part of a transaction: one update for each shard they are in.

    What is sold or taken back is counted to the day of `at`, too.

    No column falls below zero: the transaction fails instead. So seats are neither sold twice nor given
    back twice, whoever else moves them at the same moment.

    Args:
        writing: the transaction.
        event_id: whose seats they are.
        seats: which.
        how: from where to where.
        at: when.
        known: the `version` of the event by which they were chosen and priced; the transaction fails if an
            edit that matters to sales has come after it. None where what was agreed before counts.
        paid: how they are paid, where they are sold or taken back.
    """
    by_shard: dict[int, list[Seats]] = defaultdict(list)
    for some in seats:
        by_shard[some.shard].append(some)
    for shard, here in by_shard.items():
        _move_shard(writing, key(event_id, shard), here, how, known)
    if "sold" in how.columns:
        _count(writing, event_id, list(chain(*by_shard.values())), how, at, paid)


def _move_shard(
    writing: TransactWrite, shard_key: str, seats: list[Seats], how: Move, known: int | None
) -> None:
    changes: dict[tuple[str, str], int] = defaultdict(int)
    for some in seats:
        for column, sign in how.columns.items():
            entry = some.pool if column == "remaining" else some.type
            changes[column, entry] += sign * some.n * (some.price if column == "revenue" else 1)
    condition = Stock.key.exists()
    if how.only_on_sale:
        condition = condition & (Stock.on_sale == True)  # noqa: E712 - an expression, not a comparison
    if known is not None:
        condition = condition & (Stock.edits <= known)
    actions: list[Action] = [Stock.version.add(1)]
    for (column, entry), change in changes.items():
        path = getattr(Stock, column)[entry]
        actions.append(path.set(path + change if change >= 0 else path - -change))
        if change < 0:
            condition = condition & (path >= -change)
    writing.update(Stock(shard_key), actions=actions, condition=condition)


def _count(
    writing: TransactWrite, event_id: str, seats: list[Seats], how: Move, at: datetime, paid: Paid
) -> None:
    """Count what is sold, or taken back, to the day; all to one of the shards, since a report adds up."""
    for kind in dict.fromkeys(some.type for some in seats):
        tickets = sum(some.n for some in seats if some.type == kind)
        money = sum(some.n * some.price for some in seats if some.type == kind)
        sign = how.columns["sold"]
        takings.count(writing, key(event_id, seats[0].shard), kind, sign * tickets, sign * money, at, paid)
        paid = paid._replace(charge=0)  # one receipt pays for all types
