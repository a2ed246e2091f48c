"""Buying from an event whose stock lies in several shards."""

import random

import pytest

from chalicelib.catalog import known_shards, stock
from chalicelib.catalog.models import Event, Stock
from chalicelib.core.dynamo import StillColliding
from chalicelib.payments import attempts, looking, purchase, settlement
from chalicelib.payments.daraja.answers import NotSent, Why
from chalicelib.payments.models import Payment
from tests.actors import PHONE
from tests.payments.test_round_trips import counted


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(known_shards, "_known", {})


@pytest.fixture
def begins_at(monkeypatch):
    """Makes a buyer begin at a shard, and go on in the order of their numbers."""

    def begin(first: int) -> None:
        def mixed(numbers: list[int]) -> None:
            numbers.sort(key=lambda number: (number != first, number))

        monkeypatch.setattr(looking.random, "shuffle", mixed)

    return begin


def shards_of(event) -> list[Stock]:
    return stock.read_stock(Event.get(event["id"], consistent_read=True))


def left(event) -> list[int]:
    return [stock.left([shard]) for shard in shards_of(event)]


def columns(event) -> dict[str, int]:
    return {
        name: sum(sum(getattr(shard, name).values()) for shard in shards_of(event))
        for name in ("remaining", "held", "sold", "revenue")
    }


def lies(event, *seats: int) -> None:
    """Have an event's seats lie just so."""
    for shard, n in zip(shards_of(event), seats, strict=True):
        shard.update(actions=[Stock.remaining.set({"shared": n})])
    Event(event["id"]).update(actions=[Event.capacity.set(sum(seats))])


def warm(town, buyer, organizer, event) -> None:
    """The container knows the event, and what the buyer may do."""
    buyer.buys(organizer.event())
    town.asks("GET", f"/events/{event['id']}")


def holds(payment) -> list[tuple[int, int]]:
    return [(int(one.shard), int(one.n)) for one in Payment.get(payment["id"]).holds]


def test_buyers_spread_over_the_shards(town, buyer, organizer, monkeypatch):
    monkeypatch.setattr(looking, "random", random.Random(8))
    event = organizer.sharded_event(800)

    used = {holds(buyer.buys(event))[0][0] for _ in range(40)}

    assert used == set(range(8))


def test_a_purchase_costs_as_many_round_trips_as_with_one_shard(town, buyer, organizer, monkeypatch):
    event = organizer.sharded_event(800)
    buyer.buys(event)

    with counted(monkeypatch) as calls:
        buyer.buys(event, 2)

    assert calls == ["GetItem", "BatchGetItem", "TransactWriteItems", "UpdateItem"]


def test_a_container_that_does_not_know_the_shards_does_not_take_the_first(
    town, buyer, organizer, begins_at, monkeypatch
):
    event = organizer.sharded_event(800)
    warm(town, buyer, organizer, event)
    known_shards._known.clear()
    begins_at(5)

    with counted(monkeypatch) as calls:
        payment = buyer.buys(event)

    assert calls == ["GetItem", "BatchGetItem", "BatchGetItem", "TransactWriteItems", "UpdateItem"]
    assert holds(payment) == [(5, 1)]


def test_a_shard_that_has_too_few_is_made_up_for_by_another(town, buyer, organizer, begins_at, monkeypatch):
    event = organizer.sharded_event(80)
    lies(event, 1, 2, 0, 0, 7, 3, 0, 0)
    warm(town, buyer, organizer, event)
    begins_at(0)

    with counted(monkeypatch) as calls:
        payment = buyer.buys(event, 4)

    assert calls == ["GetItem", "BatchGetItem", "BatchGetItem", "TransactWriteItems", "UpdateItem"]
    assert holds(payment) == [(4, 4)]


