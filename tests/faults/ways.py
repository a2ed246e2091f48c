"""Which ways of the payments' state machine were taken: the rows of `TRANSITIONS`."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from chalicelib.payments import attempts, refunds, settlement
from chalicelib.payments.states import TRANSITIONS, Happening, State

Way = tuple[State, Happening]

_PAID = (State.COMPLETED, State.REFUND_DUE, State.REFUNDED)

#: Ways that want three things in a row which chance hardly brings together; each has a test of its own.
RARE: set[Way] = {
    (State.REFUNDED, Happening.PAID_AGAIN),
    (State.REFUNDED, Happening.RECEIPT_CAME),
    (State.REFUNDED, Happening.PROMPT_ENDED),
    (State.FAILED, Happening.PROMPT_ENDED),
    (State.REFUND_DUE, Happening.PROMPT_ENDED),
    (State.COMPLETED, Happening.PART_REFUND_DUE),
    (State.COMPLETED, Happening.PART_REFUNDED_AT_ONCE),
    *((state, Happening.EXTRA_MONEY_BACK) for state in _PAID),
    *((state, Happening.PART_REFUND_DONE) for state in _PAID),
}

#: Every other way that a payment can go.
ALL: set[Way] = set(TRANSITIONS) - RARE


@contextmanager
def counted(taken: Counter[Way]) -> Iterator[None]:
    """Count the ways that are taken while this lasts."""
    apply, write, refund = settlement.apply, attempts._write, refunds.write

    def applied(payment, change, at):
        state = State(payment.status)
        apply(payment, change, at)
        taken[state, change.happening] += 1

    def written(payment, *more):
        state = State(payment.status)
        if done := write(payment, *more):
            taken[state, Happening.ASKED_AGAIN] += 1
        return done

    def refunded(payment, happening, *given, **more):
        state = State(payment.status)
        refund(payment, happening, *given, **more)
        taken[state, happening] += 1

    with (
        patch.object(settlement, "apply", applied),
        patch.object(attempts, "_write", written),
        patch.object(refunds, "write", refunded),
    ):
        yield
