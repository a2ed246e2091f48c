"""The seats of a payment: how it keeps them, and what moves together with them."""

from collections.abc import Iterable
from datetime import datetime

from pynamodb.transactions import TransactWrite

from chalicelib.catalog import stock
from chalicelib.catalog.moves import Move
from chalicelib.catalog.sharding import Part
from chalicelib.catalog.stock import Seats
from chalicelib.catalog.takings import Paid
from chalicelib.core import tariff
from chalicelib.core.settings import settings
from chalicelib.offers import counting, terms
from chalicelib.offers.terms import Terms
from chalicelib.payments.models import CASH, MPESA, Hold, Payment


def holds_of(seats: Iterable[Seats]) -> list[Hold]:
    """The seats, as a payment keeps them."""
    return [
        Hold(
            shard=some.shard,
            type=some.type,
            n=some.n,
            pool=some.pool,
            price=some.price,
            share=some.share,
        )
        for some in seats
    ]


def seats_of(payment: Payment) -> list[Seats]:
    """The seats that a payment holds, or held."""
    return [
        Seats(
            int(hold.shard),
            hold.type,
            int(hold.n),
            hold.pool,
            int(hold.price),
            None if hold.share is None else int(hold.share),
        )
        for hold in payment.holds
    ]


def counted_as_before(payment: Payment, seats: Iterable[Seats]) -> list[Seats]:
    """Other seats for a payment, in the shares of its code that counted those it held."""
    shares = [
        Part(some.share, some.type, some.n, some.pool) for some in seats_of(payment) if some.share is not None
    ]
    return terms.spread(seats, shares)


def move(
    writing: TransactWrite,
    payment: Payment,
    seats: Iterable[Seats],
    how: Move,
    at: datetime,
    known: int | None = None,
    agreed: Terms | None = None,
) -> None:
    """Move seats of a payment, as part of a transaction, and all that is counted by them.

    Args:
        writing: the transaction.
        payment: whose they are.
        seats: which.
        how: from where to where.
        at: when.
        known: the event's version by which they were chosen and priced: see `stock.move`.
        agreed: the counts that they go by now, and may not overflow. Without it they go by those that the
            payment was counted by, whatever these come to: who was asked for a price and paid it, has it.
    """
    moved = list(seats)
    stock.move(writing, payment.event_id, moved, how, at, known, paid_of(payment))
    if sign := -how.columns.get("remaining", 0):
        personal = agreed.personal if agreed else payment.counted or ()
        most = agreed.most if agreed else {}
        counts = counting.tickets(payment.event_id, payment.promo_code, personal, moved)
        for key, n in counts.items():
            counting.count(writing, key, sign * n, most.get(key))


def paid_of(payment: Payment) -> Paid:
    """How a payment is paid, and what M-Pesa takes of it by the tariff of now."""
    if payment.payment_type == MPESA:
        return Paid(charge=tariff.charge(settings().mpesa_tariff, int(payment.amount)))
    return Paid(in_cash=payment.payment_type == CASH)