def test_a_purchase_takes_from_several_shards_and_gives_back_to_each(
    town, buyer, organizer, safaricom, begins_at
):
    event = organizer.sharded_event(80)
    lies(event, 1, 2, 0, 0, 2, 3, 0, 1)
    begins_at(0)

    payment = buyer.buys(event, 7)
    assert sorted(holds(payment)) == [(1, 2), (4, 2), (5, 3)]
    assert left(event) == [1, 0, 0, 0, 0, 0, 0, 1]

    safaricom.calls_back(1032)
    assert left(event) == [1, 2, 0, 0, 2, 3, 0, 1]


def test_a_sale_from_several_shards_is_booked_in_each(town, buyer, organizer, safaricom, begins_at):
    event = organizer.sharded_event(3)
    begins_at(0)

    payment = buyer.buys(event, 3)
    safaricom.calls_back(0)

    assert buyer.payment(payment)["status"] == "Completed"
    assert len(buyer.payment(payment)["tickets"]) == 3
    assert columns(event) == {"remaining": 0, "held": 0, "sold": 3, "revenue": 6000}
    assert sorted(sum(shard.sold.values()) for shard in shards_of(event)) == [0] * 5 + [1] * 3


def test_a_free_order_takes_from_several_shards(buyer, organizer):
    event = organizer.sharded_event(3, regular_price=0)

    assert buyer.buys(event, 3)["status"] == "Completed"
    assert columns(event)["sold"] == 3


def test_the_last_seat_is_found_and_then_it_is_sold_out(buyer, organizer):
    event = organizer.sharded_event(80)
    lies(event, 0, 0, 0, 0, 0, 0, 1, 0)

    few = buyer.orders(event, 2)
    assert (few.body["code"], few.body["available"]) == ("sold_out", {"regular": 1})
    buyer.buys(event)
    none = buyer.orders(event)
    assert (none.status, none.body["code"], none.body["available"]) == (409, "sold_out", {"regular": 0})


def test_seats_that_came_with_more_shards_are_found_by_a_container_that_does_not_know(
    town, buyer, organizer, monkeypatch
):
    event = organizer.event(available_tickets=1)
    buyer.buys(event)
    warm(town, buyer, organizer, event)

    organizer.asks("PATCH", f"/events/{event['id']}", {"capacity": 10_000})
    known_shards._known.clear()

    for _ in range(10):
        buyer.buys(event, 10)
    assert columns(event)["held"] == 101


@pytest.mark.parametrize("room", [purchase, attempts])
def test_a_shard_that_is_too_busy_is_left_for_another(
    town, buyer, organizer, safaricom, begins_at, monkeypatch, room
):
    """Throttled, or always taken by others: the buyer does not wait for it."""
    event = organizer.sharded_event(80)
    payment = buyer.buys(event, phone=PHONE)
    safaricom.calls_back(1032)
    begins_at(3)
    transact, busy = room.transact, []

    def throttled(fill, tries):
        class Writing:
            def __getattr__(self, name):
                return lambda item, **more: touched.append(item)

        touched: list = []
        fill(Writing())
        if any(isinstance(item, Stock) and item.number == 3 for item in touched):
            busy.append(tries)
            raise StillColliding
        transact(fill, tries)

    monkeypatch.setattr(room, "transact", throttled)
    if room is purchase:
        payment = buyer.buys(event)
    else:
        again = buyer.asks("POST", "/lnmo", {"payment_id": payment["id"]})
        assert again.status == 202, again.body

    assert busy == [3]
    assert holds(payment) == [(0, 1)]
    assert columns(event)["held"] == 1


def test_where_all_shards_are_too_busy_the_buyer_is_told_when_to_try_again(
    buyer, organizer, safaricom, monkeypatch
):
    def throttled(fill, tries):
        raise StillColliding

    event = organizer.sharded_event(80)
    monkeypatch.setattr(purchase, "transact", throttled)

    answer = buyer.orders(event)

    assert (answer.status, answer.body["code"], answer.header("Retry-After")) == (503, "busy", "2")
    assert safaricom.prompts == []
    assert columns(event)["held"] == 0


