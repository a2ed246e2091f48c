"""Buying: hold the seats, then ask M-Pesa to prompt the phone."""

from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.transactions import TransactWrite

from chalicelib.catalog.moves import HOLD, SELL_UNHELD
from chalicelib.catalog.stock import Seats
from chalicelib.core import guards
from chalicelib.core.dynamo import ConditionFailed, StillColliding, transact
from chalicelib.core.guards import Guard
from chalicelib.core.ids import new_id
from chalicelib.core.problems import Busy, Invalid, Problem, TooOften
from chalicelib.offers import codes, terms
from chalicelib.offers.problems import CodeUsedUp, LimitReached
from chalicelib.offers.terms import Terms
from chalicelib.payments import (
    frequency,
    idempotency,
    ledger,
    outbox,
    prompting,
    prompts,
    seating,
    settlement,
    watching,
)
from chalicelib.payments.looking import Search, Sight, look
from chalicelib.payments.models import Payment
from chalicelib.payments.orders import check_sale, choose_seats, open_payment
from chalicelib.payments.problems import SoldOut
from chalicelib.payments.schemas import Purchase
from chalicelib.payments.seating import seats_of
from chalicelib.payments.till import Till, Turn, a_turn

#: How often a buyer looks at the stock again after others took the seats that were chosen.
_TRIES: Final = 4
#: Tells the message of a free order from others, where there is no receipt.
_FREE: Final = "free"


def start(order: Purchase, buyer: str, key: str | None, till: Till) -> Payment:
    """Hold the seats and ask M-Pesa to prompt the phone.

    Costs three DynamoDB round trips with nobody in the way: event and a shard of its stock, the transaction,
    the push's answer (and one before, in the route, to know who calls). With a promo code it is read besides,
    and with any limit of the event what has been counted.

    Args:
        order: what to buy; the amount is worked out here, never taken from the client.
        buyer: the id of the user who buys.
        key: the caller's Idempotency-Key; the same key and order return the payment already made.
        till: M-Pesa, the clock, our pace and the settings.

    Returns:
        The payment: `Pending`, or `Completed` where nothing is to pay. Amounts in whole KES.

    Raises:
        NotFound, Invalid, SalesClosed, SoldOut, CodeUsedUp, LimitReached, Busy: the order cannot be had
            (now); nothing was changed.
        PromptOpen: that phone still shows an earlier prompt; nothing was changed.
        TooOften: the buyer has ordered, or that phone was prompted, too often; nothing was changed.
        IdempotencyMismatch, StillSending: the key was used before.
        PaymentRefused, MpesaBusy (and their kinds): the push was not sent; the payment is `Failed` and the
            seats are free.
    """
    at = till.now()
    guard = None
    if key:
        request: list[Any] = [order.event_id, order.phone, sorted(order.wanted.items())]
        request += [order.promo_code.upper()] if order.promo_code else []
        guard = idempotency.guard("purchase", buyer, key, request, at)
    with a_turn(till) as turn:
        made = _hold(order, buyer, guard, turn, till)
    if made is None:
        assert guard is not None  # noqa: S101 - only an order with a key can have been made before
        return idempotency.made_before(guard, at)
    return prompting.prompt(made, till) if made.attempts else made


