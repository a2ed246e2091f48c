"""What may happen to a payment, and what follows: one table, plain Python.

A payment is changed only by looking up (state, happening) here and writing the result under a DynamoDB
condition on the version that was read, so that of two racing messages one writes and the other looks again.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from chalicelib.catalog.moves import GIVE_BACK, HOLD, SELL, SELL_UNHELD, TAKE_BACK, Move


class State(StrEnum):
    """The states of a payment, spelt as on the wire."""

    PENDING = "Pending"
    COMPLETED = "Completed"
    FAILED = "Failed"
    EXPIRED = "Expired"
    CANCELLED = "Cancelled"
    REFUND_DUE = "RefundDue"
    REFUNDED = "Refunded"


class Happening(StrEnum):
    """What can happen to a payment."""

    PAID = "paid"
    """The right amount came while the seats were held."""
    PAID_LATE = "paid_late"
    """The right amount came after the hold had ended, and the seats can be had again."""
    PAID_WITHOUT_SEATS = "paid_without_seats"
    """The right amount came, but the seats are gone or the event is cancelled."""
    PAID_WRONG_AMOUNT = "paid_wrong_amount"
    """Another amount came than was asked."""
    PAID_AGAIN = "paid_again"
    """A second receipt came for a payment that has one: that money is due back by itself."""
    RECEIPT_CAME = "receipt_came"
    """The receipt came of a payment that a query had completed, and the amount is right."""
    RECEIPT_DIFFERS = "receipt_differs"
    """The receipt came of a payment that a query had completed, with another amount than asked."""
    REFUSED = "refused"
    """The customer, or M-Pesa, did not let the newest attempt through."""
    NOT_SENT = "not_sent"
    """The prompt was certainly not sent."""
    PROMPT_ENDED = "prompt_ended"
    """A prompt ended without payment, and the order does not hang on it: it has ended, or asked again."""
    HOLD_RAN_OUT = "hold_ran_out"
    """Nothing was heard until the hold ended."""
    BUYER_CANCELLED = "buyer_cancelled"
    """The buyer took the order back."""
    EVENT_CANCELLED = "event_cancelled"
    """The event was cancelled before the order was paid."""
    ASKED_AGAIN = "asked_again"
    """The buyer asked for a new prompt, and the seats could be held again."""
    REFUND_ASKED = "refund_asked"
    """An organizer refunds the payment, or the event was cancelled."""
    FREE_TAKEN_BACK = "free_taken_back"
    """The event was cancelled, and nothing had been paid: there is nothing to refund."""
    REFUND_DONE = "refund_done"
    """The money went back."""
    REFUNDED_AT_ONCE = "refunded_at_once"
    """An organizer has given all of it back by hand, and says so: it was never due."""
    PART_REFUND_DUE = "part_refund_due"
    """An organizer takes some of the tickets back; their money waits until a second person agrees."""
    PART_REFUNDED_AT_ONCE = "part_refunded_at_once"
    """An organizer has taken some of the tickets back, and given their money back by hand."""
    PART_REFUND_DONE = "part_refund_done"
    """The money of some of the tickets went back."""
    EXTRA_MONEY_BACK = "extra_money_back"
    """Money that came on top went back: a second receipt."""


_OPEN: Final = State.PENDING
_ENDED: Final = (State.FAILED, State.EXPIRED, State.CANCELLED)
_PAID: Final = (State.COMPLETED, State.REFUND_DUE, State.REFUNDED)

#: (state, happening) → state. What is not here does not happen. A payment is never Completed → Failed.
TRANSITIONS: Final[dict[tuple[State, Happening], State]] = {
    (_OPEN, Happening.PAID): State.COMPLETED,
    (_OPEN, Happening.PAID_WITHOUT_SEATS): State.REFUND_DUE,
    (_OPEN, Happening.PAID_WRONG_AMOUNT): State.REFUND_DUE,
    (_OPEN, Happening.REFUSED): State.FAILED,
    (_OPEN, Happening.NOT_SENT): State.FAILED,
    (_OPEN, Happening.HOLD_RAN_OUT): State.EXPIRED,
    (_OPEN, Happening.BUYER_CANCELLED): State.CANCELLED,
    (_OPEN, Happening.EVENT_CANCELLED): State.CANCELLED,
    **{(state, Happening.PAID_LATE): State.COMPLETED for state in _ENDED},
    **{(state, Happening.PAID_WITHOUT_SEATS): State.REFUND_DUE for state in _ENDED},
    **{(state, Happening.PAID_WRONG_AMOUNT): State.REFUND_DUE for state in _ENDED},
    **{(state, Happening.ASKED_AGAIN): State.PENDING for state in _ENDED},
    **{(state, Happening.PAID_AGAIN): state for state in _PAID},
    **{(state, Happening.RECEIPT_CAME): state for state in _PAID},
    **{(state, Happening.PROMPT_ENDED): state for state in State},
    (State.COMPLETED, Happening.RECEIPT_DIFFERS): State.REFUND_DUE,
    (State.COMPLETED, Happening.REFUND_ASKED): State.REFUND_DUE,
    (State.COMPLETED, Happening.FREE_TAKEN_BACK): State.REFUNDED,
    (State.COMPLETED, Happening.REFUNDED_AT_ONCE): State.REFUNDED,
    (State.REFUND_DUE, Happening.REFUND_DONE): State.REFUNDED,
    (State.COMPLETED, Happening.PART_REFUND_DUE): State.COMPLETED,
    (State.COMPLETED, Happening.PART_REFUNDED_AT_ONCE): State.COMPLETED,
    **{(state, Happening.PART_REFUND_DONE): state for state in _PAID},
    **{(state, Happening.EXTRA_MONEY_BACK): state for state in _PAID},
}


class Consequence(NamedTuple):
    """What one happening writes besides the state.

    `held` and `unheld` are the moves of the seats, by whether the payment holds them when it happens.
    """

    ledger: tuple[str, ...]
    held: Move | None = None
    unheld: Move | None = None
    tell: str | None = None
    alert: bool = False


#: What follows from each happening. Of a part refund only its own seats are taken back.
CONSEQUENCES: Final[dict[Happening, Consequence]] = {
    Happening.PAID: Consequence(("received",), held=SELL, tell="tickets_issued"),
    Happening.PAID_LATE: Consequence(("received",), unheld=SELL_UNHELD, tell="tickets_issued"),
    Happening.PAID_WITHOUT_SEATS: Consequence(
        ("received", "refund_due"), held=GIVE_BACK, tell="refund_due", alert=True
    ),
    Happening.PAID_WRONG_AMOUNT: Consequence(
        ("received", "refund_due"), held=GIVE_BACK, tell="refund_due", alert=True
    ),
    Happening.PAID_AGAIN: Consequence(("received", "refund_due"), tell="refund_due", alert=True),
    Happening.RECEIPT_CAME: Consequence(("receipt",)),
    Happening.RECEIPT_DIFFERS: Consequence(
        ("receipt", "refund_due"), unheld=TAKE_BACK, tell="refund_due", alert=True
    ),
    Happening.PROMPT_ENDED: Consequence(("prompt_ended",)),
    Happening.REFUSED: Consequence(("refused",), held=GIVE_BACK, tell="payment_failed"),
    Happening.NOT_SENT: Consequence(("not_sent",), held=GIVE_BACK, tell="payment_failed"),
    Happening.HOLD_RAN_OUT: Consequence(("expired",), held=GIVE_BACK, tell="payment_expired"),
    Happening.BUYER_CANCELLED: Consequence(("cancelled",), held=GIVE_BACK, tell="payment_cancelled"),
    Happening.EVENT_CANCELLED: Consequence(("cancelled",), held=GIVE_BACK, tell="payment_cancelled"),
    Happening.REFUND_ASKED: Consequence(("refund_due",), unheld=TAKE_BACK, tell="refund_due"),
    Happening.FREE_TAKEN_BACK: Consequence(("refunded",), unheld=TAKE_BACK, tell="tickets_revoked"),
    Happening.REFUND_DONE: Consequence(("refunded",), tell="refunded"),
    Happening.REFUNDED_AT_ONCE: Consequence(("refund_due", "refunded"), unheld=TAKE_BACK, tell="refunded"),
    Happening.PART_REFUND_DUE: Consequence(("part_refund_due",), unheld=TAKE_BACK, tell="refund_due"),
    Happening.PART_REFUNDED_AT_ONCE: Consequence(
        ("part_refund_due", "part_refunded"), unheld=TAKE_BACK, tell="refunded"
    ),
    Happening.PART_REFUND_DONE: Consequence(("part_refunded",), tell="refunded"),
    Happening.EXTRA_MONEY_BACK: Consequence(("refunded",), tell="refunded"),
    Happening.ASKED_AGAIN: Consequence(("asked",), unheld=HOLD),
}


def holds_seats(state: State) -> bool:
    """Whether a payment in this state has seats held for it."""
    return state is State.PENDING
