"""What is owed: a receipt that buys no ticket any more becomes a refund, in the transaction that says so."""

from datetime import datetime

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.payments import refunds
from chalicelib.payments.models import Payment, Refund
from chalicelib.payments.states import CONSEQUENCES, Happening
from chalicelib.payments.verdicts import Change


def refund_of(payment: Payment, change: Change, at: datetime) -> Refund | None:
    """The refund that a change of a payment makes due, not yet written; None if it makes none due.

    A whole refund is what came less what part refunds have given back.
    """
    if "refund_due" not in CONSEQUENCES[change.happening].ledger:
        return None
    attempt = payment.attempts[change.attempt - 1] if payment.attempts else None  # none of cash
    is_extra = change.happening is Happening.PAID_AGAIN
    received = change.received
    if received is None:
        told = attempt.received if attempt and not is_extra else None
        received = int(payment.amount if told is None else told)
    return refunds.new(
        payment,
        refunds.EXTRA if is_extra else refunds.WHOLE,
        at,
        amount=received if is_extra else max(0, received - refunds.parted(payment)),
        received=received,
        attempt=change.attempt,
        receipt=change.receipt or (attempt.receipt if attempt and not is_extra else None),
    )


def write(writing: TransactWrite, refund: Refund) -> list[Action]:
    """Add a new refund to the transaction; returns what it means for the payment."""
    writing.save(refund, condition=Refund.payment_id.does_not_exist())
    return [Payment.refund_count.set(int(refund.number))]
