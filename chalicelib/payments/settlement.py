"""Settlement: what M-Pesa says of an attempt becomes the payment's new state, in one transaction.

A message may come twice, late, early, or together with another. So each write stands under a condition on
the state that was read; whoever comes second reads again and mostly finds nothing left to do.
"""

import json
from dataclasses import replace
from datetime import datetime, timedelta

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.catalog import stock
from chalicelib.catalog.stock import Seats
from chalicelib.core import guards, log, metrics
from chalicelib.core.dynamo import ConditionFailed, transact, update
from chalicelib.core.guards import Guard
from chalicelib.core.settings import settings
from chalicelib.payments import archive, ledger, missing, outbox, owing, prompts, receipts, seating, watching
from chalicelib.payments.daraja import callbacks
from chalicelib.payments.daraja.callbacks import Result
from chalicelib.payments.models import Attempt, Payment, Refund
from chalicelib.payments.orders import seats_anew
from chalicelib.payments.seating import holds_of, seats_of
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
    payment_id, attempt = message["payment_id"], int(message["attempt"])
    archive.keep(payment_id, attempt, message["body"], at)
    settle(payment_id, attempt, callbacks.parse(message["body"]), at)


def settle(payment_id: str, attempt: int, result: Result, at: datetime) -> None:
    """Apply what M-Pesa says of an attempt. A repeat changes nothing.

    Costs two DynamoDB round trips where nobody else is at the same payment.

    Raises:
        Payment.DoesNotExist: a callback for a payment that was never made.
        Unsettled: it lost every race.
    """
    failed_on: int | None = None
    for _ in range(_TRIES):
        payment = Payment.get(payment_id, consistent_read=True)
        # It failed, and nobody has moved the payment: so it was the seats, sold to others or off sale.
        elsewhere = _elsewhere(payment) if payment.version == failed_on else None
        gone = payment.version == failed_on and elsewhere is None
        change = judge(payment, attempt, result, seats_gone=gone)
        if change is None:
            _learn_id(payment, attempt, result)
            log.event("settlement.nothing_to_do", payment_id=payment_id, attempt=attempt, code=result.code)
            return
        try:
            apply(payment, replace(change, seats=elsewhere), at)
        except ConditionFailed:
            if _is_counted(payment, change, unmoved=payment.version == failed_on):
                return
            failed_on = int(payment.version)
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
    refund = owing.refund_of(payment, change, at)

    def fill(writing: TransactWrite) -> None:
        actions = _actions(payment, change, after, at)
        if change.seats:
            actions.append(Payment.holds.set(holds_of(change.seats)))
        actions += owing.write(writing, refund) if refund else []
        # A callback, a sweep, the push's answer and the buyer may meet on one payment. Whoever moves its
        # version first wins; the others' conditions fail and they look again.
        writing.update(Payment(payment.id), actions=actions, condition=Payment.version == payment.version)
        if seats_move:
            seating.move(writing, payment, change.seats or seats_of(payment), seats_move, at)
        if change.receipt and change.receipt != payment.attempts[change.attempt - 1].receipt:
            guards.take(writing, Guard(receipts.key_of(change.receipt), owner=payment.id), at)
        missing.watch(writing, payment, change, at)
        if _frees_the_phone(payment, change):
            attempt = payment.attempts[change.attempt - 1]
            prompts.release(writing, payment.id, attempt, at, change.outcome)
        if after is State.COMPLETED and state is not State.COMPLETED:
            issue_tickets(writing, payment, at)
        if state is State.COMPLETED and after is not State.COMPLETED:
            quantity = sum(int(item.quantity) for item in payment.items)
            issuing.revoke(writing, payment.event_id, issuing.ticket_ids(payment.id, quantity))
        _write_down(writing, payment, change, follows, at, refund)

    transact(fill)
    _report(payment, change, after, follows, at)
    outbox.told(payment, follows.tell, _which(change), at)


def _elsewhere(payment: Payment) -> list[Seats] | None:
    """Seats for late money, wherever there are some now; None if the event has too few, or is off sale."""
    if (State(payment.status), Happening.PAID_LATE) not in TRANSITIONS:
        return None  # seats that are held are nobody else's: sales are closed
    found = stock.read_with_event(payment.event_id)
    if found is None or not all(shard.on_sale for shard in found[1]):
        return None
    seats = seats_anew(payment, *found)
    return seats and seating.counted_as_before(payment, seats)


def _report(payment: Payment, change: Change, after: State, follows: Consequence, at: datetime) -> None:
    say = log.alert if follows.alert or change.needs_a_person else log.event
    say(
        "payment.settled",
        payment_id=payment.id,
        attempt=change.attempt,
        happening=change.happening,
        state=after,
    )
    metrics.count("Settlements", happening=change.happening)
    if change.result:
        metrics.count("Results", code=change.result.code)  # a change has a code of our table
    if after is State.COMPLETED and payment.status != State.COMPLETED:
        prompted_at = payment.attempts[change.attempt - 1].prompted_at
        metrics.seconds("PushToTicket", (at - prompted_at).total_seconds())


