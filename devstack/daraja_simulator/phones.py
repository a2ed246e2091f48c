"""What each phone number does: the simulator's test cards, as data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from .refusals import LOCKED, SPIKE_ARREST, Refusal
from .results import CANCELLED, PAID, PENDING


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
