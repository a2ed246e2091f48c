"""Selling at the gate: tickets for cash, or as a gift, at once and without M-Pesa.

The payment is the seller's, who hands the tickets on; it is complete from the start, as a free order is.
"""

from collections.abc import Iterator
from typing import Final

from pynamodb.transactions import TransactWrite

from chalicelib.catalog import stock
from chalicelib.catalog.events import is_staff, may_run
from chalicelib.catalog.models import Event
from chalicelib.catalog.moves import SELL_UNHELD
from chalicelib.core import guards
from chalicelib.core.dynamo import ConditionFailed, StillColliding, transact
from chalicelib.core.guards import Guard
from chalicelib.core.ids import new_id
from chalicelib.core.problems import Busy, Forbidden, Invalid
from chalicelib.offers.terms import Terms
from chalicelib.payments import drawers, idempotency, ledger, outbox, seating, settlement
from chalicelib.payments.looking import Search, Sight, look_afresh
from chalicelib.payments.models import CASH, COMPLIMENTARY, Payment
from chalicelib.payments.orders import check_sale, complete, open_payment, sold_out
from chalicelib.payments.schemas import Purchase
from chalicelib.payments.seating import seats_of
from chalicelib.web.caller import Caller

#: How often a seller looks at the stock again after others took the seats that were chosen.
_TRIES: Final = 4
#: Of a larger order nobody is told of the rest, and of fewer where its seats lie in many shards: a
#: transaction has a hundred items.
_MOST_TOLD: Final = 20
_MOST_ITEMS: Final = 100
#: Payment, ledger, drawer and key.
_OTHER_ITEMS: Final = 4
#: The seller hands the tickets on, so the event's limits are not about them.
_NO_TERMS: Final = Terms((), {})


def sell(order: Purchase, caller: Caller) -> Payment:
    """Sell tickets for cash, or give them away, in one transaction.

    Costs three DynamoDB round trips with nobody in the way: event and stock, the transaction, and the key
    (and one before, in the route, to know who calls).

    Args:
        order: what is sold, and to which phone its SMS go, if any; the amount is worked out here.
        caller: who sells, or gives.

    Returns:
        The payment, `Completed`. Amounts in whole KES.

    Raises:
        NotFound, Invalid, SalesClosed, SoldOut, Busy: the order cannot be had (now); nothing was changed.
        Forbidden: the caller may not sell in this way.
        IdempotencyMismatch: the key was used for another order.
    """
    if order.promo_code:
        raise Invalid(fields={"promo_code": "Promo codes are for orders by M-Pesa; leave it out here."})
    at, key = caller.at, _key(order, caller)
    payment_id = new_id(at)
    search = Search(order.event_id, order.wanted)
    for _ in range(_TRIES):
        # It may have been written after all when we were told to try elsewhere.
        if search.avoided and (stored := _stored(payment_id)):
            return stored
        seen = look_afresh(search, at)
        _check_seller(seen.event, order.payment_type, caller)
        if key and idempotency.is_used(key, at):
            return idempotency.made_before(key, at)
        check_sale(seen.event, seen.shards, order.wanted, at)
        payment = _sold(payment_id, seen, order, caller)
        if key:
            key.owner = payment_id
        try:
            written = _written(payment, key, seen)
        except StillColliding:
            search.avoid(payment.holds)
            continue
        if written:
            return written
    raise Busy


def _key(order: Purchase, caller: Caller) -> Guard | None:
    if caller.idempotency_key is None:
        return None
    request = [order.event_id, order.phone, sorted(order.wanted.items()), order.payment_type]
    return idempotency.guard("purchase", caller.user_id, caller.idempotency_key, request, caller.at)


def _check_seller(event: Event, payment_type: str, caller: Caller) -> None:
    if payment_type == COMPLIMENTARY and not may_run(event, caller):
        raise Forbidden("Only the event's organizers give tickets away.")
    if not is_staff(event, caller):
        raise Forbidden("Only the event's organizers and gate staff sell for cash; pay by M-Pesa.")


def _sold(payment_id: str, seen: Sight, order: Purchase, caller: Caller) -> Payment:
    """The payment, not yet written.

    Raises:
        SoldOut: carrying what is left of each wanted type.
    """
    is_gift = order.payment_type == COMPLIMENTARY
    prices = {kind: 0 if is_gift else int(price) for kind, price in seen.event.prices.items()}
    seats = stock.choose(seen.event, seen.shards, order.wanted, prices)
    if seats is None:
        raise sold_out(seen.event, seen.shards, order.wanted)
    payment = open_payment(
        payment_id,
        seen.event,
        seats,
        _NO_TERMS,
        phone=order.phone,
        buyer=caller.user_id,
        at=caller.at,
        pushed_at=None,
        expires_at=caller.at,
        due_at=caller.at,
    )
    complete(payment, caller.at)
    payment.payment_type, payment.sold_by = order.payment_type, caller.user_id
    return payment


def _written(payment: Payment, key: Guard | None, seen: Sight) -> Payment | None:
    """The payment as it is stored now; None if a condition failed: seats, price or key are others' now."""
    at, kind = payment.created_at, "received" if payment.amount else "asked"

    def fill(writing: TransactWrite) -> None:
        seating.move(writing, payment, seats_of(payment), SELL_UNHELD, at, int(seen.event.version))
        writing.save(payment, condition=Payment.id.does_not_exist())
        amount, code = int(payment.amount), payment.payment_type
        ledger.write(writing, payment.id, 1, kind, at=at, attempt=0, amount=amount, code=code)
        if payment.payment_type == CASH:
            drawers.take(writing, payment)
        settlement.issue_tickets(writing, payment, at)
        for which in _each_ticket(payment):
            outbox.tell(writing, payment, outbox.TICKETS_ISSUED, which, at)
        if key:
            guards.take(writing, key, at)

    try:
        transact(fill, seen.tries)
    except ConditionFailed:
        # An earlier try may have succeeded, and only its answer was lost.
        return _stored(payment.id)
    for which in _each_ticket(payment):
        outbox.told(payment, outbox.TICKETS_ISSUED, which, at)
    return payment


def _each_ticket(payment: Payment) -> Iterator[str]:
    """What tells the messages apart: one for each ticket, since an SMS has room for one link."""
    tickets = sum(int(item.quantity) for item in payment.items)
    shards, types = len({hold.shard for hold in payment.holds}), len(payment.items)
    room = _MOST_ITEMS - _OTHER_ITEMS - tickets - shards - types  # a type's sales of the day are an item
    return (str(number) for number in range(1, min(tickets, room, _MOST_TOLD) + 1))


def _stored(payment_id: str) -> Payment | None:
    try:
        return Payment.get(payment_id, consistent_read=True)
    except Payment.DoesNotExist:
        return None
