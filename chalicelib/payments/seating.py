"""The seats of a payment: how it keeps them, and what moves together with them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pynamodb.transactions import TransactWrite

from chalicelib.catalog import stock
from chalicelib.catalog.moves import Move
from chalicelib.catalog.stock import Seats
from chalicelib.catalog.takings import Paid
from chalicelib.core import tariff
from chalicelib.core.settings import settings
from chalicelib.payments.models import Hold, Payment

#: How a payment can be paid, as `payment_type` says.
MPESA: Final = "Mpesa"
CASH: Final = "Cash"


def holds_of(seats: Iterable[Seats]) -> list[Hold]:
    """The seats, as a payment keeps them."""
    return [
        Hold(shard=some.shard, type=some.type, n=some.n, pool=some.pool, price=some.price) for some in seats
    ]


def seats_of(payment: Payment) -> list[Seats]:
    """The seats that a payment holds, or held."""
    return [
        Seats(int(hold.shard), hold.type, int(hold.n), hold.pool, int(hold.price)) for hold in payment.holds
    ]


def move(
    writing: TransactWrite,
    payment: Payment,
    seats: Iterable[Seats],
    how: Move,
    at: datetime,
    known: int | None = None,
) -> None:
    """Move seats of a payment, as part of a transaction, and all that is counted by them.

    `known` is the event's version by which they were chosen and priced: see `stock.move`.
    """
    stock.move(writing, payment.event_id, seats, how, at, known, paid_of(payment))


def paid_of(payment: Payment) -> Paid:
    """How a payment is paid, and what M-Pesa takes of it by the tariff of now."""
    if payment.payment_type == MPESA:
        return Paid(charge=tariff.charge(settings().mpesa_tariff, int(payment.amount)))
    return Paid(in_cash=payment.payment_type == CASH)
