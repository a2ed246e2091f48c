"""Reconciliation: asking M-Pesa about prompts whose end nobody has told.

The schedule looks at what is due; a buyer who looks at a pending payment has it looked at too. A claim keeps
the two, and overlapping schedules, to one question about a payment in 15 seconds.
"""

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from pynamodb.expressions.condition import Condition

from chalicelib.core import log, metrics
from chalicelib.core.dynamo import ConditionFailed, update
from chalicelib.payments import prompting, settlement, watching
from chalicelib.payments.daraja.answers import NoAnswer
from chalicelib.payments.daraja.callbacks import Result
from chalicelib.payments.models import Attempt, Payment
from chalicelib.payments.states import Happening, State
from chalicelib.payments.till import Till
from chalicelib.payments.verdicts import Change

#: At most so many payments from each bucket in one run, which ends in time before the function does (60 s).
_MOST: Final = 100
_RUN_SECONDS: Final = 45
#: After so many questions on end that M-Pesa did not answer at all a run asks no more.
_ENOUGH: Final = 2
#: A buyer who looks has the payment looked at, once its prompt is this old.
_ON_READ_SECONDS: Final = 20


class Asking:
    """Whether to go on asking in this run: when M-Pesa is down, holds must still end in time."""

    def __init__(self) -> None:
        self._unanswered = 0

    def ask(self, attempt: Attempt, till: Till) -> Result | None:
        """What M-Pesa says for certain; None if it says nothing, or nothing that we understand."""
        if self._unanswered >= _ENOUGH:
            return None
        try:
            result = till.mpesa.query(str(attempt.checkout_request_id))
        except NoAnswer as error:
            # One that answers with an error has nothing to say of this prompt, and keeps nobody waiting.
            self._unanswered = self._unanswered + 1 if error.unreachable else 0
            metrics.count("Queries", answer="none")
            log.alert("reconciliation.no_answer", reason=str(error))
            return None
        self._unanswered = 0
        metrics.count("Queries", answer="result" if result else "pending")
        if result is None or result.is_paid or result.failure:
            return result
        log.alert("reconciliation.unclear_result", code=result.code)
        return None


def run(till: Till) -> int:
    """Look at every payment that is due; returns how many were.

    May run twice at once: a claim decides who works on a payment. One that fails does not keep the others
    waiting: its claim lapses, and a later run tries again.
    """
    at, looked_at, asking = till.now(), 0, Asking()
    for payment_id in _due(at):
        if till.now() - at > timedelta(seconds=_RUN_SECONDS):
            return looked_at  # the next run goes on
        try:
            looked_at += _look(payment_id, Payment.due_at <= at, till, asking)
        except Exception:  # whatever it is: seats of others are waiting behind it
            log.crash("reconciliation.postponed", payment_id=payment_id)
    return looked_at


def _due(at: datetime) -> Iterator[str]:
    """The payments that are due, longest first over all buckets: a run that ends early leaves the latest."""
    rows = [Payment.by_due.query(bucket, Payment.due_at <= at, limit=_MOST) for bucket in watching.BUCKETS]
    return (row.id for row in heapq.merge(*rows, key=lambda row: row.due_at))


def on_read(payment: Payment, at: datetime, open_till: Callable[[], Till]) -> Payment:
    """The payment, after M-Pesa was asked about it, if it is pending and its prompt old enough.

    "Get my ticket": nobody has to wait for a callback that was lost. Whatever fails here fails quietly.
    """
    attempt = payment.attempts[-1] if payment.attempts else None
    old_enough = attempt and at - attempt.prompted_at >= timedelta(seconds=_ON_READ_SECONDS)
    if payment.status != State.PENDING or not old_enough:
        return payment
    try:
        looked = _look(payment.id, Payment.pending.exists(), open_till(), Asking(), newest=True)
    except Exception:
        log.crash("reconciliation.on_read_failed", payment_id=payment.id)
        return payment
    return Payment.get(payment.id, consistent_read=True) if looked else payment


def _look(payment_id: str, is_due: Condition, till: Till, asking: Asking, *, newest: bool = False) -> bool:
    """Claim the payment, ask, and do what follows; says whether it was ours to look at."""
    payment = _claim(payment_id, is_due, till)
    if payment is None:
        return False
    attempt = watching.to_ask(payment, till.now(), newest=newest)
    result = asking.ask(attempt, till) if attempt else None
    if attempt and result:
        if _conclude(payment, attempt, result, till):
            return True
        payment = Payment.get(payment_id, consistent_read=True)
    if payment.status == State.PENDING:
        _hold_on(payment, till)
    elif attempt is None:
        _give_up(payment)
    return True


def _conclude(payment: Payment, attempt: Attempt, result: Result, till: Till) -> bool:
    """Settle by what M-Pesa says; says whether that was all, or a hold may still have to end."""
    settlement.settle(payment.id, int(attempt.number), result, till.now())
    is_newest = attempt.number == payment.attempt_count
    return result.is_paid or payment.status != State.PENDING or is_newest


def _hold_on(payment: Payment, till: Till) -> None:
    """End a hold that has run out; queue a push again that may have been lost on its way to the queue."""
    attempt = payment.attempts[-1]
    if payment.expires_at <= till.now():
        code = "no_response" if attempt.pushed_at else "not_sent"
        change = Change(Happening.HOLD_RAN_OUT, int(attempt.number), code=code)
        settlement.close(payment, change, till.now())
    elif attempt.pushed_at is None:
        prompting.queue(payment.id, int(attempt.number))


def _claim(payment_id: str, is_due: Condition, till: Till) -> Payment | None:
    """The payment, if it is still to be looked at and nobody has asked about it just now."""
    at = till.now()
    payment = Payment.get(payment_id, consistent_read=True)
    if payment.pending is None:
        return None
    # The index is late, the item decides: of two that see the same row only one can move `queried_at`.
    quiet = at - timedelta(seconds=watching.SECONDS_BETWEEN_QUERIES)
    unasked = Payment.queried_at.does_not_exist() | (Payment.queried_at <= quiet)
    actions = [
        Payment.queried_at.set(at),
        Payment.queries.add(1),
        Payment.due_at.set(watching.next_look(payment, at, till.settings)),
    ]
    try:
        update(payment, actions, Payment.pending.exists() & is_due & unasked)
    except ConditionFailed:
        return None
    return payment


def _give_up(payment: Payment) -> None:
    """Stop watching; where M-Pesa has not answered for two days, only its statement can tell."""
    if watching.unresolved(payment):
        log.alert("reconciliation.gave_up", payment_id=payment.id)
    unmoved = Payment.version == payment.version
    try:
        update(payment, [Payment.pending.remove(), Payment.due_at.remove()], unmoved)
    except ConditionFailed:
        log.event("reconciliation.moved_meanwhile", payment_id=payment.id)
