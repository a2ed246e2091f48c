"""Changing an event's stock as part of an edit, while it is being sold from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.catalog import sharding, stock
from chalicelib.catalog.models import Stock


@dataclass(frozen=True)
class Restock:
    """What an edit does to the stock, all shards together.

    `pools`: the seats that each pool gets, or gives. `on_sale`: opens or closes it. `untouched`: only if
    nothing was ever sold or held. `unless_taken`: types of which nothing may be held or sold meanwhile.
    `new_shards`: how many are added. One that says nothing of all this has sales know of the edit.
    """

    pools: Mapping[str, int] = field(default_factory=dict)
    on_sale: bool | None = None
    untouched: bool = False
    unless_taken: frozenset[str] = frozenset()
    new_shards: int = 0


def totals(shards: Sequence[Stock], *columns: str) -> dict[str, int]:
    """The sum of columns over all shards, by their entries."""
    found: dict[str, int] = {}
    for shard in shards:
        for column in columns:
            for entry, n in getattr(shard, column).items():
                found[entry] = found.get(entry, 0) + int(n)
    return found


def was_touched(shards: Sequence[Stock]) -> bool:
    """Whether a seat was ever sold or held, even if it came back."""
    return any(shard.version for shard in shards)


def restock(writing: TransactWrite, shards: Sequence[Stock], change: Restock, version: int) -> None:
    """Add the change to a transaction: one write for each shard.

    Seats are added to, or taken from, whatever is there: sales go on meanwhile, and none of them is lost.
    From then on no sale is made by an older event. The transaction fails if a pool has too few, if what
    `Restock` forbids has happened, or if the stock was edited since it was read: it may have been read a
    moment before the event.

    Args:
        writing: the transaction that edits the event.
        shards: all that the event has.
        change: what to do.
        version: the event's, after this edit.
    """
    there = [shard.remaining for shard in shards]
    nothing = dict.fromkeys({pool for pools in (*there, change.pools) for pool in pools}, 0)
    parts = sharding.spread([*there, *[nothing] * change.new_shards], change.pools)
    for number, part in enumerate(parts[len(shards) :], len(shards)):
        on_sale = bool(shards[0].on_sale) if change.on_sale is None else change.on_sale
        new = stock.new_shard(shards[0].event_id, number, on_sale, nothing | part)
        new.edits = version
        writing.save(new, condition=Stock.key.does_not_exist())
    for shard, part in zip(shards, parts, strict=False):
        _change(writing, shard, part, change, version)


def _change(
    writing: TransactWrite, shard: Stock, pools: Mapping[str, int], change: Restock, version: int
) -> None:
    actions: list[Action] = [Stock.edits.set(version)]
    condition: Condition = Stock.edits == int(shard.edits)
    remaining: Any = Stock.remaining  # a path here, not a dictionary
    for pool, n in pools.items():
        path = remaining[pool]
        actions.append(path.set((path | 0) + n if n >= 0 else path - -n))
        if n < 0:
            condition = condition & (path >= -n)
    if change.on_sale is not None:
        actions.append(Stock.on_sale.set(change.on_sale))
    if change.untouched:
        condition = condition & (Stock.version == 0)
    for kind in sorted(change.unless_taken):
        for column in ("held", "sold"):
            seen = int(getattr(shard, column).get(kind, 0))
            condition = condition & (getattr(Stock, column)[kind] == seen)
    writing.update(Stock(shard.key), actions=actions, condition=condition)
