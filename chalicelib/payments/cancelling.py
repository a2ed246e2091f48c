"""Cancelling: the buyer takes an order back before it is paid."""

from typing import Final

from chalicelib.core.problems import Busy
from chalicelib.payments import settlement
from chalicelib.payments.models import Payment
from chalicelib.payments.problems import AlreadyPaid, NothingToCancel
from chalicelib.payments.states import Happening, State
from chalicelib.payments.till import Till
from chalicelib.payments.verdicts import Change

_TRIES: Final = 4


def cancel(payment: Payment, till: Till) -> Payment:
    """Release the hold of a pending payment. Money that still arrives is handled as late.

    Cancelling twice is fine.

    Raises:
        AlreadyPaid: the money came first.
        NothingToCancel: it failed or expired before.
        Busy: others kept writing to it; nothing was changed.
    """
    for _ in range(_TRIES):
        if payment.status != State.PENDING:
            break
        change = Change(Happening.BUYER_CANCELLED, int(payment.attempt_count))
        settlement.close(payment, change, till.now())  # or somebody else moved it first: look again
        payment = Payment.get(payment.id, consistent_read=True)
    if payment.status == State.CANCELLED:
        return payment
    if payment.status in (State.FAILED, State.EXPIRED):
        raise NothingToCancel
    if payment.status == State.PENDING:
        raise Busy
    raise AlreadyPaid.by(payment)
