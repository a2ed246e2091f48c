"""What may happen to a refund, and what becomes of it: one table, plain Python.

A refund is money that has to go back, or has gone: one for each receipt that buys no ticket (any more), and
one for each part of an order that is given back by hand. It is changed only by looking up (state, happening)
here, under a DynamoDB condition on the version that was read, as a payment is.
"""

from enum import StrEnum
from typing import Final


class RefundState(StrEnum):
    """The states of a refund, spelt as on the wire."""

    DUE = "due"
    AWAITING_APPROVAL = "awaiting_approval"
    ASKED = "asked"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    DONE = "done"
    MANUAL = "manual"


class Step(StrEnum):
    """What can happen to a refund."""

    ASKED = "asked"
    """Somebody wants M-Pesa to reverse it."""
    ASKED_ABOVE_LIMIT = "asked_above_limit"
    """The same, or to record that it was given back by hand; and a second person has to agree."""
    APPROVED = "approved"
    """A second person agreed to the reversal."""
    TURNED_DOWN = "turned_down"
    """A second person did not agree, or who asked thought better of it: the money is due still."""
    GIVEN_BACK_BY_HAND = "given_back_by_hand"
    """It was given back outside M-Pesa's reversal, and a person says so."""
    TAKEN_ON = "taken_on"
    """A worker takes it on to send the request: nobody else may."""
    PUT_BACK = "put_back"
    """M-Pesa was busy, and the request was certainly not sent: its turn comes again."""
    ACCEPTED = "accepted"
    """M-Pesa took the request; its result comes later."""
    NOT_SENT = "not_sent"
    """The request was certainly not taken, and will not be by itself."""
    NO_WORD = "no_word"
    """Nobody has told what became of the request: it must not be sent again."""
    REVERSED = "reversed"
    """The money is back: M-Pesa says so, or a person who read its statement."""
    DECLINED = "declined"
    """M-Pesa did not reverse it, and says why; or its statement does not have it."""


#: M-Pesa has the request, or may have it, and has not told what became of it.
ON_ITS_WAY: Final = frozenset({RefundState.SENDING, RefundState.SENT, RefundState.UNKNOWN})
#: The money is back.
GIVEN_BACK: Final = frozenset({RefundState.DONE, RefundState.MANUAL})
#: What a person may ask for, again after a refusal, or otherwise while a second person has not agreed.
TO_ASK: Final = frozenset({RefundState.DUE, RefundState.REFUSED, RefundState.AWAITING_APPROVAL})

#: (state, step) → state. What is not here does not happen. What was given back is never due again.
STEPS: Final[dict[tuple[RefundState, Step], RefundState]] = {
    (RefundState.DUE, Step.ASKED): RefundState.ASKED,
    (RefundState.REFUSED, Step.ASKED): RefundState.ASKED,
    **{(state, Step.ASKED_ABOVE_LIMIT): RefundState.AWAITING_APPROVAL for state in sorted(TO_ASK)},
    (RefundState.AWAITING_APPROVAL, Step.APPROVED): RefundState.ASKED,
    (RefundState.AWAITING_APPROVAL, Step.TURNED_DOWN): RefundState.DUE,
    **{(state, Step.GIVEN_BACK_BY_HAND): RefundState.MANUAL for state in sorted(TO_ASK)},
    (RefundState.ASKED, Step.TAKEN_ON): RefundState.SENDING,
    (RefundState.SENDING, Step.PUT_BACK): RefundState.ASKED,
    (RefundState.SENDING, Step.ACCEPTED): RefundState.SENT,
    (RefundState.SENDING, Step.NOT_SENT): RefundState.REFUSED,
    (RefundState.SENDING, Step.NO_WORD): RefundState.UNKNOWN,
    (RefundState.SENT, Step.NO_WORD): RefundState.UNKNOWN,
    # A request that M-Pesa had refused, or of which nothing was known, may have been carried out after all.
    **{(state, Step.REVERSED): RefundState.DONE for state in RefundState if state not in GIVEN_BACK},
    **{(state, Step.DECLINED): RefundState.REFUSED for state in sorted(ON_ITS_WAY)},
}
