"""Forgetting who paid: what a payment, and what was told of it, keeps of a person is taken off.

Amounts, receipts, times and ids stay: they are records of money, and say nothing of who it was. Each write
can be made again, and the phones go last: a payment that has one has not been forgotten.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Final

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core import phones
from chalicelib.core.dynamo import ConditionFailed, update
from chalicelib.core.outbox import OutboxMessage
from chalicelib.core.outbox import State as Told
from chalicelib.delivery import showing
from chalicelib.payments import refunds
from chalicelib.payments.models import Payment, Refund
from chalicelib.payments.refund_states import GIVEN_BACK
from chalicelib.payments.states import State

_OPEN: Final = (State.PENDING, State.REFUND_DUE)
#: A message in one of these needs its reader's address still.
_UNSENT: Final = (Told.WAITING, Told.SENDING)


class Outcome(Enum):
    """What became of a payment."""

    NOTHING = "nothing"
    """It had nothing of the person."""
    FORGOTTEN = "forgotten"
    """What it had is gone."""
    LEFT = "left"
    """Its money, or what is told of it, is not settled: another time."""
    OVERTAKEN = "overtaken"
    """Somebody changed it just now: another time."""


#: Those that have to be looked at again.
KEPT: Final = (Outcome.LEFT, Outcome.OVERTAKEN)


def forget(payment: Payment, phone: str | None = None) -> Outcome:
    """Take off a payment whom it is of, or only one phone, unless its money is still open.

    Costs three round trips for one that has something: what was told of it, then its phones.
    """
    if phone is not None and phone not in phones_of(payment):
        return Outcome.NOTHING
    given_back = refunds.of_payment(payment)
    told = showing.of_payment(payment.id)
    if is_open(payment, given_back) or any(message.state in _UNSENT for message in told):
        return Outcome.LEFT
    # Of a phone alone: the letters of an account that paid with it, and why it was given back, are not its.
    is_theirs = phone is None or payment.sold_by is not None
    for message in told:
        if is_theirs and (message.to or message.reference):
            _forget_address(message)
    for refund in given_back:
        if phone is None and refund.reason:
            # What somebody wrote may name the buyer. One that is given back does not change any more.
            update(refund, [Refund.reason.remove()], Refund.state.is_in(*GIVEN_BACK))
    return _forget_phones(payment, phone)


def phones_of(payment: Payment) -> set[str]:
    """Every phone that a payment knows."""
    return {payment.payer_phone, *(attempt.phone for attempt in payment.attempts)} - {""}


def is_open(payment: Payment, given_back: Sequence[Refund]) -> bool:
    """Whether money may still come, or has to go back: then one has to know whom to ask."""
    is_uncertain = payment.status in _OPEN or payment.pending is not None
    return is_uncertain or any(refund.state not in GIVEN_BACK for refund in given_back)


def _forget_address(message: OutboxMessage) -> None:
    try:
        update(message, [OutboxMessage.to.remove(), OutboxMessage.reference.remove()], _is_sent())
    except ConditionFailed:
        return  # it is being sent again, or gone by its time: the next pass sees


def _is_sent() -> Condition:
    is_sent: Condition = OutboxMessage.id.exists() & ~OutboxMessage.state.is_in(*_UNSENT)
    return is_sent


def _forget_phones(payment: Payment, phone: str | None) -> Outcome:
    actions: list[Action] = []
    for number, attempt in enumerate(payment.attempts):
        if attempt.phone and phone in (None, attempt.phone):
            actions.append(Payment.attempts[number]["phone"].set(""))
            if attempt.checkout_request_id:  # it ends with the phone's digits
                forgotten = phones.without_digits(attempt.checkout_request_id)
                actions.append(Payment.attempts[number]["checkout_request_id"].set(forgotten))
    if payment.payer_phone and phone in (None, payment.payer_phone):
        actions.append(Payment.payer_phone.set(""))
    if not actions:
        return Outcome.NOTHING
    # Late money, or a new attempt, would bring the phone back: it was read with it. So the version moves.
    unmoved = Payment.version == payment.version
    try:
        update(payment, [*actions, Payment.version.add(1)], unmoved)
    except ConditionFailed:
        return Outcome.OVERTAKEN
    return Outcome.FORGOTTEN
