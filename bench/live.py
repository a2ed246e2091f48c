"""How soon those who watch an event know of an order, and how many messages that takes, on the local stack.

So many clients follow an event over WebSockets while people order, now and then or as fast as they can. The
delay is from the answer to an order, by which its seat is held, to the first message that counts it,
for each client and order. `python -m bench live 1 200` runs some numbers of clients.
"""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

from bench.page import show
from devstack.stack import Stack
from tests.scenarios.audience import Audience, Watcher
from tests.scenarios.shop import Person, Shop, awaited

#: How many watch; from one address no more than 500 may.
WATCHERS: Final = (1, 200, 450)
#: Orders in each sale, and the shortest and longest time from one to the next where they come now and then.
ORDERS: Final = 40
APART_SECONDS: Final = (0.5, 3.0)
BUYERS: Final = 8
#: Long enough for nothing but orders to happen in a sale.
CALLBACK_SECONDS: Final = 60


class Sale(NamedTuple):
    """What was seen: `delays` in seconds, one for each client and order; `told`, messages to one client."""

    watchers: int
    kind: str
    seconds: float
    delays: list[float]
    told: float


def now_and_then(event: dict[str, Any], people: Sequence[Person]) -> list[float]:
    """Order with pauses; when each order was answered."""
    answered, chance = [], random.Random(1)  # noqa: S311 - the same pauses each time
    for number in range(ORDERS):
        people[number % BUYERS].buys(event)
        answered.append(time.monotonic())
        time.sleep(chance.uniform(*APART_SECONDS))
    return answered


def in_a_rush(event: dict[str, Any], people: Sequence[Person]) -> list[float]:
    """Order as fast as it takes; when each order was answered."""

    def order(number: int) -> float:
        people[number % BUYERS].buys(event)
        return time.monotonic()

    with ThreadPoolExecutor(BUYERS) as threads:
        return sorted(threads.map(order, range(ORDERS)))


SALES: Final = {"now and then": now_and_then, "in a rush": in_a_rush}


def run(shop: Shop, watchers: int, kind: str) -> Sale:
    """One sale, with so many watching."""
    sell: Callable[..., list[float]] = SALES[kind]
    event, people = shop.event(seats=ORDERS), [shop.person() for _ in range(BUYERS)]
    with Audience(shop.stack.live_url, event["id"], watchers) as audience:
        before = audience.messages()
        began = time.monotonic()
        answered = sell(event, people)
        seconds = answered[-1] - began
        awaited(lambda: audience.all_see(0))
        delays = [delay for one in audience.watchers for delay in _delays(one, answered)]
        return Sale(watchers, kind, seconds, delays, (audience.messages() - before) / watchers)


def _delays(watcher: Watcher, answered: Sequence[float]) -> list[float]:
    """The seconds from each order's answer until the watcher was told of so many; 0 where that came first."""
    seen = [(at, ORDERS - int(state["available_tickets"])) for at, state in watcher.told]
    return [
        max(0.0, next(at for at, sold in seen if sold >= number) - at_order)
        for number, at_order in enumerate(answered, start=1)
    ]


def table(sales: Sequence[Sale]) -> list[str]:
    """The lines for docs/performance.md."""
    lines = [
        "| watching | orders | in | delay p50 | p99 | longest | messages to each | to all |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for sale in sales:
        cuts = statistics.quantiles(sale.delays, n=100, method="inclusive")
        delays = " | ".join(f"{1000 * one:.0f} ms" for one in (cuts[49], cuts[98], max(sale.delays)))
        lines.append(
            f"| {sale.watchers} | {ORDERS}, {sale.kind} | {sale.seconds:.1f} s | {delays} "
            f"| {sale.told:.0f} | {sale.told * sale.watchers:,.0f} |"
        )
    return lines


def main(arguments: list[str]) -> None:
    """Sell with each number of clients, and show."""
    wanted = [int(one) for one in arguments] or WATCHERS
    with Stack({"DARAJA_SIM_DELAY": str(CALLBACK_SECONDS)}) as stack:
        shop = Shop(stack)
        sales = [run(shop, watchers, kind) for watchers in wanted for kind in SALES]
    show("live", table(sales))
