"""Sales a second against the model of DynamoDB's limits, with 1 to 16 shards of stock.

Everything runs in slow motion, limits, requests, transactions, the pauses before another try and the keeping
of events, so that two cores reach the limits of sixteen items; what is measured is multiplied back.
Buyers order and are settled as fast as they can, so many for each shard, in one container that has sold of
the event before; M-Pesa takes everything at once. Before sales count, as long has passed as somebody may wait
who collides all the time. `python -m bench shards 1 16` runs some.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from multiprocessing import get_context
from types import SimpleNamespace
from typing import Any, Final

import requests
from botocore.exceptions import ClientError
from pynamodb.exceptions import PynamoDBException

from bench.events import made
from bench.page import show
from bench.plot import bars
from devstack.dynamodb_limits.layer import REFUSED_PATH
from devstack.dynamodb_limits.limits import Limits
from devstack.provision import make_queues, make_tables
from devstack.stack import Stack

SHARDS: Final = (1, 2, 4, 8, 16)
BUYERS_PER_SHARD: Final = 8
#: Seconds by the clock on the wall: before sales count, and while they do.
WARM_SECONDS: Final = 24.0
SECONDS: Final = 60.0
CAPACITY: Final = 160_000
#: A sale is two transactions on its shard, each of an item of at most 1 KB.
TRANSACTIONS: Final = 2
UNITS: Final = 2 * TRANSACTIONS


@dataclass
class Sale:
    """What happened in one run: when each sale was settled, and what buyers were told instead."""

    shards: int
    began: float
    settled_at: list[float] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        """Sales a second in the seconds that count, at full speed."""
        begin = self.began + WARM_SECONDS
        counted = sum(1 for at in self.settled_at if begin <= at < begin + SECONDS)
        return counted / SECONDS * slow_motion(self.shards)


def slow_motion(shards: int) -> float:
    """How many times slower so many shards are run: few need less of the machine."""
    return max(20.0, 4.0 * shards)


def ceiling(shards: int, limits: Limits) -> float:
    """Sales a second that the model allows: by units, or since one transaction at a time is on an item."""
    by_units = limits.writes / UNITS
    by_time = 1 / (TRANSACTIONS * limits.transaction_seconds)
    return shards * min(by_units, by_time)


def run(shards: int) -> Sale:
    """Sell for some seconds, on a stack of its own, in a process of its own.

    Raises:
        AssertionError: the books do not agree: a seat was sold twice, or got lost.
    """
    unlimited = {"LIMITS_FACTOR": "1000000"}
    with Stack(unlimited, parts=["emulator"], slow_motion=slow_motion(shards)) as stack:
        os.environ.update(stack.environment)
        _in_slow_motion(shards)
        event_id = _put_event(shards)
        sale = Sale(shards, time.monotonic())
        end = sale.began + WARM_SECONDS + SECONDS
        number = shards * BUYERS_PER_SHARD
        with ThreadPoolExecutor(number) as threads:
            for _ in threads.map(lambda buyer: _buy(sale, event_id, f"buyer-{buyer}", end), range(number)):
                pass
        sale.refused = requests.get(f"{stack.aws_endpoint}{REFUSED_PATH}", timeout=10).json()
        _check_books(sale, event_id)
    return sale


def _check_books(sale: Sale, event_id: str) -> None:
    from chalicelib.payments.models import Payment

    stocks = _stocks(event_id, sale.shards)
    completed = sum(1 for payment in Payment.scan() if payment.event_id == event_id and payment.receipt)
    assert completed == len(sale.settled_at) == sum(int(one.sold["regular"]) for one in stocks)
    left = sum(int(n) for one in stocks for n in one.remaining.values())
    held = sum(int(n) for one in stocks for n in one.held.values())
    assert left + held + completed == CAPACITY, (left, held, completed)


def _buy(sale: Sale, event_id: str, buyer: str, end: float) -> None:
    """Order and be settled, over and over."""
    from bench.tills import free_till
    from chalicelib.core import clock
    from chalicelib.core.problems import Busy
    from chalicelib.payments import purchase, settlement
    from chalicelib.payments.daraja.callbacks import Result
    from chalicelib.payments.schemas import Purchase

    till = free_till()
    while time.monotonic() < end:
        form = {"event_id": event_id, "ticket_type": "regular", "quantity": 1, "phone": _another_phone()}
        try:
            payment = purchase.start(Purchase.model_validate(form), buyer, None, till)
        except (Busy, ClientError, PynamoDBException):
            sale.told["busy"] += 1
            continue
        receipt = payment.id[-20:].upper()
        paid = Result("0", payment.attempts[0].checkout_request_id, receipt, Decimal(int(payment.amount)))
        while True:
            try:
                settlement.settle(payment.id, 1, paid, clock.now())
            except (Busy, settlement.Unsettled, ClientError, PynamoDBException):
                sale.told["settled later"] += 1  # the queue brings the message again
            else:
                break
        sale.settled_at.append(time.monotonic())


_phones = iter(range(1, 100_000_000))
_lock = threading.Lock()


def _another_phone() -> str:
    with _lock:
        return f"2547{next(_phones):08d}"


def _put_event(shards: int) -> str:
    from chalicelib.catalog import known_events, known_shards, stock
    from chalicelib.catalog.models import Stock
    from chalicelib.core import clock
    from chalicelib.core.queues import QUEUES
    from chalicelib.tables import TABLES

    make_tables(TABLES)
    make_queues(QUEUES)
    (event,) = made(1, clock.now())
    event.capacity, event.shards, event.prices = CAPACITY // shards, 1, {"regular": 100}
    (template,) = stock.first_stock(event)
    event.capacity, event.shards = CAPACITY, shards
    event.save()
    for number in range(shards):
        values: dict[str, Any] = {**template.attribute_values, "key": stock.key(event.id, number)}
        Stock(**values).save()
    known_shards.learn(event)
    known_events.learn(event, clock.now())
    return str(event.id)


def _stocks(event_id: str, shards: int) -> list[Any]:
    from chalicelib.catalog import stock
    from chalicelib.catalog.models import Stock

    return [Stock.get(stock.key(event_id, number), consistent_read=True) for number in range(shards)]


def _in_slow_motion(shards: int) -> None:
    """Let the pauses before another try, and what is kept, be as many times longer as everything else."""
    from chalicelib.catalog import known_events
    from chalicelib.core import dynamo

    def sleep(seconds: float) -> None:
        time.sleep(seconds * slow_motion(shards))

    dynamo._POOL = shards * BUYERS_PER_SHARD  # type: ignore[misc]
    dynamo.time = SimpleNamespace(sleep=sleep)  # type: ignore[assignment, attr-defined]
    known_events.KEPT_SECONDS = int(known_events.KEPT_SECONDS * slow_motion(shards))  # type: ignore[misc]


def table(sales: Sequence[Sale]) -> list[str]:
    """The lines for docs/performance.md."""
    first = sales[0]
    single = first.per_second / first.shards
    lines = [
        "| shards | sales/s | of the model's ceiling | a shard, against the first row | cancelled for a "
        "conflict, a sale | settled by a later message | throttled | told busy |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for sale in sales:
        top = ceiling(sale.shards, Limits())
        conflicts = sum(n for name, n in sale.refused.items() if name.startswith("TransactionConflict"))
        throttled = sum(n for name, n in sale.refused.items() if name.startswith("Throttling"))
        rate, sold = sale.per_second, max(1, len(sale.settled_at))
        lines.append(
            f"| {sale.shards} | {rate:.0f} | {rate / top:.0%} | {rate / single / sale.shards:.0%} "
            f"| {conflicts / sold:.1f} | {sale.told['settled later'] / sold:.1%} | {throttled} "
            f"| {sale.told['busy']} |"
        )
    return lines


def main(arguments: list[str]) -> None:
    """Sell with each number of shards, and show."""
    wanted = [int(one) for one in arguments] or SHARDS
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as processes:
        sales = list(processes.map(run, wanted))
    show("shards", table(sales))
    bars("shards", "Sales a second, by shards", {str(sale.shards): sale.per_second for sale in sales})