@pytest.mark.parametrize("order", [{}, {"ticket_type": "MVP"}], ids=["paid", "free"])
def test_a_try_that_is_written_after_all_is_the_one_that_counts(
    buyer, organizer, safaricom, begins_at, monkeypatch, order
):
    """It seemed to collide to the end, the buyer went to another shard; and it had been written."""
    event, transact = organizer.sharded_event(80, MVP_price=0), purchase.transact
    begins_at(3)

    def written_but_unheard(fill, tries):
        monkeypatch.setattr(purchase, "transact", transact)
        transact(fill, tries)
        raise StillColliding

    monkeypatch.setattr(purchase, "transact", written_but_unheard)
    safaricom.town.pace.turns = 1
    payment = buyer.buys(event, 2, **order)
    assert holds(payment) == [(3, 2)]
    assert safaricom.town.pace.turns == (1 if order else 0)  # its prompt took the turn, and nobody else may
    if order:
        assert buyer.payment(payment)["status"] == "Completed"
        return
    assert len(safaricom.prompts) == 1
    safaricom.calls_back(1032)

    assert left(event) == [10] * 8
    assert columns(event)["held"] == 0


def test_a_try_that_is_written_while_the_next_one_is_on_its_way_is_the_one_that_counts(
    buyer, organizer, safaricom, begins_at, monkeypatch
):
    event, transact, on_its_way = organizer.sharded_event(80), purchase.transact, []
    begins_at(3)

    def late_to_be_written(fill, tries):
        if not on_its_way:
            on_its_way.append(fill)
            raise StillColliding
        transact(on_its_way[0], tries)
        transact(fill, tries)

    monkeypatch.setattr(purchase, "transact", late_to_be_written)
    safaricom.next_pushes = [NotSent(Why.REFUSED, "")]
    answer = buyer.orders(event, 2)

    assert (answer.status, answer.body["code"]) == (502, "payment_refused")
    assert left(event) == [10] * 8
    assert columns(event)["held"] == 0


def test_a_retry_that_is_written_after_all_is_the_one_that_counts(
    buyer, organizer, safaricom, begins_at, monkeypatch
):
    event, transact = organizer.sharded_event(80), attempts.transact
    begins_at(3)
    payment = buyer.buys(event, 2)
    safaricom.calls_back(1032)

    def written_but_unheard(fill, tries):
        monkeypatch.setattr(attempts, "transact", transact)
        transact(fill, tries)
        raise StillColliding

    monkeypatch.setattr(attempts, "transact", written_but_unheard)
    assert buyer.asks("POST", "/lnmo", {"payment_id": payment["id"]}).status == 202

    assert (len(safaricom.prompts), columns(event)["held"], holds(payment)) == (2, 2, [(3, 2)])


def test_asking_again_takes_seats_wherever_there_are_some(buyer, organizer, safaricom, begins_at):
    event = organizer.sharded_event(80)
    lies(event, 2, 0, 0, 0, 0, 0, 0, 0)
    payment = buyer.buys(event, 2)
    safaricom.calls_back(1032)
    lies(event, 0, 1, 0, 1, 0, 0, 0, 0)

    answer = buyer.asks("POST", "/lnmo", {"payment_id": payment["id"]})

    assert answer.status == 202, answer.body
    assert sorted(holds(payment)) == [(1, 1), (3, 1)]
    safaricom.calls_back(0)
    assert buyer.payment(payment)["status"] == "Completed"
    assert columns(event) == {"remaining": 0, "held": 0, "sold": 2, "revenue": 4000}


def late(buyer, event, safaricom, n: int = 2):
    """A payment whose hold has ended, and whose money is still to come."""
    payment = buyer.buys(event, n)
    safaricom.calls_back(1037)
    return payment


