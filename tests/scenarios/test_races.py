"""Many at once, on the running stack; each race stands beside a control that shows it can be lost."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from devstack.stack import Stack
from tests.scenarios.shop import CARELESS, Person, Shop, a_phone_that_pays, awaited

pytestmark = pytest.mark.stack

SEATS, BUYERS, THREADS = 50, 200, 32
#: A third of the orders fail on the phone, each in another way.
FAILING = ["254700000001", "254700000017", "254700001019", "254700001032", "254700001037", "254700002001"]


@pytest.fixture(scope="module")
def crowded_shop(shop) -> Iterator[Shop]:
    yield shop.changes_simulator(one_prompt_per_phone=False)
    shop.changes_simulator(one_prompt_per_phone=True)


@pytest.fixture(scope="module")
def careless_shop() -> Iterator[Shop]:
    """The same service with the condition on seats taken out (tests/scenarios/careless/app.py)."""
    settings = {"DARAJA_SIM_DELAY": "0.1", "LIMITS_FACTOR": "1000", "CARELESS_OF": "Stock"}
    with Stack(settings, project=CARELESS) as stack:
        yield Shop(stack).changes_simulator(one_prompt_per_phone=False)


@pytest.fixture(scope="module")
def crowd(crowded_shop) -> list[Person]:
    return gathered(crowded_shop)


@pytest.fixture(scope="module")
def careless_crowd(careless_shop) -> list[Person]:
    return gathered(careless_shop)


def gathered(shop: Shop) -> list[Person]:
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(lambda _: shop.person(), range(BUYERS)))


def rush(shop: Shop, event: dict, people: list[Person], chance: random.Random) -> list[tuple[Person, str]]:
    """Everybody orders 1 to 4 tickets at once; returns who got a payment."""
    orders = [
        (
            person,
            chance.randint(1, 4),
            chance.choice(FAILING) if chance.random() < 1 / 3 else a_phone_that_pays(),
        )
        for person in people
    ]

    def one(order: tuple[Person, int, str]) -> tuple[Person, str] | None:
        person, n, phone = order
        answer = person.orders(event, n, phone)
        assert answer.status_code in (202, 409, 503), answer.text
        return (person, answer.json()["id"]) if answer.status_code == 202 else None

    with ThreadPoolExecutor(THREADS) as threads:
        return [opened for opened in threads.map(one, orders) if opened]


def all_settled(opened: list[tuple[Person, str]]) -> list[dict]:
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(lambda one: one[0].awaits(one[1]), opened))


@pytest.mark.parametrize("make", [Shop.event, Shop.sharded_event], ids=["one shard", "eight shards"])
def test_200_buyers_get_50_seats_exactly_once(crowded_shop, crowd, make):
    shop, chance = crowded_shop, random.Random(2026)
    event = make(shop, seats=SEATS, price=100)
    before = shop.books()

    payments = []
    for _ in range(10):  # those who failed leave seats, which others try for again
        settled = all_settled(rush(shop, event, crowd, chance))
        payments += settled
        assert shop.stock(event)["held"] == 0
        if shop.left(event) == 0:
            break

    completed = [payment for payment in payments if payment["status"] == "Completed"]
    sold = sum(item["quantity"] for payment in completed for item in payment["items"])
    assert sold == SEATS
    assert {payment["status"] for payment in payments} == {"Completed", "Failed"}
    assert shop.stock(event) == {"remaining": 0, "held": 0, "sold": SEATS, "revenue": SEATS * 100}
    ids = [ticket["id"] for payment in completed for ticket in payment["tickets"]]
    assert len(ids) == len(set(ids)) == SEATS
    assert shop.books() - before == sum(payment["amount"] for payment in completed) == SEATS * 100
    assert set(prompts_of(shop, payments).values()) == {1}


@pytest.mark.parametrize("make", [Shop.event, Shop.sharded_event], ids=["one shard", "eight shards"])
def test_without_the_condition_the_same_race_oversells(careless_shop, careless_crowd, make):
    """The control of the test above."""
    shop, chance = careless_shop, random.Random(2026)

    for _ in range(3):  # a race may end well by luck; three do not
        event = make(shop, seats=SEATS, price=100)
        all_settled(rush(shop, event, careless_crowd, chance))
        stock = shop.stock(event)
        if stock["sold"] > SEATS or stock["remaining"] < 0:
            return
    pytest.fail("the race oversells nothing even without the condition, so it proves nothing")


def test_one_key_sent_by_many_at_once_makes_one_payment(crowded_shop):
    event, person = crowded_shop.event(seats=40), crowded_shop.person()

    ids = at_once(16, lambda: person.orders(event, 1, phone="254719999999", key="one-order"))

    assert len(ids) == 1
    payment_id = ids.pop()
    person.awaits(payment_id)
    assert crowded_shop.stock(event)["sold"] == 1
    assert crowded_shop.prompts(payment_id) == 1


def test_without_a_key_many_at_once_make_many_payments(crowded_shop):
    """The control of the test above."""
    event, person = crowded_shop.event(seats=40), crowded_shop.person()

    ids = at_once(16, lambda: person.orders(event, 1))

    assert len(ids) == 16
    awaited(lambda: crowded_shop.stock(event)["sold"] == 16)


def at_once(n: int, order) -> set[str]:
    """The ids of the payments that so many equal orders make, all started together."""
    gate = threading.Barrier(n)

    def one(_: int) -> str | None:
        gate.wait()
        answer = order()
        assert answer.status_code in (202, 409), answer.text  # 409: the first one is still being sent
        return answer.json()["id"] if answer.status_code == 202 else None

    with ThreadPoolExecutor(n) as threads:
        return {found for found in threads.map(one, range(n)) if found}


def prompts_of(shop: Shop, payments: list[dict]) -> dict[str, int]:
    """How many prompts each payment had, from one look at the simulator's log."""
    counts = dict.fromkeys((payment["id"][-12:] for payment in payments), 0)
    for entry in shop.log("push", status=200):
        if entry["account_reference"] in counts:
            counts[entry["account_reference"]] += 1
    return counts
