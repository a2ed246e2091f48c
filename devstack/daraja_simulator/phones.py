"""What each phone number does: the simulator's test cards, as data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from .refusals import INTERNAL, LOCKED, SPIKE_ARREST, Refusal
from .results import ALREADY_REVERSED, CANCELLED, INSUFFICIENT, PAID, PENDING


class Answers(Enum):
    """When the customer answers the prompt."""

    AT_ONCE = "at once"
    AFTER_DELAY = "after the setting `delay`"
    LATE = "after the setting `late`"


class PendingShape(Enum):
    """The two ways in which a query says "not yet"."""

    ERROR_BODY = "HTTP 500 with 500.001.1001"
    RESULT_4999 = "HTTP 200 with ResultCode 4999"


@dataclass(frozen=True)
class Said:
    """One callback.

    Attributes:
        result: the ResultCode it tells; None for the true one.
        wrong_amount: it tells another amount than the customer paid.
    """

    result: str | None = None
    wrong_amount: bool = False


TRUTH: Final = Said()


@dataclass(frozen=True)
class Script:
    """What happens after a push to a phone.

    Attributes:
        result: how the prompt ends.
        refused: the push gets this answer, and no prompt is shown.
        answers: when the customer answers.
        callbacks: what is sent then.
        in_order: each callback waits until the one before was answered; otherwise they race.
        callback_first: the callbacks are delivered before the push is answered.
        answer_hangs: the push is never answered.
        pending_queries: so many queries are told "not yet", even after the customer has answered.
        pending_shape: how the query says it.
    """

    result: str = PAID
    refused: Refusal | None = None
    answers: Answers = Answers.AFTER_DELAY
    callbacks: tuple[Said, ...] = (TRUTH,)
    in_order: bool = False
    callback_first: bool = False
    answer_hangs: bool = False
    pending_queries: int = 0
    pending_shape: PendingShape = PendingShape.ERROR_BODY


CALLBACK_LOST: Final = "254700100001"
CALLBACK_THRICE: Final = "254700100002"
CALLBACK_FIRST: Final = "254700100003"
CALLBACK_LATE: Final = "254700100004"
WRONG_AMOUNT: Final = "254700100005"
NO_ANSWER: Final = "254700100006"
SUBSCRIBER_LOCKED: Final = "254700100007"
BUSY: Final = "254700100008"
QUERY_4999_THEN_PAID: Final = "254700100009"
QUERY_PENDING_THEN_CANCELLED: Final = "254700100010"
CONTRADICTED: Final = "254700100011"

ORDINARY: Final = Script()

SCRIPTS: Final[dict[str, Script]] = {
    CALLBACK_LOST: Script(callbacks=()),
    CALLBACK_THRICE: Script(callbacks=(TRUTH, TRUTH, TRUTH)),
    CALLBACK_FIRST: Script(answers=Answers.AT_ONCE, callback_first=True),
    # The customer pays late too. Until then the query says "pending", so only patience finds the money.
    CALLBACK_LATE: Script(answers=Answers.LATE),
    WRONG_AMOUNT: Script(callbacks=(Said(wrong_amount=True),)),
    NO_ANSWER: Script(answer_hangs=True),
    SUBSCRIBER_LOCKED: Script(refused=LOCKED),
    BUSY: Script(refused=SPIKE_ARREST),
    # On these two the customer answers at once and it is the query that lags, so that the number of
    # pending answers is exact whatever the delay is.
    QUERY_4999_THEN_PAID: Script(
        answers=Answers.AT_ONCE, callbacks=(), pending_queries=2, pending_shape=PendingShape.RESULT_4999
    ),
    QUERY_PENDING_THEN_CANCELLED: Script(
        result=CANCELLED, answers=Answers.AT_ONCE, callbacks=(), pending_queries=1
    ),
    CONTRADICTED: Script(callbacks=(TRUTH, Said(result=CANCELLED)), in_order=True),
}


@dataclass(frozen=True)
class Undoing:
    """What happens when the payment of a phone is reversed.

    Attributes:
        result: how it ends, unless something else is wrong; the money goes back only with `PAID`.
        refused: the request gets this answer, and nothing comes of it.
        results: the result codes that are told; None for the true one.
        in_order: each waits until the one before was answered; otherwise they race.
        result_first: the result is delivered before the request is answered.
        is_late: it is carried out after the setting `late`.
        answer_hangs: the request is never answered.
        times_out: the time-out URL is told instead of the result's.
    """

    result: str = PAID
    refused: Refusal | None = None
    results: tuple[str | None, ...] = (None,)
    in_order: bool = False
    result_first: bool = False
    is_late: bool = False
    answer_hangs: bool = False
    times_out: bool = False


RESULT_LOST: Final = "254700200001"
RESULT_THRICE: Final = "254700200002"
RESULT_FIRST: Final = "254700200003"
RESULT_LATE: Final = "254700200004"
REVERSAL_NO_ANSWER: Final = "254700200006"
REVERSAL_BUSY: Final = "254700200008"
REVERSAL_INTERNAL: Final = "254700200009"
REVERSAL_TIMED_OUT: Final = "254700200010"
REVERSAL_CONTRADICTED: Final = "254700200011"
ALREADY_BACK: Final = "254700200012"

#: Phones that pay like any other, and whose reversal is special.
UNDOINGS: Final[dict[str, Undoing]] = {
    RESULT_LOST: Undoing(results=()),
    RESULT_THRICE: Undoing(results=(None, None, None)),
    RESULT_FIRST: Undoing(result_first=True),
    RESULT_LATE: Undoing(is_late=True),
    REVERSAL_NO_ANSWER: Undoing(answer_hangs=True),
    REVERSAL_BUSY: Undoing(refused=SPIKE_ARREST),
    # It says "internal error", and has carried it out all the same; nobody tells.
    REVERSAL_INTERNAL: Undoing(refused=INTERNAL, results=()),
    REVERSAL_TIMED_OUT: Undoing(times_out=True, result=PENDING),
    REVERSAL_CONTRADICTED: Undoing(results=(None, INSUFFICIENT), in_order=True),
    ALREADY_BACK: Undoing(results=(ALREADY_REVERSED,)),
}

_REVERSAL_FAILS_WITH: Final = re.compile(r"25470030([0-9]{4})")


def undoing_for(phone: str) -> Undoing:
    """What happens to a reversal of what a phone paid; one that is not special goes back."""
    fails = _REVERSAL_FAILS_WITH.fullmatch(phone)
    if fails is not None:
        return Undoing(result=str(int(fails[1])))
    return UNDOINGS.get(phone, Undoing())


_FAILS_WITH: Final = re.compile(r"25470000([0-9]{4})")


def script_for(phone: str) -> Script:
    """The script of a phone (twelve digits, 254…); a number that is not special pays."""
    if phone in SCRIPTS:
        return SCRIPTS[phone]
    fails = _FAILS_WITH.fullmatch(phone)
    if fails is None:
        return ORDINARY
    result = str(int(fails[1]))
    # 4999 is known to the query only: such a payment is never settled.
    return Script(result=result, callbacks=() if result == PENDING else (TRUTH,))
