"""Buying: hold the seats, then ask M-Pesa to prompt the phone."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Final

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.catalog import sales, stock
from chalicelib.catalog.models import Event, Stock
from chalicelib.catalog.moves import HOLD, SELL_UNHELD
from chalicelib.core import guards, log
from chalicelib.core.dynamo import ConditionFailed, read_together, transact, update
from chalicelib.core.guards import Guard
from chalicelib.core.ids import new_id
from chalicelib.core.problems import Busy, Invalid, NotFound, Problem
from chalicelib.payments import ledger, outbox, settlement
from chalicelib.payments.callback_urls import callback_url
from chalicelib.payments.daraja.client import Accepted, NotSent, Prompt, Unknown, Why
from chalicelib.payments.models import Payment
from chalicelib.payments.orders import check_sale, choose_seats, open_payment, seats_of
from chalicelib.payments.problems import (
    IdempotencyMismatch,
    MpesaBusy,
    MpesaUnreachable,
    PaymentRefused,
    PhoneBusy,
    StillSending,
)
from chalicelib.payments.schemas import Purchase
from chalicelib.payments.states import Happening, State
from chalicelib.payments.till import Till
from chalicelib.payments.verdicts import Change

#: How long an Idempotency-Key is remembered.
_KEY_SECONDS: Final = 24 * 3600
#: A request that sends a push lasts no longer than this (API Gateway's limit); then it is dead.
_REQUEST_SECONDS: Final = 29
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
        till: M-Pesa, the clock and the settings.

    Returns:
        The payment: `Pending`, or `Completed` where nothing is to pay. Amounts in whole KES.

    Raises:
        NotFound, Invalid, SalesClosed, SoldOut, Busy: the order cannot be had (now); nothing was changed.
        IdempotencyMismatch, StillSending: the key was used before.
        PaymentRefused, MpesaBusy (and their kinds): the push was not sent; the payment is `Failed` and the
            seats are free.
    """
    at = till.now()
    guard = _guard(order, buyer, key, at) if key else None
    payment = _hold(order, buyer, guard, at, till)
    if payment is None:
        return _made_before(guard, order, at)
    return payment if payment.amount == 0 else _prompt(payment, till)


def _hold(order: Purchase, buyer: str, guard: Guard | None, at: datetime, till: Till) -> Payment | None:
    """Hold seats and open the payment, in one transaction; None if the Idempotency-Key was used before."""
    payment_id = new_id(at)
    for _ in range(_TRIES):
        event, shards, used = _look(order, guard, at)
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
            expires_at=at + timedelta(seconds=till.settings.hold_seconds),
        )
        if payment.amount > till.settings.max_amount:
            raise Invalid(
                fields={"quantity": f"M-Pesa takes at most KES {till.settings.max_amount:,} at once."}
            )
        if guard:
            guard.owner = payment_id
        if _wrote(payment, guard, at):
            return payment
    raise Busy


def _look(order: Purchase, guard: Guard | None, at: datetime) -> tuple[Event, list[Stock], Guard | None]:
    """Event, stock, and the guard of a key that was used before; one round trip with one shard."""
    first = (Stock, stock.key(order.event_id, 0))
    found = read_together([(Event, order.event_id), first, *([(Guard, guard.key)] if guard else [])])
    event = found.get((Event, order.event_id))
    if event is None or event.status == sales.DRAFT:
        raise NotFound("There is no such event; it may have been taken down.")
    shards = [found[first]] if event.shards == 1 else stock.read_stock(event)
    used = found.get((Guard, guard.key)) if guard else None
    return event, shards, used if used and used.holds(at) else None


def _wrote(payment: Payment, guard: Guard | None, at: datetime) -> bool:
    def fill(writing: TransactWrite) -> None:
        is_free = payment.amount == 0
        how = SELL_UNHELD if is_free else HOLD
        stock.move(writing, payment.event_id, seats_of(payment), how)
        writing.save(payment, condition=Payment.id.does_not_exist())
        ledger.write(writing, payment.id, "asked", at=at, attempt=1, amount=int(payment.amount))
        if is_free:
            settlement.issue_tickets(writing, payment, at)
            outbox.tell(writing, payment, "tickets_issued", "free", at)
        if guard:
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


