"""How seats are spread over shards, and from which a buyer takes: the plain rules."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog import sharding
from chalicelib.catalog.sharding import MOST_SHARDS, SEATS_OF_A_POOL

POOLS = ("shared", "MVP", "old")
TYPES = ("regular", "early_booking", "MVP")

shards = st.lists(st.fixed_dictionaries({pool: st.integers(0, 60) for pool in POOLS}), min_size=1, max_size=6)
wanted = st.dictionaries(st.sampled_from(TYPES), st.integers(1, 20), min_size=1)


def pools_of(kind: str) -> list[str]:
    return ["MVP"] if kind == "MVP" else ["shared", "old"]


def choose(there, order):
    return sharding.choose(enumerate(there), order, pools_of)


@pytest.mark.parametrize(
    ("capacity", "number"),
    [(1, 1), (1250, 1), (1251, 2), (10_000, 8), (20_000, 16), (40_000, 32), (1_000_000, MOST_SHARDS)],
)
def test_the_number_of_shards_follows_from_the_capacity(capacity, number):
    assert sharding.shards_for(capacity) == number


@given(st.integers(1, 32), st.dictionaries(st.sampled_from(POOLS), st.integers(1, 30_000), min_size=1))
def test_a_new_events_pools_are_spread_evenly_over_as_many_shards_as_suit_them(number, pools):
    parts = sharding.spread([{}] * number, pools)

    for pool, seats in pools.items():
        got = [part[pool] for part in parts if part.get(pool)]
        assert sum(got) == seats
        assert max(got) - min(got) <= 1
        assert len(got) == min(number, -(-seats // SEATS_OF_A_POOL))


def test_small_pools_lie_in_different_shards():
    parts = sharding.spread([{}] * 4, {"MVP": 10, "early_booking": 10})

    assert parts == [{"MVP": 10}, {"early_booking": 10}, {}, {}]


@given(shards, st.integers(0, 2000))
def test_new_seats_go_where_the_fewest_are(there, seats):
    parts = sharding.spread(there, {"shared": seats})

    after = [shard["shared"] + part.get("shared", 0) for shard, part in zip(there, parts, strict=True)]
    assert sum(after) == sum(shard["shared"] for shard in there) + seats
    assert all(n >= 0 for part in parts for n in part.values())
    used = [n for n, part in zip(after, parts, strict=True) if part.get("shared")]
    suits = -(-sum(after) // SEATS_OF_A_POOL)
    if used and suits >= len(there):
        assert max(used) - min(after) <= 1


@given(shards, st.data())
def test_seats_are_taken_away_from_where_the_most_are(there, data):
    seats = data.draw(st.integers(0, sum(shard["shared"] for shard in there)))

    parts = sharding.spread(there, {"shared": -seats})

    after = [shard["shared"] + part.get("shared", 0) for shard, part in zip(there, parts, strict=True)]
    assert sum(after) == sum(shard["shared"] for shard in there) - seats
    assert min(after) >= 0
    touched = [n for n, part in zip(after, parts, strict=True) if part.get("shared")]
    if touched:
        assert max(after) - min(touched) <= 1


@given(shards, wanted)
def test_seats_are_found_exactly_if_there_are_enough_in_all(there, order):
    """Nothing is stranded: whatever lies scattered over the shards can be bought to the last seat."""
    chosen = choose(there, order)

    left = {pool: sum(shard[pool] for shard in there) for pool in POOLS}
    from_shared = order.get("regular", 0) + order.get("early_booking", 0)
    enough = order.get("MVP", 0) <= left["MVP"] and from_shared <= left["shared"] + left["old"]
    assert (chosen is not None) == enough
    if chosen is None:
        return
    for kind in TYPES:
        assert sum(part.n for part in chosen if part.type == kind) == order.get(kind, 0)
    for number, shard in enumerate(there):
        for pool in POOLS:
            taken = sum(part.n for part in chosen if (part.shard, part.pool) == (number, pool))
            assert 0 <= taken <= shard[pool]
    assert all(part.pool in pools_of(part.type) and part.n > 0 for part in chosen)


@given(shards, st.integers(1, 50))
def test_an_order_takes_from_the_fewest_shards_that_have_it(there, quantity):
    chosen = choose(there, {"regular": quantity})

    has = [shard["shared"] + shard["old"] for shard in there]
    fewest = next(
        (n for n in range(1, len(has) + 1) if any(sum(c) >= quantity for c in combinations(has, n))), None
    )
    assert (len({part.shard for part in chosen}) if chosen else None) == fewest


@given(shards, wanted)
def test_one_shard_serves_an_order_of_several_types_if_it_can(there, order):
    alone = [number for number, shard in enumerate(there) if choose([shard], order)]

    chosen = choose(there, order)

    if alone:
        assert {part.shard for part in chosen} == {
            alone[0]
        }  # the first one: buyers begin in different places


@given(shards, st.lists(wanted, max_size=30))
def test_buyers_one_after_the_other_leave_nothing_that_could_be_had(there, orders):
    left = [dict(shard) for shard in there]
    for order in orders:
        for part in choose(left, order) or []:
            left[part.shard][part.pool] -= part.n
    while chosen := choose(left, {"regular": 1}):
        for part in chosen:
            left[part.shard][part.pool] -= part.n

    assert sum(shard["shared"] + shard["old"] for shard in left) == 0
    assert min(n for shard in left for n in shard.values()) >= 0
