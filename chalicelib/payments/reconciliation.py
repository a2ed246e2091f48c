"""Reconciliation: what stayed pending is looked at by the schedule when its hold has run out.

Before seats are given back, M-Pesa is asked once more what became of the prompt.
"""

from datetime import datetime, timedelta

from chalicelib.core import log
from chalicelib.core.dynamo import ConditionFailed, update
from chalicelib.payments import settlement
from chalicelib.payments.models import Payment
from chalicelib.payments.orders import PENDING_BUCKETS
from chalicelib.payments.states import Happening, State
from chalicelib.payments.till import Till
from chalicelib.payments.verdicts import Change

#: At most so many payments from each bucket in one run; the next run goes on.
_MOST = 100


def run(till: Till) -> int:
    """Look at every pending payment that is due; returns how many were.

    May run twice at once: a claim decides who works on a payment. One that fails does not keep the others
    waiting: its claim lapses, and a later run tries again.
    """
    at = till.now()
    looked_at = 0
    for bucket in PENDING_BUCKETS:
        for key in Payment.by_due.query(bucket, Payment.due_at <= at, limit=_MOST):
            try:
                looked_at += _look_at_one(key.id, at, till)
            except Exception:  # whatever it is: seats of others are waiting behind it
                log.crash("reconciliation.postponed", payment_id=key.id)
    return looked_at


def _look_at_one(payment_id: str, at: datetime, till: Till) -> bool:
    payment = _claim(payment_id, at, till)
    if payment is None:
        return False
    conclude(payment, till)
    return True


def conclude(payment: Payment, till: Till) -> None:
    """Ask M-Pesa about the newest attempt; settle by its answer, else let the hold end."""
    attempt = payment.attempts[-1]
    result = till.mpesa.query(attempt.checkout_request_id) if attempt.checkout_request_id else None
    if result and (result.is_paid or result.failure):
        settlement.settle(payment.id, int(attempt.number), result, till.now())
    elif payment.expires_at <= till.now():
        change = Change(Happening.HOLD_RAN_OUT, int(attempt.number), code="no_response")
        settlement.close(payment, change, till.now())


def _claim(payment_id: str, at: datetime, till: Till) -> Payment | None:
    """The payment, if it is still pending and due and nobody else is at it."""
    payment = Payment(payment_id)
    again_at = at + timedelta(seconds=till.settings.reconcile_seconds)
    # The index is late, the item decides: two runs that see the same row cannot both move `due_at`.
    condition = (Payment.status == State.PENDING) & (Payment.due_at <= at)
    try:
        update(payment, [Payment.due_at.set(again_at)], condition)
    except ConditionFailed:
        return None
    return payment