def _guard(order: Purchase, buyer: str, key: str, at: datetime) -> Guard:
    return Guard(
        f"purchase#{buyer}#{hashlib.sha256(key.encode()).hexdigest()}",
        owner="",
        fingerprint=_fingerprint(order),
        lapses_at=int(at.timestamp()) + _KEY_SECONDS,
    )


def _fingerprint(order: Purchase) -> str:
    content = json.dumps([order.event_id, order.phone, sorted(order.wanted.items())])
    return hashlib.sha256(content.encode()).hexdigest()


def _made_before(guard: Guard | None, order: Purchase, at: datetime) -> Payment:
    assert guard is not None  # noqa: S101 - only an order with a key can have been made before
    used = Guard.get(guard.key, consistent_read=True)
    if used.fingerprint != _fingerprint(order):
        raise IdempotencyMismatch
    payment = Payment.get(used.owner, consistent_read=True)
    unsent = payment.status == State.PENDING and payment.attempts[0].outcome is None
    if unsent and (at - payment.created_at).total_seconds() < _REQUEST_SECONDS:
        raise StillSending(retry_after=3)
    return payment


def _prompt(payment: Payment, till: Till) -> Payment:
    """Send the prompt of the newest attempt, once. Accepted, not sent, unknown: three different endings."""
    attempt = payment.attempts[-1]
    number = int(attempt.number)
    push = till.mpesa.push(
        Prompt(
            phone=attempt.phone,
            amount=int(payment.amount),
            reference=payment.id[-12:],
            callback_url=callback_url(till.settings, payment.id, number),
        )
    )
    log.event("push.answered", payment_id=payment.id, attempt=number, outcome=type(push).__name__)
    match push:
        case Accepted(checkout_request_id):
            _note(payment, number, "accepted", checkout_request_id)
        case Unknown(detail):
            # There may be a prompt: the callback or the end of the hold will tell. Never push again.
            log.alert("push.unknown", payment_id=payment.id, attempt=number, detail=detail)
            _note(payment, number, "unknown")
        case NotSent():
            return _release(payment, number, push, till.now())
    return payment


def _note(payment: Payment, number: int, outcome: str, checkout_request_id: str | None = None) -> None:
    """Save the push's answer. The callback may have come first, so nothing that it wrote is touched.

    The prompt is out, so whatever goes wrong here must not look like a failed purchase.
    """
    attempt = Payment.attempts[number - 1]
    actions: list[Action] = []
    if checkout_request_id:
        actions.append(attempt["checkout_request_id"].set(checkout_request_id))
    actions.append(attempt["outcome"].set(attempt["outcome"] | outcome))
    try:
        update(payment, actions, Payment.id.exists())
    except Exception:
        log.crash("push.answer_not_saved", payment_id=payment.id, attempt=number)


def _release(payment: Payment, number: int, push: NotSent, at: datetime) -> Payment:
    """Give the seats back and say why; or return the payment, if it has been settled meanwhile after all."""
    log.alert("push.not_sent", payment_id=payment.id, attempt=number, why=push.why, detail=push.detail)
    code = "phone_busy" if push.why is Why.PHONE_BUSY else "not_sent"
    if not settlement.close(payment, Change(Happening.NOT_SENT, number, code=code), at):
        return Payment.get(payment.id, consistent_read=True)
    raise _REFUSALS[push.why](payment_id=payment.id)


_REFUSALS: Final[dict[Why, type[Problem]]] = {
    Why.M_PESA_BUSY: MpesaBusy,
    Why.PHONE_BUSY: PhoneBusy,
    Why.REFUSED: PaymentRefused,
    Why.UNREACHABLE: MpesaUnreachable,
    Why.OUR_FAULT: MpesaUnreachable,
}
