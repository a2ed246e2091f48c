"""Missing receipts: prompts that were paid, or may have been, and of which nobody has told the receipt.

Each is watched until M-Pesa's transactions tell it (`pulling`), for as long as M-Pesa remembers them; then it
stands as a difference, until the statement tells.
"""

from datetime import datetime, timedelta
from typing import Final

from pynamodb.transactions import TransactWrite

from chalicelib.payments.books import about_attempt
from chalicelib.payments.difference_models import WATCHED, Difference
from chalicelib.payments.differences import Kind
from chalicelib.payments.models import UNTOLD, Payment
from chalicelib.payments.states import State
from chalicelib.payments.verdicts import Change

#: When to look first: a callback may only be late. Then after twice as long each time.
_FIRST: Final = timedelta(minutes=2)
_LONGEST: Final = timedelta(hours=1)


def leaves_open(payment: Payment, change: Change) -> bool:
    """Whether a change leaves money without a receipt, or ends an order whose prompt we cannot ask about."""
    if not payment.attempts:
        return False
    attempt = payment.attempts[change.attempt - 1]
    if change.result:
        return change.result.is_paid and not change.receipt and not attempt.receipt
    is_lost = attempt.pushed_at and attempt.outcome in UNTOLD and not attempt.checkout_request_id
    return bool(is_lost and payment.status == State.PENDING)


def watch(writing: TransactWrite, payment: Payment, change: Change, at: datetime) -> None:
    """Watch the attempt of a change that leaves it open, in its transaction; once more is the same."""
    if not leaves_open(payment, change):
        return
    writing.save(
        Difference(
            about_attempt(payment.id, change.attempt),
            Kind.RECEIPT_MISSING,
            payment_id=payment.id,
            at=at + _FIRST,
            looks=0,
            open=WATCHED,
            first_seen_at=at,
            last_seen_at=at,
        )
    )


def next_look(row: Difference, at: datetime) -> datetime:
    """When to look again after a look now."""
    doublings = min(int(row.looks or 0), 10)
    return at + min(_FIRST * int(2**doublings), _LONGEST)
