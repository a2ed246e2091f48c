"""What our books say that M-Pesa must have: money that came with a payment's attempts, and that went back."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from chalicelib.payments import refunds
from chalicelib.payments.models import Payment, Refund
from chalicelib.payments.refund_states import RefundState

#: A prompt leaves the phone after a minute; its money has been seen to move some minutes later.
PROMPT_LASTS: Final = timedelta(minutes=15)


class Entry(NamedTuple):
    """Money in our books; `amount` in whole KES, none while M-Pesa has not said how much.

    `about` is its receipt; of an attempt whose receipt we have not, the payment's id and its number; of a
    reversal, the receipt that it reversed, marked as such. It has moved between `earliest` and `latest`.
    """

    about: str
    earliest: datetime
    latest: datetime
    amount: int | None
    attempt: int
    receipt: str | None = None


def entries(payment: Payment, found: Iterable[Refund]) -> dict[str, Entry]:
    """What M-Pesa must have of a payment with these refunds, by what it is about."""
    listed = [*_came(payment), *_came_on_top(payment, found), *_went(found)]
    return {entry.about: entry for entry in listed}


def about_attempt(payment_id: str, number: int) -> str:
    """What names the money of an attempt while its receipt is missing."""
    return f"{payment_id}#{number}"


def about_reversal(receipt: str) -> str:
    """What names the reversal of a receipt: its own receipt we may not be told."""
    return f"{receipt}#reversal"


def _came(payment: Payment) -> list[Entry]:
    return [
        Entry(
            one.receipt or about_attempt(payment.id, int(one.number)),
            one.prompted_at,
            one.prompted_at + PROMPT_LASTS,
            None if one.received is None else int(one.received),
            int(one.number),
            one.receipt,
        )
        for one in payment.attempts
        if one.receipt or one.outcome == "paid"
    ]


def _came_on_top(payment: Payment, found: Iterable[Refund]) -> list[Entry]:
    """A second receipt for one prompt stands in its refund only."""
    return [
        Entry(
            one.receipt,
            payment.attempts[int(one.attempt) - 1].prompted_at,
            one.created_at,
            int(one.received),
            int(one.attempt),
            one.receipt,
        )
        for one in found
        if one.of == refunds.EXTRA and one.receipt
    ]


def _went(found: Iterable[Refund]) -> list[Entry]:
    return [
        Entry(
            about_reversal(one.receipt),
            one.created_at,
            one.moved_at,
            int(one.amount),
            int(one.attempt),
            one.receipt,
        )
        for one in found
        if one.state == RefundState.DONE and one.receipt
    ]
