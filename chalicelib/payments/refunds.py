"""Refunds as they are kept: made with what they are for, moved by a step, and written with their payment."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.accounts import trail
from chalicelib.accounts.models import AuditLine
from chalicelib.catalog.stock import Seats
from chalicelib.core import guards
from chalicelib.core.dynamo import transact
from chalicelib.core.guards import Guard
from chalicelib.payments import drawers, ledger, outbox, seating
from chalicelib.payments.buckets import bucket_of, spread
from chalicelib.payments.models import CASH, Payment, Refund
from chalicelib.payments.refund_states import GIVEN_BACK, STEPS, RefundState, Step
from chalicelib.payments.seating import holds_of, seats_of
from chalicelib.payments.states import CONSEQUENCES, TRANSITIONS, Happening, State
from chalicelib.tickets import issuing

#: What a refund is of.
WHOLE: Final = "whole"
PART: Final = "part"
EXTRA: Final = "extra"

#: What it means for the payment that the money of a refund is back.
BACK: Final = {
    WHOLE: Happening.REFUND_DONE,
    PART: Happening.PART_REFUND_DONE,
    EXTRA: Happening.EXTRA_MONEY_BACK,
}

#: The hash keys under which the schedule finds what is under way.
BUCKETS: Final = spread("refunds")

#: When to look at a refund in each state that does not last: its message may be lost, its worker may have
#: died (it has 60 s), or its result be lost. (Choices of ours.)
_LOOK_AFTER: Final = {
    RefundState.ASKED: timedelta(minutes=5),
    RefundState.SENDING: timedelta(minutes=2),
    RefundState.SENT: timedelta(minutes=15),
    RefundState.UNKNOWN: timedelta(minutes=5),
}


class Taken(NamedTuple):
    """What a refund takes back: seats and tickets; with `unless_admitted` only if nobody is inside."""

    seats: Sequence[Seats] = ()
    tickets: Sequence[str] = ()
    unless_admitted: bool = False


_NOTHING: Final = Taken()


def new(payment: Payment, of: str, at: datetime, **what: Any) -> Refund:
    """The payment's next refund, due; `what` are its further attributes."""
    number = int(payment.refund_count) + 1
    return Refund(
        payment.id,
        number,
        of=of,
        state=RefundState.DUE,
        event_id=payment.event_id,
        sale=bucket_of(payment.event_id, payment.id),
        place=_place(RefundState.DUE, payment.id, number),
        created_at=at,
        moved_at=at,
        **what,
    )


def of_payment(payment: Payment) -> list[Refund]:
    """The refunds of a payment, oldest first; no round trip where there are none."""
    return list(Refund.query(payment.id, consistent_read=True)) if payment.refund_count else []


def name_of(refund: Refund) -> str:
    """What messages of a part, or of money on top that is back, are told apart by."""
    return f"refund-{int(refund.number)}"


def given_back(found: Iterable[Refund]) -> int:
    """What of these has gone back, in KES."""
    return sum(int(one.amount) for one in found if one.state in GIVEN_BACK)


def parted(payment: Payment) -> int:
    """What part refunds have taken off the payment's sale, in KES."""
    sold = sum(int(item.price) * int(item.quantity) for item in payment.items)
    return sold - sum(some.price * some.n for some in seats_of(payment))


def pick(payment: Payment, wanted: Counter[str]) -> list[Seats]:
    """So many of the seats that the payment has, of each ticket type; it has them."""
    left, picked = Counter(wanted), []
    for some in seats_of(payment):
        if n := min(left[some.type], some.n):
            left[some.type] -= n
            picked.append(replace(some, n=n))
    return picked


def stepped(refund: Refund, step: Step, at: datetime, **changes: Any) -> int:
    """Move a refund, not yet written; returns the version that has to be stored still.

    Raises:
        KeyError: this does not happen to a refund in that state.
    """
    known = int(refund.version)
    after = STEPS[RefundState(refund.state), step]
    for name, value in changes.items():
        setattr(refund, name, value)
    refund.state, refund.version, refund.moved_at = after, known + 1, at
    refund.place = _place(after, refund.payment_id, int(refund.number))
    # Of a request whose answer never came there is nothing to ask M-Pesa by, unless a result names it.
    can_be_asked = after is not RefundState.UNKNOWN or refund.conversation or refund.claimed
    # One that was refused may have been carried out by an earlier request, as a result claims.
    is_doubted = after is RefundState.REFUSED and refund.claimed
    pause = _LOOK_AFTER.get(RefundState.UNKNOWN if is_doubted else after) if can_be_asked else None
    refund.watched = bucket_of("refunds", refund.payment_id) if pause else None
    refund.look_at = at + pause if pause else None
    return known


