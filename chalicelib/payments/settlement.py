"""Settlement: what M-Pesa says of an attempt becomes the payment's new state, in one transaction.

A message may come twice, late, early, or together with another. So each write stands under a condition on
the state that was read; whoever comes second reads again and mostly finds nothing left to do.
"""

import json
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.catalog import stock
from chalicelib.core import guards, log
from chalicelib.core.dynamo import ConditionFailed, transact
from chalicelib.core.guards import Guard
from chalicelib.payments import ledger, outbox
from chalicelib.payments.daraja import callbacks
from chalicelib.payments.daraja.callbacks import Result
from chalicelib.payments.models import Payment
from chalicelib.payments.orders import seats_of
from chalicelib.payments.states import CONSEQUENCES, TRANSITIONS, Consequence, Happening, State, holds_seats
from chalicelib.payments.verdicts import Change, judge
from chalicelib.tickets import issuing
from chalicelib.tickets.issuing import Admissions

#: How often one message looks again after losing a race.
_TRIES = 5


class Unsettled(Exception):
    """Too many races at once; the queue will bring the message again."""


def settle_message(body: str, at: datetime) -> None:
    """Settle what the callback route put on the queue.

    Raises:
        Exception: it could not be settled now; the queue brings it again, and in the end to the dead letters.
    """
    message = json.loads(body)
    settle(message["payment_id"], int(message["attempt"]), callbacks.parse(message["body"]), at)


def settle(payment_id: str, attempt: int, result: Result, at: datetime) -> None:
    """Apply what M-Pesa says of an attempt. A repeat changes nothing.

    Costs two DynamoDB round trips where nobody else is at the same payment.

    Raises:
        Payment.DoesNotExist: a callback for a payment that was never made.
        Unsettled: it lost every race.
    """
    seats_gone = False
    for _ in range(_TRIES):
        payment = Payment.get(payment_id, consistent_read=True)
        change = judge(payment, attempt, result, seats_gone=seats_gone)
        if change is None:
            log.event("settlement.nothing_to_do", payment_id=payment_id, attempt=attempt, code=result.code)
            return
        try:
            apply(payment, change, at)
        except ConditionFailed:
            if _receipt_is_used(payment, change):
                return
            # Nobody moved the payment, so it was the seats: sold to others, or the event was cancelled.
            seats_gone = not _has_moved(payment)
        else:
            return
    raise Unsettled(payment_id)


def close(payment: Payment, change: Change, at: datetime) -> bool:
    """Apply a change that gives the seats back, unless the payment has moved meanwhile.

    Returns:
        Whether it was applied.
    """
    try:
        apply(payment, change, at)
    except ConditionFailed:
        return False
    return True


def apply(payment: Payment, change: Change, at: datetime) -> None:
    """Write a change and all that follows from it, in one transaction.

    Raises:
        ConditionFailed: the payment, the receipt or the seats are not as expected; nothing was written.
    """
    state = State(payment.status)
    after = TRANSITIONS[state, change.happening]
    follows = CONSEQUENCES[change.happening]
    seats_move = follows.held if holds_seats(state) else follows.unheld

    def fill(writing: TransactWrite) -> None:
        writing.update(Payment(payment.id), actions=_actions(change, after, at), condition=_unmoved(payment))
        if seats_move:
            stock.move(writing, payment.event_id, seats_of(payment), seats_move)
        if change.receipt:
            guards.take(writing, Guard(_receipt_key(change.receipt), owner=payment.id), at)
        if after is State.COMPLETED and state is not State.COMPLETED:
            issue_tickets(writing, payment, at)
        _write_down(writing, payment, change, follows, at)

    transact(fill)
    report = log.alert if follows.alert or change.needs_a_person else log.event
    report(
        "payment.settled",
        payment_id=payment.id,
        attempt=change.attempt,
        happening=change.happening,
        state=after,
    )


def _unmoved(payment: Payment) -> Condition:
    # A callback, a sweep and the buyer may meet on one payment. Whoever changes `status` (or asks again,
    # which raises `attempt_count`) first wins; the others' conditions fail and they look again. The receipt
    # is in it because a second success leaves the state as it is.
    same_receipt = Payment.receipt == payment.receipt if payment.receipt else Payment.receipt.does_not_exist()
    same_state: Condition = Payment.status == payment.status
    unmoved: Condition = same_state & (Payment.attempt_count == payment.attempt_count) & same_receipt
    return unmoved


def _actions(change: Change, after: State, at: datetime) -> list[Action]:
    actions: list[Action] = [Payment.status.set(after)]
    if after is not State.PENDING:
        actions += [Payment.pending.remove(), Payment.due_at.remove()]
    if change.happening not in (Happening.PAID_AGAIN, Happening.RECEIPT_CAME, Happening.RECEIPT_DIFFERS):
        actions.append(Payment.settled_at.set(at))
    if change.receipt and change.happening is not Happening.PAID_AGAIN:
        actions.append(Payment.receipt.set(change.receipt))
    if change.received is not None and change.happening is not Happening.PAID_AGAIN:
        actions.append(Payment.received_amount.set(change.received))
    # Who has paid must not read why it failed before, nor be asked to pay again.
    actions.append(Payment.failure.set(change.code) if change.code else Payment.failure.remove())
    attempt = Payment.attempts[change.attempt - 1]
    if change.result:
        actions.append(attempt["outcome"].set("paid" if change.result.is_paid else "failed"))
        actions.append(attempt["result_code"].set(change.result.code))
    elif change.happening is Happening.NOT_SENT:
        actions.append(attempt["outcome"].set("not_sent"))
    return actions


def issue_tickets(writing: TransactWrite, payment: Payment, at: datetime) -> None:
    """Add the tickets of a payment to the transaction that completes it."""
    issuing.issue(
        writing,
        payment_id=payment.id,
        event_id=payment.event_id,
        user_id=payment.user_id,
        admissions=[Admissions(item.ticket_type, item.label, int(item.quantity)) for item in payment.items],
        at=at,
    )


def _write_down(
    writing: TransactWrite, payment: Payment, change: Change, follows: Consequence, at: datetime
) -> None:
    for kind in follows.ledger:
        ledger.write(
            writing,
            payment.id,
            kind,
            at=at,
            attempt=change.attempt,
            amount=int(payment.amount) if change.received is None else change.received,
            receipt=change.receipt,
            code=change.code,
        )
    if follows.tell:
        outbox.tell(writing, payment, follows.tell, change.receipt or str(change.attempt), at)


def _receipt_key(receipt: str) -> str:
    return f"receipt#{receipt}"


def _receipt_is_used(payment: Payment, change: Change) -> bool:
    """Whether this very money has been counted: a repeat, or one receipt on two payments (then an alert)."""
    if not change.receipt:
        return False
    try:
        guard = Guard.get(_receipt_key(change.receipt), consistent_read=True)
    except Guard.DoesNotExist:
        return False
    if guard.owner != payment.id:
        log.alert("settlement.receipt_of_another_payment", payment_id=payment.id, attempt=change.attempt)
    return True


def _has_moved(payment: Payment) -> bool:
    now = Payment.get(payment.id, consistent_read=True)
    return (now.status, now.attempt_count, now.receipt) != (
        payment.status,
        payment.attempt_count,
        payment.receipt,
    )