def test_late_money_finds_other_seats_when_its_own_are_sold(town, buyer, organizer, safaricom, begins_at):
    event = organizer.sharded_event(80)
    begins_at(0)
    payment = late(buyer, event, safaricom)
    assert holds(payment) == [(0, 2)]
    lies(event, 1, 0, 0, 1, 0, 0, 0, 0)

    safaricom.calls_back(0, prompt=0)

    paid = buyer.payment(payment)
    assert (paid["status"], len(paid["tickets"])) == ("Completed", 2)
    assert sorted(holds(payment)) == [(0, 1), (3, 1)]
    assert columns(event) == {"remaining": 0, "held": 0, "sold": 2, "revenue": 4000}


def test_late_money_pays_the_price_of_then(town, buyer, organizer, safaricom, begins_at):
    event = organizer.sharded_event(80)
    begins_at(0)
    late(buyer, event, safaricom)
    organizer.asks("PATCH", f"/events/{event['id']}", {"regular_price": 9000})
    lies(event, 0, 0, 0, 2, 0, 0, 0, 0)

    safaricom.calls_back(0, prompt=0)

    assert columns(event) == {"remaining": 0, "held": 0, "sold": 2, "revenue": 4000}


def test_late_money_finds_seats_in_another_pool_of_the_only_shard(town, buyer, organizer, safaricom):
    event = organizer.event()
    payment = late(buyer, event, safaricom)
    organizer.asks("PATCH", f"/events/{event['id']}", {"quotas": {"regular": 10}})

    safaricom.calls_back(0, prompt=0)

    assert buyer.payment(payment)["status"] == "Completed"
    assert shards_of(event)[0].remaining == {"regular": 8, "shared": 0}


@pytest.mark.parametrize("why", ["sold", "called off"])
def test_late_money_is_due_back_only_if_the_event_has_no_seats(town, buyer, organizer, safaricom, why):
    event = organizer.sharded_event(80)
    payment = late(buyer, event, safaricom)
    if why == "sold":
        lies(event, 0, 0, 0, 1, 0, 0, 0, 0)
    else:
        organizer.asks("POST", f"/events/{event['id']}/cancel")

    safaricom.calls_back(0, prompt=0)

    assert buyer.payment(payment)["status"] == "RefundDue"
    assert columns(event)["sold"] == 0


def test_late_money_whose_new_seats_go_too_looks_again(
    town, buyer, organizer, safaricom, begins_at, monkeypatch
):
    event = organizer.sharded_event(80)
    begins_at(0)
    payment = late(buyer, event, safaricom)
    lies(event, 0, 2, 0, 0, 0, 0, 0, 0)
    apply, quick = settlement.apply, []

    def after_somebody_else(seen, change, at):
        if change.seats and not quick:
            quick.append(seen)
            lies(event, 0, 0, 0, 0, 2, 0, 0, 0)
        apply(seen, change, at)

    monkeypatch.setattr(settlement, "apply", after_somebody_else)
    safaricom.calls_back(0, prompt=0)

    assert quick
    assert buyer.payment(payment)["status"] == "Completed"
    assert holds(payment) == [(4, 2)]


def test_late_money_told_twice_takes_seats_once(town, buyer, organizer, safaricom, begins_at):
    event = organizer.sharded_event(80)
    begins_at(0)
    payment = late(buyer, event, safaricom)
    lies(event, 0, 2, 2, 0, 0, 0, 0, 0)

    for _ in range(2):
        safaricom.calls_back(0, prompt=0)

    assert holds(payment) == [(1, 2)]
    assert columns(event)["sold"] == 2


def test_an_amount_that_differs_takes_the_sale_back_from_where_the_late_seats_were(
    town, buyer, organizer, safaricom, begins_at
):
    event = organizer.sharded_event(80)
    begins_at(0)
    payment = late(buyer, event, safaricom)
    lies(event, 0, 1, 0, 1, 0, 0, 0, 0)
    safaricom.calls_back(0, prompt=0)

    organizer.asks("POST", f"/events/{event['id']}/cancel")
    town.unwinds()

    assert buyer.payment(payment)["status"] == "RefundDue"
    assert left(event) == [0, 1, 0, 1, 0, 0, 0, 0]
    assert columns(event) == {"remaining": 2, "held": 0, "sold": 0, "revenue": 0}