def save(
    refund: Refund, known: int, at: datetime, key: Guard | None = None, line: AuditLine | None = None
) -> None:
    """Write a refund that moved and does not touch its payment; what else, as in `write`.

    Raises:
        ConditionFailed: somebody else moved it first, or the key is taken.
    """

    def fill(writing: TransactWrite) -> None:
        # Two workers, a person and a result may meet on one refund: whoever moves its version first wins.
        writing.save(refund, condition=Refund.version == known)
        trail.write(writing, line)
        if key:
            guards.take(writing, key, at)

    transact(fill)


def write(
    payment: Payment,
    happening: Happening,
    refund: Refund,
    at: datetime,
    *,
    known: int | None = None,
    taken: Taken = _NOTHING,
    key: Guard | None = None,
    line: AuditLine | None = None,
) -> None:
    """Write what happens to a payment's money by a refund, and all that follows, in one transaction.

    Args:
        payment: as it was read.
        happening: to the payment.
        refund: as it will be.
        at: now.
        known: the refund's stored version; None for a new one.
        taken: the seats and tickets that it takes back.
        key: the guard of the caller's Idempotency-Key.
        line: of the trail, if it is somebody else's event.

    Raises:
        ConditionFailed: payment, refund, seats or tickets are not as expected; nothing was written.
    """
    follows = CONSEQUENCES[happening]
    actions = _actions(payment, happening, refund, at, taken, is_new=known is None)
    told = follows.tell if payment.amount or not follows.tell else "tickets_revoked"
    is_as_read = Refund.payment_id.does_not_exist() if known is None else Refund.version == known

    def fill(writing: TransactWrite) -> None:
        # Refunds, results and the event's cancelling may meet on one payment, and none may give back what
        # another one has: whoever moves its version first wins, the others look again.
        writing.update(Payment(payment.id), actions=actions, condition=Payment.version == payment.version)
        writing.save(refund, condition=is_as_read)
        trail.write(writing, line)
        if follows.unheld:
            seating.move(writing, payment, taken.seats, follows.unheld, at)
        issuing.revoke(writing, payment.event_id, taken.tickets, unless_admitted=taken.unless_admitted)
        for number, kind in enumerate(follows.ledger, start=int(payment.version) + 1):
            _line(writing, refund, number, kind, at)
        if payment.payment_type == CASH and refund.state in GIVEN_BACK:
            # Who asked is who stood before the buyer with the money, whoever agreed afterwards.
            drawers.give_back(writing, payment.event_id, str(refund.asked_by), int(refund.amount))
        outbox.tell(writing, payment, told, _which(refund), at)
        if key:
            guards.take(writing, key, at)

    transact(fill)
    outbox.told(payment, told, _which(refund), at)


def _actions(
    payment: Payment, happening: Happening, refund: Refund, at: datetime, taken: Taken, *, is_new: bool
) -> list[Action]:
    state = State(payment.status)
    after = TRANSITIONS[state, happening]
    actions: list[Action] = [
        Payment.status.set(after),
        Payment.version.set(int(payment.version) + len(CONSEQUENCES[happening].ledger)),
    ]
    if after is not state:
        actions.append(Payment.settled_at.set(at))
    if is_new:
        actions.append(Payment.refund_count.set(int(refund.number)))
    if refund.state in GIVEN_BACK:
        actions.append(Payment.refunded_amount.set(int(payment.refunded_amount) + int(refund.amount)))
    if refund.of == PART and taken.seats:
        actions.append(Payment.holds.set(holds_of(_without(seats_of(payment), taken.seats))))
    return actions


def _which(refund: Refund) -> str:
    """What tells its messages from others of a kind; of a whole one its receipt or attempt, as elsewhere."""
    return (refund.receipt or str(refund.attempt)) if refund.of == WHOLE else name_of(refund)


def _line(writing: TransactWrite, refund: Refund, number: int, kind: str, at: datetime) -> None:
    ledger.write(
        writing,
        refund.payment_id,
        number,
        kind,
        at=at,
        attempt=int(refund.attempt),
        amount=int(refund.amount),
        receipt=refund.receipt,
        code=refund.method,
    )


def _without(seats: Iterable[Seats], taken: Iterable[Seats]) -> list[Seats]:
    gone: Counter[Seats] = Counter()
    for some in taken:
        gone[replace(some, n=0)] += some.n
    left = []
    for some in seats:
        kind = replace(some, n=0)
        n = min(gone[kind], some.n)
        gone[kind] -= n
        if n < some.n:
            left.append(replace(some, n=some.n - n))
    return left


def _place(state: RefundState, payment_id: str, number: int) -> str:
    return f"{state}#{payment_id}#{number}"
