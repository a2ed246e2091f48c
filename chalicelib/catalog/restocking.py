"""Changing an event's stock as part of an edit, while it is being sold from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.catalog.models import Stock


@dataclass(frozen=True)
class Restock:
    """What an edit does to the stock, all shards together.

    `pools`: the seats that each pool gets, or gives. `on_sale`: opens or closes it. `untouched`: only if
    nothing was ever sold or held. `unless_taken`: types of which nothing may be held or sold meanwhile.
    """

    pools: Mapping[str, int] = field(default_factory=dict)
    on_sale: bool | None = None
    untouched: bool = False
    unless_taken: frozenset[str] = frozenset()


def totals(shards: Sequence[Stock], *columns: str) -> dict[str, int]:
    """The sum of columns over all shards, by their entries."""
    found: dict[str, int] = {}
    for shard in shards:
        for column in columns:
            for entry, n in getattr(shard, column).as_dict().items():
                found[entry] = found.get(entry, 0) + int(n)
    return found


def was_touched(shards: Sequence[Stock]) -> bool:
    """Whether a seat was ever sold or held, even if it came back."""
    return any(shard.version for shard in shards)


def restock(writing: TransactWrite, shards: Sequence[Stock], change: Restock) -> None:
    """Add the change to a transaction: one update for each shard.

    Seats are added to, or taken from, whatever is there: sales go on meanwhile, and none of them is lost.
    The transaction fails if a pool has too few, if what `Restock` forbids has happened, or if the stock was
    edited since it was read: it may have been read a moment before the event.
    """
    for shard, pools in zip(shards, _spread(shards, change.pools), strict=True):
        actions: list[Action] = [Stock.edits.add(1)]
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
                seen = int(getattr(shard, column).as_dict().get(kind, 0))
                condition = condition & (getattr(Stock, column)[kind] == seen)
        writing.update(Stock(shard.key), actions=actions, condition=condition)


def _spread(shards: Sequence[Stock], pools: Mapping[str, int]) -> list[dict[str, int]]:
    """What each shard gets: new seats go into the first, and others come from wherever they are."""
    parts: list[dict[str, int]] = [{} for _ in shards]
    for pool, change in pools.items():
        if change > 0:
            parts[0][pool] = change
        missing = max(0, -change)
        for part, shard in zip(parts, shards, strict=True):
            n = min(missing, int(shard.remaining.as_dict().get(pool, 0)))
            if n:
                part[pool] = -n
            missing -= n
    return parts
