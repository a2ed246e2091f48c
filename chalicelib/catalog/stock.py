"""Seats: how they move between remaining, held and sold, always by condition and in a transaction."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.catalog import capacity, sales
from chalicelib.catalog.models import Event, Stock
from chalicelib.catalog.moves import Move
from chalicelib.catalog.ticket_types import TICKET_TYPES
from chalicelib.core.dynamo import read_together

#: The pool of all ticket types without a quota.
SHARED_POOL: Final = capacity.SHARED


@dataclass(frozen=True)
class Seats:
    """`n` seats of one ticket type out of one pool of one shard, at `price` KES each."""

    shard: int
    type: str
    n: int
    pool: str
    price: int


def first_stock(event: Event) -> list[Stock]:
    """The shards of a new event, with its whole capacity remaining."""
    pools = dict(event.quotas.as_dict())
    pools[SHARED_POOL] = int(event.capacity) - sum(pools.values())
    nothing = dict.fromkeys(TICKET_TYPES, 0)
    return [
        Stock(
            key(event.id, 0),
            on_sale=event.status == sales.PUBLISHED,
            remaining=pools,
            held=dict(nothing),
            sold=dict(nothing),
            revenue=dict(nothing),
        )
    ]


def key(event_id: str, shard: int) -> str:
    """The key of one shard."""
    return f"{event_id}#{shard}"


def pools_of(event: Event, ticket_type: str, shard: Stock) -> list[str]:
    """The pools of a shard that a ticket type draws from, in this order.

    A quota that was taken away leaves its pool behind, since seats that were held come back to where they
    came from. Every type without a quota may have those.
    """
    quotas = event.quotas.as_dict()
    if ticket_type in quotas:
        return [ticket_type]
    left_behind = (pool for pool in shard.remaining.as_dict() if pool not in (SHARED_POOL, *quotas))
    return [SHARED_POOL, *sorted(left_behind)]


def available(event: Event, shards: Iterable[Stock], ticket_type: str) -> int:
    """How many tickets of a type can be had now; 0 for a type that is not sold."""
    if ticket_type not in event.prices.as_dict():
        return 0
    return sum(
        int(shard.remaining.as_dict().get(pool, 0))
        for shard in shards
        for pool in pools_of(event, ticket_type, shard)
    )


def left(shards: Iterable[Stock]) -> int:
    """How many seats can be had now, of all types together."""
    return sum(int(n) for shard in shards for n in shard.remaining.as_dict().values())


def read_stock(event: Event) -> list[Stock]:
    """All shards of an event as of now, in one round trip."""
    keys = [(Stock, key(event.id, shard)) for shard in range(int(event.shards))]
    found = read_together(keys)  # in any order
    return [found[one] for one in keys]


def is_on_sale(event_id: str, seats: Iterable[Seats]) -> bool:
    """Whether every shard that these seats are in still sells; one round trip."""
    keys = [(Stock, key(event_id, shard)) for shard in {some.shard for some in seats}]
    found = read_together(keys)
    return all(found[one].on_sale for one in keys if one in found) and len(found) == len(keys)


def move(writing: TransactWrite, event_id: str, seats: Iterable[Seats], how: Move) -> None:
    """Move seats, as part of a transaction: one update for each shard they are in.

    No column falls below zero: the transaction fails instead. So seats are neither sold twice nor given
    back twice, whoever else moves them at the same moment.
    """
    by_shard: dict[int, list[Seats]] = defaultdict(list)
    for some in seats:
        by_shard[some.shard].append(some)
    for shard, here in by_shard.items():
        _move_shard(writing, key(event_id, shard), here, how)


def _move_shard(writing: TransactWrite, shard_key: str, seats: list[Seats], how: Move) -> None:
    changes: dict[tuple[str, str], int] = defaultdict(int)
    for some in seats:
        for column, sign in how.columns.items():
            entry = some.pool if column == "remaining" else some.type
            changes[column, entry] += sign * some.n * (some.price if column == "revenue" else 1)
    condition = Stock.key.exists()
    if how.only_on_sale:
        condition = condition & (Stock.on_sale == True)  # noqa: E712 - an expression, not a comparison
    actions: list[Action] = [Stock.version.add(1)]
    for (column, entry), change in changes.items():
        path = getattr(Stock, column)[entry]
        actions.append(path.set(path + change if change >= 0 else path - -change))
        if change < 0:
            condition = condition & (path >= -change)
    writing.update(Stock(shard_key), actions=actions, condition=condition)
