"""Moving seats between pools: no seat appears or vanishes, and none that is taken moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.capacity import SHARED, Seating, moves_between, quotas_after
from chalicelib.catalog.problems import BelowTaken
from chalicelib.catalog.ticket_types import TICKET_TYPES

SOME = st.integers(0, 40)
BY_TYPE = st.dictionaries(st.sampled_from(TICKET_TYPES), SOME)


@given(SOME, BY_TYPE, BY_TYPE, BY_TYPE, SOME)
def test_seats_only_move_or_are_added_and_none_that_is_taken(shared, pools, taken, quotas, capacity):
    remaining = {SHARED: shared, **pools}
    before = Seating(
        sum(remaining.values()) + sum(taken.values()),
        {kind: n + taken.get(kind, 0) for kind, n in pools.items()},
    )
    after = Seating(capacity, quotas)

    try:
        moves = moves_between(before, after, remaining, taken)
    except BelowTaken as too_few:
        assert too_few.details["lowest"]
        return

    result = {pool: remaining.get(pool, 0) + moves.get(pool, 0) for pool in {*remaining, *moves}}
    assert min(result.values()) >= 0
    assert sum(result.values()) + sum(taken.values()) == capacity
    for kind in TICKET_TYPES:
        if kind in quotas:
            assert result.get(kind, 0) == quotas[kind] - taken.get(kind, 0)
        else:
            assert result.get(kind, 0) == 0


@given(SOME, BY_TYPE, BY_TYPE, SOME)
def test_the_lowest_capacity_that_is_told_is_possible_and_one_less_is_not(shared, pools, taken, more):
    remaining = {SHARED: shared, **pools}
    quotas = {kind: n + taken.get(kind, 0) for kind, n in pools.items()}
    before = Seating(sum(remaining.values()) + sum(taken.values()), quotas)
    lowest = before.capacity - shared

    assert moves_between(before, Seating(lowest, quotas), remaining, taken).get(SHARED, 0) == -shared
    with pytest.raises(BelowTaken) as refused:
        moves_between(before, Seating(lowest - 1 - more, quotas), remaining, taken, {"available_tickets": 3})
    assert refused.value.details["lowest"] == {"capacity": lowest, "available_tickets": lowest + 3}


def test_without_what_was_read_the_quotas_are_as_sent():
    assert quotas_after({"MVP": 5}, {"regular": 3}, None) == {"regular": 3}


def test_with_what_was_read_only_the_difference_counts():
    now = {"MVP": 5, "early_booking": 4}

    assert quotas_after(now, {"MVP": 2}, {"MVP": 2}) == now
    assert quotas_after(now, {"MVP": 3}, {"MVP": 2}) == {"MVP": 3, "early_booking": 4}
    assert quotas_after(now, {}, {"MVP": 2}) == {"early_booking": 4}