def _frees_the_phone(payment: Payment, change: Change) -> bool:
    """Whether no prompt of this attempt is on the phone any more, or ever will be."""
    if not payment.attempts:
        return False
    return change.ends_the_prompt or payment.attempts[change.attempt - 1].pushed_at is None


def _learn_id(payment: Payment, number: int, result: Result) -> None:
    """Keep the id that a result names, even one that tells nothing else: by it M-Pesa can be asked."""
    if not 1 <= number <= payment.attempt_count or not result.checkout_request_id:
        return
    if payment.attempts[number - 1].checkout_request_id is None:
        update(payment, watching.by_id(payment, number, result.checkout_request_id), Payment.id.exists())


def _actions(payment: Payment, change: Change, after: State, at: datetime) -> list[Action]:
    version = int(payment.version) + len(CONSEQUENCES[change.happening].ledger)
    actions: list[Action] = [Payment.status.set(after), Payment.version.set(version)]
    actions += _watch(payment, change, after, at)
    if after is not State(payment.status):
        actions.append(Payment.settled_at.set(at))
    paid = change.result is not None and change.result.is_paid
    is_first = paid and payment.paid_attempt is None
    if is_first:
        actions.append(Payment.paid_attempt.set(change.attempt))
        actions.append(Payment.payer_phone.set(payment.attempts[change.attempt - 1].phone))
    is_main = is_first or (
        change.attempt == payment.paid_attempt and change.happening is not Happening.PAID_AGAIN
    )
    if change.receipt and is_main:
        actions.append(Payment.receipt.set(change.receipt))
    if change.happening is not Happening.PROMPT_ENDED:
        # Who has paid must not read why it failed before, nor be asked to pay again.
        actions.append(Payment.failure.set(change.code) if change.code else Payment.failure.remove())
    if payment.attempts:
        actions += _attempt_actions(payment.attempts[change.attempt - 1], change)
    return actions


def _attempt_actions(attempt: Attempt, change: Change) -> list[Action]:
    path = Payment.attempts[int(attempt.number) - 1]
    actions: list[Action] = []
    if change.outcome:
        actions.append(path["outcome"].set(change.outcome))
    if change.receipt and attempt.receipt is None:
        actions.append(path["receipt"].set(change.receipt))
    if change.received is not None and attempt.received is None:
        actions.append(path["received"].set(change.received))
    if change.result:
        actions.append(path["result_code"].set(change.result.code))
        # The push's own answer may have been lost; with this id M-Pesa can be asked.
        if change.result.checkout_request_id and attempt.checkout_request_id is None:
            actions.append(path["checkout_request_id"].set(change.result.checkout_request_id))
    return actions


def _watch(payment: Payment, change: Change, after: State, at: datetime) -> list[Action]:
    """Go on watching the payment while the end of any of its prompts is not certain."""
    if after is State.PENDING:
        return []
    told = change.attempt if change.outcome in ("paid", "failed", "not_sent") else None
    if not watching.unresolved(payment, but=told) and not change.can_be_asked:
        return [Payment.pending.remove(), Payment.due_at.remove()]
    again_at = at + timedelta(seconds=settings().prompt_seconds)
    return [
        Payment.pending.set(watching.bucket(payment.id)),
        Payment.due_at.set(again_at),
        Payment.queries.set(0),
    ]


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
    writing: TransactWrite,
    payment: Payment,
    change: Change,
    follows: Consequence,
    at: datetime,
    refund: Refund | None,
) -> None:
    came = int(payment.amount) if change.received is None else change.received
    for number, kind in enumerate(follows.ledger, start=int(payment.version) + 1):
        ledger.write(
            writing,
            payment.id,
            number,
            kind,
            at=at,
            attempt=change.attempt,
            amount=int(refund.amount) if refund and kind == "refund_due" else came,
            receipt=change.receipt
            or (payment.attempts[change.attempt - 1].receipt if payment.attempts else None),
            code=change.code,
        )
    outbox.tell(writing, payment, follows.tell, _which(change), at)


def _which(change: Change) -> str:
    """What tells a message from others of its kind: the money, or the attempt."""
    return change.receipt or str(change.attempt)


def _is_counted(payment: Payment, change: Change, *, unmoved: bool) -> bool:
    """Whether this very money stands elsewhere: on another payment (an alert), or on another attempt.

    `unmoved`: the change has failed twice though nobody moved the payment in between.
    """
    if not change.receipt:
        return False
    try:
        guard = Guard.get(receipts.key_of(change.receipt), consistent_read=True)
    except Guard.DoesNotExist:
        return False
    if guard.owner != payment.id:
        log.alert("settlement.receipt_of_another_payment", payment_id=payment.id, attempt=change.attempt)
        return True
    return unmoved
