"""Cash at the gate, many at once, on the running stack; each race stands beside a control that loses it."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from devstack.stack import Stack
from tests.scenarios.shop import CARELESS, Person, Shop, _form, awaited

pytestmark = pytest.mark.stack

SEATS, PRICE, THREADS = 40, 100, 32


@pytest.fixture(scope="module")
def careless_shop() -> Iterator[Shop]:
    """The same service without the conditions on seats and drawers (tests/scenarios/careless/app.py)."""
    settings = {"DARAJA_SIM_DELAY": "0.1", "LIMITS_FACTOR": "1000", "CARELESS_OF": "Stock,CashDrawer"}
    with Stack(settings, project=CARELESS) as stack:
        yield Shop(stack)


class Gate:
    """An event, its organizer, and four who sell at its gate."""

    def __init__(self, shop: Shop, seats: int = SEATS, *, in_shards: bool = False) -> None:
        self.shop, self.organizer = shop, Person(shop, role_id=2)
        form = _form(10_000 if in_shards else seats, PRICE)
        self.event = self.organizer.calls("POST", "/events", 201, json=form)
        self.path = f"/events/{self.event['id']}"
        if in_shards:
            self.organizer.calls("PATCH", self.path, 200, json={"capacity": seats})
        self.sellers = [shop.person() for _ in range(4)]
        for seller in self.sellers:
            self.organizer.calls("PUT", f"{self.path}/staff/{seller.id}", 200, json={"role": "gate"})

    def sells(self, seller: Person, n: int) -> requests.Response:
        body = {"event_id": self.event["id"], "ticket_type": "regular", "quantity": n, "payment_type": "Cash"}
        return seller.asks("POST", "/payments", json=body)

    def drawers(self) -> dict[str, dict[str, Any]]:
        found = self.organizer.calls("GET", f"{self.path}/cash", 200)
        return {drawer["seller_id"]: drawer for drawer in found}

    def counts(self, seller: Person, amount: int) -> int:
        form = {"seller_id": seller.id, "amount": amount, "cash_ups": 0}
        return self.organizer.asks("POST", f"{self.path}/cash-ups", json=form).status_code


def at_once(what: list[Callable[[], Any]]) -> list[Any]:
    """What comes of things that are started together."""
    gate = threading.Barrier(len(what))

    def one(begin: Callable[[], Any]) -> Any:
        gate.wait()
        return begin()

    with ThreadPoolExecutor(len(what)) as threads:
        return list(threads.map(one, what))


def rush(gate: Gate, buyers: list[Person], chance: random.Random) -> list[tuple[Person, str]]:
    """Half of them sell for cash, half order by M-Pesa, all at once; returns who got a payment."""

    def one(number: int, n: int) -> tuple[Person, str] | None:
        who = gate.sellers[number % 4] if number % 2 else buyers[number // 2]
        answer = gate.sells(who, n) if number % 2 else who.orders(gate.event, n)
        assert answer.status_code in (202, 409, 503), answer.text
        return (who, answer.json()["id"]) if answer.status_code == 202 else None

    sizes = [chance.randint(1, 3) for _ in range(THREADS)]
    done = at_once([lambda number=number, n=n: one(number, n) for number, n in enumerate(sizes)])
    return [made for made in done if made]


@pytest.mark.parametrize("in_shards", [False, True], ids=["one shard", "eight shards"])
def test_the_last_seats_are_sold_once_by_cash_and_by_m_pesa_together(shop, in_shards):
    gate, chance = Gate(shop, in_shards=in_shards), random.Random(2026)
    buyers = [shop.person() for _ in range(THREADS // 2)]

    made = []
    for _ in range(20):
        made += rush(gate, buyers, chance)
        if shop.left(gate.event) == 0:
            break
    payments = [who.awaits(payment_id) for who, payment_id in made]

    assert shop.left(gate.event) == 0
    assert shop.stock(gate.event) == {"remaining": 0, "held": 0, "sold": SEATS, "revenue": SEATS * PRICE}
    assert {payment["status"] for payment in payments} == {"Completed"}
    assert {payment["payment_type"] for payment in payments} == {"Cash", "Mpesa"}
    ids = [ticket["id"] for payment in payments for ticket in payment["tickets"]]
    assert len(ids) == len(set(ids)) == SEATS
    for seller, drawer in gate.drawers().items():
        own = [payment for payment in payments if payment["sold_by"] == seller]
        assert drawer["taken"] == sum(payment["amount"] for payment in own)
        assert drawer["tickets"] == sum(len(payment["tickets"]) for payment in own)


def test_without_the_condition_on_seats_the_same_race_oversells(careless_shop):
    """The control of the test above."""
    chance = random.Random(2026)
    buyers = [careless_shop.person() for _ in range(THREADS // 2)]
    for _ in range(3):  # a race may end well by luck; three do not
        gate = Gate(careless_shop)
        made = rush(gate, buyers, chance) + rush(gate, buyers, chance)
        for who, payment_id in made:
            who.awaits(payment_id)
        stock = careless_shop.stock(gate.event)
        if stock["sold"] > SEATS or stock["remaining"] < 0:
            return
    pytest.fail("the race oversells nothing even without the condition, so it proves nothing")


def counted_by_many(shop: Shop) -> tuple[list[int], dict[str, Any]]:
    """Many count one drawer at once; returns what they are told, and the drawer."""
    gate = Gate(shop)
    seller = gate.sellers[0]
    assert gate.sells(seller, 5).status_code == 202
    said = at_once([lambda: gate.counts(seller, 500)] * THREADS)
    return said, gate.drawers()[seller.id]


def test_of_many_who_count_one_drawer_at_once_one_takes_its_cash_over(shop):
    said, drawer = counted_by_many(shop)

    assert sorted(set(said)) == [201, 409]
    assert said.count(201) == 1
    assert (drawer["handed_over"], drawer["in_hand"], drawer["cash_ups"]) == (500, 0, 1)


def test_without_the_condition_on_the_drawer_its_cash_is_counted_twice(careless_shop):
    """The control of the test above."""
    for _ in range(3):
        said, drawer = counted_by_many(careless_shop)
        if said.count(201) > 1:
            assert drawer["handed_over"] == 500 * said.count(201)
            return
    pytest.fail("it is counted once even without the condition, so it proves nothing")


def test_a_seller_sells_and_the_organizer_counts_over_http(shop):
    """The way of `docs/cash.md`."""
    gate = Gate(shop)
    seller = gate.sellers[0]
    body = {"event_id": gate.event["id"], "ticket_type": "regular", "quantity": 2, "phone": "0733000111"}
    sold = seller.calls("POST", "/payments", 202, json=body | {"payment_type": "Cash"})

    texts = awaited(lambda: found if len(found := shop.texts("254733000111")) == 2 else None)
    counted = gate.organizer.calls(
        "POST", f"{gate.path}/cash-ups", 201, json={"seller_id": seller.id, "amount": 200}
    )
    refund = {"reason": "Fell ill.", "method": "manual"}
    back = gate.organizer.calls("POST", f"/payments/{sold['id']}/refund", 202, json=refund)

    link = next(word for word in texts[0].split() if word.startswith("http"))
    assert requests.get(link, timeout=10).headers["Content-Type"] == "image/png"
    assert (counted["expected"], counted["difference"]) == (200, 0)
    assert (back["status"], back["refunded_amount"]) == ("Refunded", 200)
    assert gate.drawers()[gate.organizer.id]["in_hand"] == -200
