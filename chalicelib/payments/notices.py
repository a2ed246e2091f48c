"""What the buyer should do, or wait for, right now."""

from datetime import datetime, timedelta

from chalicelib.catalog.times import shown_minute
from chalicelib.core import clock
from chalicelib.core.settings import settings
from chalicelib.payments.models import Payment


def of(payment: Payment) -> str | None:
    """A sentence for the buyer; None where there is nothing to do."""
    if payment.status == "Cancelled":
        return "Do not enter your PIN if the request is still on your phone."
    if payment.status == "RefundDue":
        return "Your money came, but there are no valid tickets for it; you will get it back."
    if payment.status != "Pending":
        return None
    attempt = payment.attempts[-1]
    if attempt.pushed_at is None:
        return _while_waiting(payment.expires_at)
    if clock.now() >= attempt.pushed_at + timedelta(seconds=settings().prompt_seconds):
        return "The request has left your phone; we are asking M-Pesa whether you paid. Your seats are held."
    return "Enter your M-Pesa PIN on your phone to pay."


def _while_waiting(held_until: datetime) -> str:
    """What is certain of a push that waits for its turn: until when it comes, if it does (decision 0059)."""
    if clock.now() >= held_until:
        return "Too many people were buying, so no request was sent to your phone; please try again."
    return (
        "Many people are buying just now. Your seats are held; the request will reach your phone soon, "
        f"by {shown_minute(held_until)} at the latest or not at all."
    )
