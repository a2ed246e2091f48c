"""Which ways of the payments' state machine were taken: the rows of `TRANSITIONS`."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from chalicelib.payments import attempts, settlement
from chalicelib.payments.states import TRANSITIONS, Happening, State

Way = tuple[State, Happening]

#: Nothing refunds money yet, and what is `Refunded` without it was free and had no prompt.
NOT_YET: set[Way] = {
    (State.REFUND_DUE, Happening.REFUND_DONE),
    (State.REFUNDED, Happening.PAID_AGAIN),
    (State.REFUNDED, Happening.RECEIPT_CAME),
    (State.REFUNDED, Happening.PROMPT_ENDED),
}

#: Every way that a payment can go.
ALL: set[Way] = set(TRANSITIONS) - NOT_YET


@contextmanager
def counted(taken: Counter[Way]) -> Iterator[None]:
    """Count the ways that are taken while this lasts."""
    apply, write = settlement.apply, attempts._write

    def applied(payment, change, at):
        state = State(payment.status)
        apply(payment, change, at)
        taken[state, change.happening] += 1

    def written(payment, *more):
        state = State(payment.status)
        if done := write(payment, *more):
            taken[state, Happening.ASKED_AGAIN] += 1
        return done

    with patch.object(settlement, "apply", applied), patch.object(attempts, "_write", written):
        yield
