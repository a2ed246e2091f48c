"""Settlement: what M-Pesa says of an attempt becomes the payment's new state, in one transaction.

A message may come twice, late, early, or together with another. So each write stands under a condition on
the state that was read; whoever comes second reads again and mostly finds nothing left to do.
"""

import json
import math
from dataclasses import dataclass
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.catalog import stock
from chalicelib.core import guards, log
from chalicelib.core.dynamo import ConditionFailed, transact
from chalicelib.core.guards import Guard
from chalicelib.payments import ledger
from chalicelib.payments.daraja import callbacks
from chalicelib.payments.daraja.callbacks import Result
from chalicelib.payments.models import OutboxMessage, Payment
from chalicelib.payments.orders import seats_of
from chalicelib.payments.states import CONSEQUENCES, TRANSITIONS, Consequence, Happening, State, holds_seats
from chalicelib.tickets import issuing
from chalicelib.tickets.issuing import Admissions

#: How often one message looks again after losing a race.
_TRIES = 5


class Unsettled(Exception):
    """Too many races at once; the queue will bring the message again."""


@dataclass(frozen=True)
class Change:
    """One happening to one payment. `code` says why, where there is a why; `result` is what M-Pesa said."""

    happening: Happening
    attempt: int
    code: str | None = None
    result: Result | None = None

    @property
    def receipt(self) -> str | None:
        """M-Pesa's receipt, where the money came with one."""
        return self.result.receipt if self.result else None

    @property
    def received(self) -> int | None:
        """What M-Pesa says has come, in whole KES (a part of a shilling counts as one), if it says."""
        amount = self.result.amount if self.result else None
        return None if amount is None else math.ceil(amount)


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


def judge(payment: Payment, attempt: int, result: Result, *, seats_gone: bool = False) -> Change | None:
    """What a result means for a payment as it stands; None if it changes nothing.

    A failure counts only for the newest attempt of a pending payment; a success counts from any.
    """
    state = State(payment.status)
    if not 1 <= attempt <= payment.attempt_count or _is_foreign(payment, attempt, result):
        log.alert("settlement.foreign_result", payment_id=payment.id, attempt=attempt)
        return None
    if result.is_paid:
        if result.receipt and result.amount is None:
            log.alert("settlement.amount_not_told", payment_id=payment.id, attempt=attempt)
        happening = _paid(payment, state, result, seats_gone)
        return Change(happening, attempt, result=result) if happening else None
    if result.failure is None:
        log.alert("settlement.unclear_result", payment_id=payment.id, attempt=attempt, code=result.code)
        return None
    if state is State.PENDING and attempt == payment.attempt_count:
        return Change(Happening.REFUSED, attempt, code=result.code, result=result)
    return None


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
    report = log.alert if follows.alert else log.event
    report(
        "payment.settled",
        payment_id=payment.id,
        attempt=change.attempt,
        happening=change.happening,
        state=after,
    )


def _paid(payment: Payment, state: State, result: Result, seats_gone: bool) -> Happening | None:
    # A query tells no amount: then what was asked is taken as paid until the callback says otherwise.
    differs = result.amount is not None and result.amount != payment.amount
    if state in (State.COMPLETED, State.REFUND_DUE, State.REFUNDED):
        if result.receipt is None or result.receipt == payment.receipt:
            return None
        if payment.receipt:
            return Happening.PAID_AGAIN
        return Happening.RECEIPT_DIFFERS if differs and state is State.COMPLETED else Happening.RECEIPT_CAME
    if differs:
        return Happening.PAID_WRONG_AMOUNT
    if seats_gone:
        return Happening.PAID_WITHOUT_SEATS
    return Happening.PAID if holds_seats(state) else Happening.PAID_LATE


def _is_foreign(payment: Payment, attempt: int, result: Result) -> bool:
    """Whether the result names another prompt than ours; unknown ones pass: a callback may come first."""
    ours = payment.attempts[attempt - 1].checkout_request_id
    theirs = result.checkout_request_id
    return ours is not None and theirs is not None and ours != theirs


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
        tell(writing, payment, follows.tell, change.receipt or str(change.attempt), at)


def tell(writing: TransactWrite, payment: Payment, kind: str, which: str, at: datetime) -> None:
    """Add a message to the buyer to a transaction; `which` tells several of one kind apart."""
    message = OutboxMessage(
        f"{payment.id}#{kind}#{which}",
        kind=kind,
        user_id=payment.user_id,
        payment_id=payment.id,
        created_at=at,
    )
    writing.save(message, condition=OutboxMessage.id.does_not_exist())


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
