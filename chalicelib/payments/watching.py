"""When to look at a payment again, as long as it is not certain what became of its money: plain rules.

A prompt may have been paid though no callback came. So a payment stays in the index of what is watched until
M-Pesa has told the end of each prompt that it can be asked about (by its CheckoutRequestID), also after its
hold has ended. It is asked about ever less often, through outages of hours.
"""

from datetime import datetime, timedelta
from typing import Final

from pynamodb.expressions.update import Action

from chalicelib.core.settings import Settings, settings
from chalicelib.payments.buckets import bucket_of, spread
from chalicelib.payments.models import UNTOLD, Attempt, Payment
from chalicelib.payments.states import State

#: M-Pesa is asked about one payment at most once in this time, whoever wants to know.
SECONDS_BETWEEN_QUERIES: Final = 15
#: The hash keys under which the schedule finds what is watched.
BUCKETS: Final = spread("pending")

#: After this time we stop asking (a choice of ours); then a person must look at M-Pesa's statement.
_GIVE_UP: Final = timedelta(hours=48)
_LONGEST_PAUSE: Final = timedelta(minutes=15)


def bucket(payment_id: str) -> str:
    """The hash key of one payment."""
    return bucket_of("pending", payment_id)


def unresolved(payment: Payment, but: int | None = None) -> list[Attempt]:
    """The attempts whose end M-Pesa can be asked about and has not told, newest first.

    Args:
        payment: as it was read.
        but: the number of an attempt whose end is being told right now.
    """
    return [
        one
        for one in reversed(payment.attempts)
        if one.checkout_request_id and one.outcome in (*UNTOLD, "doubtful") and one.number != but
    ]


def to_ask(payment: Payment, at: datetime, *, newest: bool) -> Attempt | None:
    """The attempt to ask about in this look: each in its turn, and none that is over.

    With `newest`, and where a hold is about to end, the newest: the seats hang on it.
    """
    waiting = [one for one in unresolved(payment) if not _is_over(one, at)]
    ends = payment.status == State.PENDING and at >= payment.expires_at
    turn = 0 if newest or ends else int(payment.queries - 1)
    return waiting[turn % len(waiting)] if waiting else None


def by_id(payment: Payment, number: int, checkout_request_id: str) -> list[Action]:
    """What to write when M-Pesa's id of a prompt becomes known: it can be asked about, so it is watched.

    Also where the payment has ended meanwhile. If its end was certain, the first look finds nothing to ask.
    """
    attempt = payment.attempts[number - 1]
    path = Payment.attempts[number - 1]["checkout_request_id"]
    due_at = attempt.prompted_at + timedelta(seconds=settings().prompt_seconds)
    return [
        path.set(path | checkout_request_id),
        Payment.pending.set(Payment.pending | bucket(payment.id)),
        Payment.due_at.set(Payment.due_at | due_at),
        Payment.version.add(1),
    ]


def first_look(asked_at: datetime, expires_at: datetime, settings: Settings) -> datetime:
    """When to look at a new prompt: once it has left the phone, and in any case when the hold ends."""
    return min(asked_at + timedelta(seconds=settings.prompt_seconds), expires_at)


def next_look(payment: Payment, at: datetime, settings: Settings) -> datetime:
    """When to look again at a payment that is being looked at: later each time, and when the hold ends."""
    if payment.status == State.PENDING and at >= payment.expires_at:
        return at + timedelta(seconds=settings.reconcile_seconds)  # should this look fail, seats are waiting
    doublings = min(int(payment.queries), 10)
    again_at = at + min(timedelta(seconds=settings.reconcile_seconds * 2**doublings), _LONGEST_PAUSE)
    return min(again_at, payment.expires_at) if payment.status == State.PENDING else again_at


def _is_over(attempt: Attempt, at: datetime) -> bool:
    return bool(at >= attempt.prompted_at + _GIVE_UP)
