"""Buying: hold the seats, then ask M-Pesa to prompt the phone."""

from datetime import datetime, timedelta
from typing import Final

from pynamodb.transactions import TransactWrite

from chalicelib.catalog import sales, stock
from chalicelib.catalog.models import Event, Stock
from chalicelib.catalog.moves import HOLD, SELL_UNHELD
from chalicelib.core import guards
from chalicelib.core.dynamo import ConditionFailed, read_together, transact
from chalicelib.core.guards import Guard
from chalicelib.core.ids import new_id
from chalicelib.core.problems import Busy, Invalid, NotFound
from chalicelib.payments import idempotency, ledger, outbox, prompting, prompts, settlement, watching
from chalicelib.payments.models import Payment
from chalicelib.payments.orders import check_sale, choose_seats, open_payment, seats_of
from chalicelib.payments.schemas import Purchase
from chalicelib.payments.till import Till

#: How often a buyer looks at the stock again after others took the seats that were chosen.
_TRIES: Final = 4


def start(order: Purchase, buyer: str, key: str | None, till: Till) -> Payment:
    """Hold the seats and ask M-Pesa to prompt the phone.

    Costs three DynamoDB round trips with nobody in the way: event and stock, the transaction, the push's
    answer (and one before, in the route, to know who calls).

    Args:
        order: what to buy; the amount is worked out here, never taken from the client.
        buyer: the id of the user who buys.
        key: the caller's Idempotency-Key; the same key and order return the payment already made.
        till: M-Pesa, the clock, our pace and the settings.

    Returns:
        The payment: `Pending`, or `Completed` where nothing is to pay. Amounts in whole KES.

    Raises:
        NotFound, Invalid, SalesClosed, SoldOut, Busy: the order cannot be had (now); nothing was changed.
        PromptOpen: that phone still shows an earlier prompt; nothing was changed.
        IdempotencyMismatch, StillSending: the key was used before.
        PaymentRefused, MpesaBusy (and their kinds): the push was not sent; the payment is `Failed` and the
            seats are free.
    """
    at = till.now()
    guard = None
    if key:
        request = [order.event_id, order.phone, sorted(order.wanted.items())]
        guard = idempotency.guard("purchase", buyer, key, request, at)
    may_push = till.pacer.take()
    made: Payment | None = None
    try:
        made = _hold(order, buyer, guard, at if may_push else None, till)
    finally:
        if may_push and (made is None or not made.attempts):
            till.pacer.put_back()
    if made is None:
        assert guard is not None  # noqa: S101 - only an order with a key can have been made before
        return idempotency.made_before(guard, Guard.get(guard.key, consistent_read=True), at)
    return prompting.prompt(made, till) if made.attempts else made


def _hold(
    order: Purchase, buyer: str, guard: Guard | None, pushed_at: datetime | None, till: Till
) -> Payment | None:
    """Hold seats and open the payment, in one transaction; None if the Idempotency-Key was used before."""
    at = till.now()
    payment_id = new_id(at)
    phone = prompts.guard(order.phone, payment_id, 1, at)
    expires_at = at + timedelta(seconds=till.settings.hold_seconds)
    for _ in range(_TRIES):
        event, shards, used, busy = _look(order, guard, phone, at)
        if used and used.owner != payment_id:
            return None
        if used:  # an earlier try had succeeded, and only its answer was lost
            return Payment.get(payment_id, consistent_read=True)
        check_sale(event, shards, order.wanted, at)
        payment = open_payment(
            payment_id,
            event,
            choose_seats(event, shards, order.wanted),
            phone=order.phone,
            buyer=buyer,
            at=at,
            pushed_at=pushed_at,
            expires_at=expires_at,
            due_at=watching.first_look(at, expires_at, till.settings),
        )
        _check_amount(payment, till)
        if payment.attempts:
            prompts.refuse_if_open(busy, at)
        if guard:
            guard.owner = payment_id
        if _wrote(payment, [*([phone] if payment.attempts else []), *([guard] if guard else [])], at):
            return payment
    raise Busy


def _look(
    order: Purchase, guard: Guard | None, phone: Guard, at: datetime
) -> tuple[Event, list[Stock], Guard | None, Guard | None]:
    """Event, stock, and the guards of key and phone if they are taken; one round trip with one shard."""
    first = (Stock, stock.key(order.event_id, 0))
    wanted = [phone, *([guard] if guard else [])]
    found = read_together([(Event, order.event_id), first, *((Guard, one.key) for one in wanted)])
    event = found.get((Event, order.event_id))
    if event is None or event.status == sales.DRAFT:
        raise NotFound("There is no such event; it may have been taken down.")
    shards = [found[first]] if event.shards == 1 else stock.read_stock(event)
    used = found.get((Guard, guard.key)) if guard else None
    busy = found.get((Guard, phone.key))
    return event, shards, used if used and used.holds(at) else None, busy


def _check_amount(payment: Payment, till: Till) -> None:
    if payment.amount > till.settings.max_amount:
        raise Invalid(fields={"quantity": f"M-Pesa takes at most KES {till.settings.max_amount:,} at once."})


def _wrote(payment: Payment, taken: list[Guard], at: datetime) -> bool:
    def fill(writing: TransactWrite) -> None:
        is_free = not payment.attempts
        stock.move(writing, payment.event_id, seats_of(payment), SELL_UNHELD if is_free else HOLD)
        writing.save(payment, condition=Payment.id.does_not_exist())
        ledger.write(writing, payment.id, "asked", at=at, attempt=1, amount=int(payment.amount))
        if is_free:
            settlement.issue_tickets(writing, payment, at)
            outbox.tell(writing, payment, "tickets_issued", "free", at)
        for guard in taken:
            guards.take(writing, guard, at)

    try:
        transact(fill)
    except ConditionFailed:
        return _is_ours(payment)
    return True


def _is_ours(payment: Payment) -> bool:
    """Whether an earlier try of the transaction had succeeded, and only its answer was lost."""
    try:
        Payment.get(payment.id, consistent_read=True)
    except Payment.DoesNotExist:
        return False
    return True
