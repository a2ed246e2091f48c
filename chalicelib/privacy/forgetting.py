"""Forgetting who paid: what a payment, and what was told of it, keeps of a person is taken off.

Amounts, receipts, times and ids stay: they are records of money, and say nothing of who it was. It can be
done again, and the phones go last: a payment that has one has not been forgotten.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Final

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.core import phones
from chalicelib.core.dynamo import ConditionFailed, transact
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
#: Of 100 items that a transaction takes one is the payment.
_MOST: Final = 99

#: What is written to an item besides the payment, and under which condition.
Change = tuple[Model, list[Action], Condition]


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

    All goes in one transaction, under the condition that the payment is as it was read: one that late money
    or a refund has changed since loses nothing that is needed again.

    Costs three round trips for one that has something: what was told of it, and the transaction.
    """
    if phone is not None and phone not in phones_of(payment):
        return Outcome.NOTHING
    given_back = refunds.of_payment(payment)
    told = showing.of_payment(payment.id)
    if is_open(payment, given_back) or any(message.state in _UNSENT for message in told):
        return Outcome.LEFT
    # Of a phone alone: the letters of an account that paid with it are not its.
    is_theirs = phone is None or payment.sold_by is not None
    besides = [
        *(_address_off(message) for message in told if is_theirs and (message.to or message.reference)),
        *(_reason_off(refund, phone) for refund in given_back if _names(refund, phone)),
    ]
    actions = _phones_off(payment, phone)
    if not (actions or besides):
        return Outcome.NOTHING
    try:
        _write(payment, actions, besides)
    except ConditionFailed:
        return Outcome.OVERTAKEN
    return Outcome.FORGOTTEN


def phones_of(payment: Payment) -> set[str]:
    """Every phone that a payment knows."""
    return {payment.payer_phone, *(attempt.phone for attempt in payment.attempts)} - {""}


def is_open(payment: Payment, given_back: Sequence[Refund]) -> bool:
    """Whether money may still come, or has to go back: then one has to know whom to ask."""
    is_uncertain = payment.status in _OPEN or payment.pending is not None
    return is_uncertain or any(refund.state not in GIVEN_BACK for refund in given_back)


def _address_off(message: OutboxMessage) -> Change:
    # It may be sent again meanwhile.
    is_sent = OutboxMessage.id.exists() & ~OutboxMessage.state.is_in(*_UNSENT)
    actions: list[Action] = [OutboxMessage.to.remove(), OutboxMessage.reference.remove()]
    return OutboxMessage(message.id), actions, is_sent


def _names(refund: Refund, phone: str | None) -> bool:
    """Whether why it was given back, which somebody wrote, may name the buyer, or has the phone."""
    reason = refund.reason or ""
    return bool(reason) if phone is None else phones.without(reason, phone) != reason


def _reason_off(refund: Refund, phone: str | None) -> Change:
    left = "" if phone is None else phones.without(refund.reason, phone)
    action = Refund.reason.set(left) if left else Refund.reason.remove()
    # One that is given back does not change any more.
    return Refund(refund.payment_id, refund.number), [action], Refund.state.is_in(*GIVEN_BACK)


def _phones_off(payment: Payment, phone: str | None) -> list[Action]:
    actions: list[Action] = []
    for number, attempt in enumerate(payment.attempts):
        if attempt.phone and phone in (None, attempt.phone):
            actions.append(Payment.attempts[number]["phone"].set(""))
            if attempt.checkout_request_id:  # it ends with the phone's digits
                forgotten = phones.without_digits(attempt.checkout_request_id)
                actions.append(Payment.attempts[number]["checkout_request_id"].set(forgotten))
    if payment.payer_phone and phone in (None, payment.payer_phone):
        actions.append(Payment.payer_phone.set(""))
    return actions


def _write(payment: Payment, actions: list[Action], besides: Sequence[Change]) -> None:
    """Write it all; what is too much for one transaction goes before, and the phones with the last of it.

    Raises:
        ConditionFailed: the payment, or what was told of it, is not as it was read.
    """
    unmoved = Payment.version == payment.version
    while len(besides) > _MOST:
        _write(payment, [], besides[:_MOST])
        besides = besides[_MOST:]

    def fill(writing: TransactWrite) -> None:
        for item, changes, condition in besides:
            writing.update(item, actions=changes, condition=condition)
        if actions:
            # Late money, or a new attempt, would bring the phone back: it was read with it. So the version
            # moves.
            forgotten = [*actions, Payment.version.add(1)]
            writing.update(Payment(payment.id), actions=forgotten, condition=unmoved)
        else:
            writing.condition_check(Payment, payment.id, condition=unmoved)

    transact(fill)
