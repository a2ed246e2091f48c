"""In how many shards an event's seats lie, how they are spread, and from which a buyer takes: plain rules.

One DynamoDB item takes 1,000 write units a second, and its limit cannot be raised (docs.aws.amazon.com,
"Best practices for designing and using partition keys"). A transactional write of up to 1 KB takes two. A
sale writes its shard twice, to hold and to sell: 4 units, so a shard sells about 250 times a second.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil
from typing import Final, NamedTuple

#: An event gets one shard for each so many seats: 20,000 seats lie in 16 shards, which sell about 4,000 times
#: a second. A smaller one is sold out, at 250 sales a second, within seconds from a single shard.
SEATS_A_SHARD: Final = 1250
#: DynamoDB takes 100 actions in a transaction. An order may touch every shard, and then its settlement has 50
#: tickets and 18 more at most; cancelling or growing an event writes every shard, and up to 30 other items.
MOST_SHARDS: Final = 32
#: A pool lies in no more shards than leave so many of its seats in each: an order of the largest size
#: (`MAX_TICKETS` is 50 at most) should not have to be gathered while the pool is full.
SEATS_OF_A_POOL: Final = 50

#: Seats by pool, of one shard.
Pools = Mapping[str, int]


class Part(NamedTuple):
    """So many seats of a ticket type, out of one pool of one shard."""

    shard: int
    type: str
    n: int
    pool: str


def shards_for(capacity: int) -> int:
    """How many shards an event of so many seats gets."""
    return min(MOST_SHARDS, max(1, ceil(capacity / SEATS_A_SHARD)))


def spread(shards: Sequence[Pools], changes: Pools) -> list[dict[str, int]]:
    """What each shard gets of each pool, or gives (below zero).

    New seats go where the fewest are, within as many shards as suit the pool; others go from where the most
    are. Seats that are not there are not given: the caller has to see that there are enough.
    """
    parts: list[dict[str, int]] = [{} for _ in shards]
    for pool, change in changes.items():
        there = [shard.get(pool, 0) for shard in shards]
        if change < 0:
            found = _levelled([-n for n in there], min(-change, sum(there)), range(len(shards)))
            found = [-n for n in found]
        else:
            all_told = [
                sum(shard.values()) + sum(part.values()) for shard, part in zip(shards, parts, strict=True)
            ]
            home = sorted(range(len(shards)), key=lambda one: (-there[one], all_told[one], one))
            suits = ceil((sum(there) + change) / SEATS_OF_A_POOL)
            found = _levelled(there, change, home[: max(1, suits)])
        for part, n in zip(parts, found, strict=True):
            if n:
                part[pool] = n
    return parts


def choose(
    shards: Iterable[tuple[int, Pools]], wanted: Mapping[str, int], pools: Callable[[str], Sequence[str]]
) -> list[Part] | None:
    """Seats for all that is wanted, or None if there are too few.

    From one shard, if any has them all, the first such; else shard by shard, each time the one that has most
    of what is still missing. For an order from one pool that is the fewest shards possible.

    Args:
        shards: their numbers and what remains in each, in the order of preference.
        wanted: how many of each ticket type.
        pools: the pools that a type draws from, in their order. Types share all of them, or none.
    """
    rest, missing, chosen = dict(shards), dict(wanted), list[Part]()
    while any(missing.values()):
        parts = {shard: _from_one(shard, left, missing, pools) for shard, left in rest.items()}
        best = max(parts, key=lambda shard: sum(part.n for part in parts[shard]), default=None)
        if best is None or not parts[best]:
            return None
        for part in parts[best]:
            missing[part.type] -= part.n
        chosen += parts[best]
        del rest[best]
    return chosen


def _from_one(
    shard: int, left: Pools, missing: Mapping[str, int], pools: Callable[[str], Sequence[str]]
) -> list[Part]:
    free, parts = dict(left), list[Part]()
    for kind, quantity in missing.items():
        for pool in pools(kind):
            n = min(quantity, free.get(pool, 0))
            if n > 0:
                parts.append(Part(shard, kind, n, pool))
                free[pool] -= n
                quantity -= n
    return parts


def _levelled(levels: Sequence[int], seats: int, where: Sequence[int]) -> list[int]:
    """How much to add in each place, `seats` in all, so that the lowest of the places are raised together."""
    lowest = sorted(where, key=lambda one: levels[one])
    count, room = 1, 0
    while count < len(lowest):
        step = (levels[lowest[count]] - levels[lowest[count - 1]]) * count
        if room + step > seats:
            break
        room, count = room + step, count + 1
    whole, over = divmod(seats - room, count)
    found = [0] * len(levels)
    for number, one in enumerate(lowest[:count]):
        found[one] = levels[lowest[count - 1]] - levels[one] + whole + (number < over)
    return found
