"""What a result means for a payment as it stands: plain rules over what was read."""

import math
from dataclasses import dataclass

from chalicelib.catalog.stock import Seats
from chalicelib.core import log, metrics, phones
from chalicelib.payments.daraja.callbacks import Result
from chalicelib.payments.models import UNTOLD, Attempt, Payment
from chalicelib.payments.states import Happening, State, holds_seats


@dataclass(frozen=True)
class Change:
    """One happening to one payment. `code` says why, where there is a why; `result` is what M-Pesa said.

    `seats` are those to sell for late money, if the ones that the payment held are gone.
    """

    happening: Happening
    attempt: int
    code: str | None = None
    result: Result | None = None
    seats: list[Seats] | None = None

    @property
    def receipt(self) -> str | None:
        """M-Pesa's receipt, where the money came with one."""
        return self.result.receipt if self.result else None

    @property
    def received(self) -> int | None:
        """What M-Pesa says has come, in whole KES (a part of a shilling counts as one), if it says."""
        amount = self.result.amount if self.result else None
        return None if amount is None else math.ceil(amount)

    @property
    def ends_the_prompt(self) -> bool:
        """Whether the prompt of this attempt is off the phone for certain."""
        return self.result is not None or self.happening is Happening.NOT_SENT

    @property
    def outcome(self) -> str | None:
        """What becomes of the attempt; None if this tells nothing of it."""
        if self.happening is Happening.NOT_SENT:
            return "not_sent"
        if self.result is None:
            return None
        if self.result.is_paid:
            return "paid"
        doubtful = self.result.failure and self.result.failure.confirm and not self.result.asked
        return "doubtful" if doubtful else "failed"

    @property
    def can_be_asked(self) -> bool:
        """Whether this leaves the end of the attempt open, and names what M-Pesa can be asked about."""
        return self.outcome == "doubtful" and bool(self.result and self.result.checkout_request_id)

    @property
    def needs_a_person(self) -> bool:
        """Whether M-Pesa's reason is one that only we can mend, such as a wrong credential."""
        return bool(self.result and self.result.failure and self.result.failure.alert)


def judge(payment: Payment, attempt: int, result: Result, *, seats_gone: bool = False) -> Change | None:
    """What a result means for a payment as it stands; None if it changes nothing.

    A failure counts only for the newest attempt of a pending payment; a success counts from any.
    """
    if not 1 <= attempt <= payment.attempt_count or _is_foreign(payment, attempt, result):
        metrics.count("CallbacksRefused", why="foreign")
        log.alert("settlement.foreign_result", payment_id=payment.id, attempt=attempt)
        return None
    if result.is_paid:
        if result.receipt and result.amount is None:
            log.alert("settlement.amount_not_told", payment_id=payment.id, attempt=attempt)
        happening = _paid(payment, attempt, result, seats_gone)
        return Change(happening, attempt, result=result) if happening else None
    if result.failure is None:
        log.alert("settlement.unclear_result", payment_id=payment.id, attempt=attempt, code=result.code)
        return None
    if payment.status == State.PENDING and attempt == payment.attempt_count:
        return Change(Happening.REFUSED, attempt, code=result.code, result=result)
    ended = Change(Happening.PROMPT_ENDED, attempt, code=result.code, result=result)
    return ended if _is_news(payment.attempts[attempt - 1], ended) else None


def _is_news(attempt: Attempt, ended: Change) -> bool:
    """Whether the end of the prompt was not known, or in doubt until now."""
    return attempt.outcome in UNTOLD or (attempt.outcome == "doubtful" and ended.outcome == "failed")


def _paid(payment: Payment, number: int, result: Result, seats_gone: bool) -> Happening | None:
    attempt, state = payment.attempts[number - 1], State(payment.status)
    # A query tells no amount: then what was asked is taken as paid until the callback says otherwise.
    differs = result.amount is not None and result.amount != payment.amount
    if attempt.outcome == "paid":
        happening = _known_to_be_paid(attempt, result)
        if happening is not Happening.RECEIPT_CAME or not differs:
            return happening
        if state is State.COMPLETED and number == payment.paid_attempt:
            return Happening.RECEIPT_DIFFERS
        log.alert("settlement.other_amount_is_due_back", payment_id=payment.id, attempt=number)
        return happening
    if state in (State.COMPLETED, State.REFUND_DUE, State.REFUNDED):
        return Happening.PAID_AGAIN
    if differs:
        return Happening.PAID_WRONG_AMOUNT
    if seats_gone:
        return Happening.PAID_WITHOUT_SEATS
    return Happening.PAID if holds_seats(state) else Happening.PAID_LATE


def _known_to_be_paid(attempt: Attempt, result: Result) -> Happening | None:
    """What it means to hear once more that an attempt was paid: now its receipt or its amount may be told."""
    if attempt.receipt and result.receipt not in (None, attempt.receipt):  # a second receipt for one prompt
        return Happening.PAID_AGAIN
    tells_receipt = attempt.receipt is None and result.receipt is not None
    tells_amount = attempt.received is None and result.amount is not None
    return Happening.RECEIPT_CAME if tells_receipt or tells_amount else None


def _is_foreign(payment: Payment, attempt: int, result: Result) -> bool:
    """Whether the result names another prompt than ours; unknown ones pass: a callback may come first.

    Of a payment that has forgotten its phones the id has, too.
    """
    ours = payment.attempts[attempt - 1].checkout_request_id
    theirs = result.checkout_request_id
    if ours is None or theirs is None:
        return False
    return ours not in (theirs, phones.without_digits(theirs))