def _hold(order: Purchase, buyer: str, key: Guard | None, turn: Turn, till: Till) -> Payment | None:
    """Hold seats and open the payment, in one transaction; None if the Idempotency-Key was used before."""
    at = till.now()
    payment_id = new_id(at)
    phone = prompts.guard(order.phone, payment_id, 1, at)
    expires_at = at + timedelta(seconds=till.settings.hold_seconds)
    search = Search(order.event_id, order.wanted)
    for _ in range(_TRIES):
        seen = look(search, key, phone, at, frequency.keys(frequency.of(buyer, order.phone), at))
        if seen.key and seen.key.owner != payment_id:
            return None
        if seen.key or seen.is_ours(phone):  # an earlier try had succeeded, and only its answer was lost
            stored = Payment.get(payment_id, consistent_read=True)
            turn.used = bool(stored.attempts)
            return stored
        try:
            seats, agreed = _chosen(order, buyer, seen, at)
        except (CodeUsedUp, LimitReached, SoldOut, TooOften) as refusal:
            stored = _itself(payment_id, search, refusal)
            turn.used = bool(stored.attempts)
            return stored
        payment = open_payment(
            payment_id,
            seen.event,
            seats,
            agreed,
            phone=order.phone,
            buyer=buyer,
            at=at,
            pushed_at=at if turn.granted else None,
            expires_at=expires_at,
            due_at=watching.first_look(at, expires_at, till.settings),
        )
        _check(payment, till)
        if key:
            key.owner = payment_id
        taken = [*([phone] if payment.attempts else []), *([key] if key else [])]
        try:
            written = _written(payment, agreed, taken, at, seen)
        except StillColliding:
            search.avoid(payment.holds)
            continue
        if written:
            turn.used = bool(written.attempts)
            return written
    raise Busy


def _chosen(order: Purchase, buyer: str, seen: Sight, at: datetime) -> tuple[list[Seats], Terms]:
    """Seats for an order at their prices, and the counts that they go by, or a refusal."""
    check_sale(seen.event, seen.shards, order.wanted, at)
    code = codes.find(seen.event, order.promo_code, order.wanted, at) if order.promo_code else None
    seats = choose_seats(seen.event, seen.shards, order.wanted, code)
    is_free = not any(some.price for some in seats)
    if not is_free:
        prompts.refuse_if_open(seen.phone, at)
    frequency.refuse_full(frequency.of(buyer, None if is_free else order.phone), seen.counted, at)
    return seats, terms.agree(seen.event, code, seats, buyer, order.phone)


def _itself(payment_id: str, search: Search, refusal: Problem) -> Payment:
    """The order, if it was written after all when we were told to try elsewhere; else it is refused."""
    stored = _stored(payment_id) if search.avoided else None
    if stored is None:
        raise refusal
    return stored


def _check(payment: Payment, till: Till) -> None:
    if payment.amount > till.settings.max_amount:
        raise Invalid(fields={"quantity": f"M-Pesa takes at most KES {till.settings.max_amount:,} at once."})


def _written(
    payment: Payment, agreed: Terms, taken: list[Guard], at: datetime, seen: Sight
) -> Payment | None:
    """The payment as it is stored now; None if a condition failed.

    Then others took the seats, key or phone, or what was left by code or limit, or the event was edited,
    perhaps its price.
    """
    how = HOLD if payment.attempts else SELL_UNHELD

    def fill(writing: TransactWrite) -> None:
        seating.move(writing, payment, seats_of(payment), how, at, int(seen.event.version), agreed)
        writing.save(payment, condition=Payment.id.does_not_exist())
        ledger.write(writing, payment.id, 1, "asked", at=at, attempt=1, amount=int(payment.amount))
        phone = payment.payer_phone if payment.attempts else None
        frequency.count(writing, frequency.of(payment.user_id, phone), at)
        if not payment.attempts:
            settlement.issue_tickets(writing, payment, at)
            outbox.tell(writing, payment, outbox.TICKETS_ISSUED, _FREE, at)
        for guard in taken:
            guards.take(writing, guard, at)

    try:
        transact(fill, seen.tries)
    except ConditionFailed:
        # An earlier try may have succeeded, and only its answer was lost; perhaps with seats from elsewhere.
        return _stored(payment.id)
    if not payment.attempts:
        outbox.told(payment, outbox.TICKETS_ISSUED, _FREE, at)
    return payment


def _stored(payment_id: str) -> Payment | None:
    try:
        return Payment.get(payment_id, consistent_read=True)
    except Payment.DoesNotExist:
        return None
