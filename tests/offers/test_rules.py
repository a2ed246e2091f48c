"""What a code takes off, and how its tickets lie in shares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.sharding import Part
from chalicelib.catalog.stock import Seats
from chalicelib.offers import rules, terms

PRICES = st.integers(0, 250_000)
PERCENTS = st.integers(1, 100)


@given(PRICES, st.integers(1, 250_000))
def test_an_amount_off_is_taken_off_and_never_more_than_the_price(price, off):
    assert rules.price_after(price, off, None) == max(0, price - off)


@given(PRICES, PERCENTS)
def test_a_per_cent_off_is_never_more_than_was_promised_nor_a_shilling_less(price, percent):
    off = price - rules.price_after(price, None, percent)

    assert 0 <= off <= price
    assert off * 100 <= price * percent < (off + 1) * 100


@given(PRICES, PERCENTS, PERCENTS)
def test_more_per_cent_off_is_never_dearer(price, one, other):
    less, more = sorted([one, other])

    assert rules.price_after(price, None, more) <= rules.price_after(price, None, less)


@pytest.mark.parametrize(
    ("price", "amount", "percent", "after"),
    [(2000, 500, None, 1500), (400, 500, None, 0), (99, None, 15, 85), (1, None, 99, 1), (999, None, 100, 0)],
)
def test_what_a_ticket_costs_with_a_code(price, amount, percent, after):
    assert rules.price_after(price, amount, percent) == after


@given(st.integers(1, 1_000_000), st.integers(1, 32))
def test_the_shares_of_a_code_have_all_its_tickets_and_no_more(most, shards):
    shares = rules.shares_for(most, shards)
    parts = [rules.part_of(most, shares, share) for share in range(shares)]

    assert sum(parts) == most
    assert max(parts) - min(parts) <= 1
    assert 1 <= shares <= min(shards, rules.MOST_SHARES)
    assert shares == 1 or min(parts) >= rules.TICKETS_A_SHARE / 2


def test_a_code_without_a_limit_lies_in_as_many_shares_as_its_event_has_shards_up_to_five():
    assert [rules.shares_for(None, shards) for shards in (1, 4, 32)] == [1, 4, 5]


@pytest.mark.parametrize("text", ["JAZZ-20", "jazz-20", "2030", "a-b", "x" * 32])
def test_what_can_be_a_code(text):
    assert rules.normal(text) == text.upper()


@pytest.mark.parametrize("text", ["", "ab", "x" * 33, "JAZZ 20", "ß-20", "JAZZ#1", "JAZZ\n", "JAZZ-²"])
def test_what_cannot_be_a_code(text):
    assert rules.normal(text) is None


KINDS = st.sampled_from(["regular", "MVP"])
SEATS = st.lists(
    st.builds(
        Seats,
        shard=st.integers(0, 3),
        type=KINDS,
        n=st.integers(1, 5),
        pool=st.just("shared"),
        price=st.just(100),
        share=st.none(),
    ),
    max_size=5,
)
SHARES = st.lists(
    st.builds(Part, shard=st.integers(0, 4), type=KINDS, n=st.integers(0, 5), pool=st.just("tickets")),
    max_size=5,
)


def total(some, kind):
    return sum(one.n for one in some if one.type == kind)


@given(SEATS, SHARES)
def test_seats_are_split_over_shares_and_none_is_lost_or_counted_twice(seats, shares):
    found = terms.spread(seats, shares)

    counted = [one for one in found if one.share is not None]
    for kind in ("regular", "MVP"):
        assert total(found, kind) == total(seats, kind)
        assert total(counted, kind) == min(total(seats, kind), total(shares, kind))
        for share in range(5):
            there = sum(part.n for part in shares if (part.shard, part.type) == (share, kind))
            assert total([one for one in counted if one.share == share], kind) <= there
    assert all(one.n > 0 for one in found)
