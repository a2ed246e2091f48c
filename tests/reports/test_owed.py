"""The one sum that says what an organizer is owed."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.reports.owed import Dues

MONEY = st.integers(0, 10**12)


@st.composite
def dues(draw):
    revenue = draw(MONEY)
    cash = draw(st.integers(0, revenue))
    return Dues(revenue, cash, draw(MONEY), draw(st.integers(0, 10_000)), draw(MONEY))


def test_it_is_what_came_by_m_pesa_without_charges_fee_and_what_was_paid_out():
    seen = Dues(revenue=10_000, cash=2_000, charges=34, fee_bps=250, paid_out=3_000)

    assert (seen.fee, seen.owed) == (250, 4_716)


def test_a_part_of_a_shilling_is_the_organizers():
    assert Dues(399, 0, 0, 250, 0).fee == 9  # 9.975


def test_refunds_after_a_payout_leave_less_than_nothing():
    assert Dues(revenue=0, cash=0, charges=7, fee_bps=250, paid_out=1_000).owed == -1_007


@given(dues())
def test_everything_is_whole_and_nothing_is_lost(seen):
    assert type(seen.fee) is type(seen.owed) is int
    assert seen.owed + seen.cash + seen.charges + seen.fee + seen.paid_out == seen.revenue
    assert 0 <= seen.fee <= seen.revenue
    assert seen.fee * 10_000 <= seen.revenue * seen.fee_bps < (seen.fee + 1) * 10_000


@given(dues(), st.integers(0, 10_000))
def test_a_higher_fee_never_leaves_more(seen, bps):
    lower, higher = sorted((bps, seen.fee_bps))

    assert seen._replace(fee_bps=higher).owed <= seen._replace(fee_bps=lower).owed


@given(dues(), st.lists(st.integers(0, 120)))
def test_however_often_somebody_asks_no_more_is_paid_out_than_is_owed(seen, per_cents):
    """Each asks for so many per cent of what was owed at first, and is paid out if it is not too much."""
    before = seen
    for per_cent in per_cents:
        amount = max(1, before.owed * per_cent // 100)
        if amount <= seen.owed:
            seen = seen._replace(paid_out=seen.paid_out + amount)

    assert seen.owed >= min(0, before.owed)
    assert seen.paid_out - before.paid_out <= max(0, before.owed)
