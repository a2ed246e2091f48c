"""Reconciliation: what stayed pending is looked at by the schedule when its hold has run out.

Before seats are given back, M-Pesa is asked once more what became of the prompt.
"""

from datetime import datetime, timedelta

from pynamodb.exceptions import UpdateError

from chalicelib.core import log
from chalicelib.core.dynamo import StillColliding
from chalicelib.payments import settlement
from chalicelib.payments.models import Payment
from chalicelib.payments.orders import PENDING_BUCKETS
from chalicelib.payments.settlement import Change, Unsettled
from chalicelib.payments.states import Happening, State
from chalicelib.payments.till import Till

#: At most so many payments from each bucket in one run; the next run goes on.
_MOST = 100


def run(till: Till) -> int:
    """Look at every pending payment that is due; returns how many were.

    May run twice at once: a claim decides who works on a payment.
    """
    at = till.now()
    looked_at = 0
    for bucket in range(PENDING_BUCKETS):
        for key in Payment.by_due.query(f"pending#{bucket}", Payment.due_at <= at, limit=_MOST):
            if payment := _claim(key.id, at, till):
                looked_at += 1
                _look_at_one(payment, till)
    return looked_at


def _look_at_one(payment: Payment, till: Till) -> None:
    try:
        conclude(payment, till)
    except (StillColliding, Unsettled) as error:  # the claim lapses and a later run tries again
        log.alert("reconciliation.postponed", payment_id=payment.id, reason=type(error).__name__)


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
        payment.update(actions=[Payment.due_at.set(again_at)], condition=condition)
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return None
    return payment
