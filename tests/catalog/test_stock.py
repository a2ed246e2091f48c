"""Seats as DynamoDB keeps them: each test runs on moto and on ministack."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog import stock, takings
from chalicelib.catalog.models import Event, Stock
from chalicelib.catalog.moves import GIVE_BACK, HOLD, SELL, SELL_UNHELD, TAKE_BACK
from chalicelib.catalog.stock import Seats
from chalicelib.core.dynamo import ConditionFailed, transact

#: Still the 24th in Nairobi, three hours ahead of UTC.
AT = datetime(2026, 12, 24, 20, tzinfo=UTC)


def shard(key: str = "event#0", *, on_sale: bool = True, **remaining: int) -> None:
    nothing = {"early_booking": 0, "regular": 0, "MVP": 0}
    Stock(
        key,
        on_sale=on_sale,
        remaining=remaining or {"shared": 10},
        held=dict(nothing),
        sold=dict(nothing),
        revenue=dict(nothing),
    ).save()


def seats(n: int, kind: str = "regular", pool: str = "shared", price: int = 100) -> Seats:
    return Seats(0, kind, n, pool, price)


def move(how, *some: Seats, at: datetime = AT) -> None:
    transact(lambda writing: stock.move(writing, "event", some, how, at))


def taken() -> list[tuple[str, int, int, int]]:
    return [(row.day, row.sold, row.refunded, row.revenue) for row in takings.read(["event#0"])]


def columns(key: str = "event#0") -> dict[str, int]:
    found = Stock.get(key, consistent_read=True)
    return {name: sum(getattr(found, name).values()) for name in ("remaining", "held", "sold", "revenue")}


def test_seats_go_from_remaining_to_held_to_sold(store):
    shard()

    move(HOLD, seats(3))
    assert columns() == {"remaining": 7, "held": 3, "sold": 0, "revenue": 0}
    move(SELL, seats(3))
    assert columns() == {"remaining": 7, "held": 0, "sold": 3, "revenue": 300}
    assert Stock.get("event#0").version == 2


def test_what_is_sold_is_counted_to_its_day_in_nairobi(store):
    shard(shared=10, MVP=3)
    move(HOLD, seats(3), seats(1, "MVP", "MVP", 900))
    assert taken() == []

    move(SELL, seats(3), seats(1, "MVP", "MVP", 900))
    move(SELL_UNHELD, seats(2), at=AT + timedelta(hours=1))
    move(TAKE_BACK, seats(1), at=AT + timedelta(hours=2))

    assert taken() == [
        ("2026-12-24#MVP", 1, 0, 900),
        ("2026-12-24#regular", 3, 0, 300),
        ("2026-12-25#regular", 2, 1, 100),
    ]


def test_seats_of_one_type_from_two_pools_are_counted_once(store):
    shard(shared=2, MVP=2)

    move(SELL_UNHELD, seats(2), seats(1, "regular", "MVP"))

    assert taken() == [("2026-12-24#regular", 3, 0, 300)]


def test_what_is_not_sold_is_not_counted(store):
    shard()

    with pytest.raises(ConditionFailed):
        move(SELL, seats(1))

    assert taken() == []


def test_a_hold_is_given_back(store):
    shard()
    move(HOLD, seats(3))
    move(GIVE_BACK, seats(3))

    assert columns() == {"remaining": 10, "held": 0, "sold": 0, "revenue": 0}


def test_nothing_falls_below_zero(store):
    shard()
    move(HOLD, seats(8))

    for how, some in ((HOLD, seats(3)), (SELL_UNHELD, seats(3)), (GIVE_BACK, seats(9)), (SELL, seats(9))):
        with pytest.raises(ConditionFailed):
            move(how, some)
    assert columns() == {"remaining": 2, "held": 8, "sold": 0, "revenue": 0}


def test_two_types_that_share_a_pool_do_not_exceed_it_together(store):
    shard()

    with pytest.raises(ConditionFailed):
        move(HOLD, seats(6), seats(5, "MVP"))
    move(HOLD, seats(6), seats(4, "MVP"))
    assert columns()["remaining"] == 0


def test_a_type_with_a_quota_draws_from_its_own_pool(store):
    shard(shared=5, MVP=2)

    with pytest.raises(ConditionFailed):
        move(HOLD, seats(3, "MVP", "MVP"))
    move(HOLD, seats(2, "MVP", "MVP"), seats(5))
    assert columns() == {"remaining": 0, "held": 7, "sold": 0, "revenue": 0}


def test_a_closed_shard_sells_nothing_but_takes_seats_back(store):
    shard()
    move(HOLD, seats(3))
    Stock("event#0").update(actions=[Stock.on_sale.set(False)])

    for how in (HOLD, SELL, SELL_UNHELD):
        with pytest.raises(ConditionFailed):
            move(how, seats(1))
    move(GIVE_BACK, seats(3))
    assert columns()["remaining"] == 10


def test_a_shard_that_does_not_exist_holds_nothing(store):
    with pytest.raises(ConditionFailed):
        move(HOLD, seats(1))


@given(
    st.dictionaries(st.sampled_from(["early_booking", "regular", "MVP"]), st.integers(1, 50)),
    st.integers(150, 999),
)
def test_the_pools_of_a_new_event_add_up_to_its_capacity(quotas, capacity):
    event = Event(id="e", capacity=capacity, quotas=quotas, prices={"regular": 1})

    shards = stock.first_stock(event)

    assert stock.left(shards) == capacity
    assert all(stock.pools_of(event, kind, shards) == [kind] for kind in quotas)
