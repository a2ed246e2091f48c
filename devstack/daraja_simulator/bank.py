"""What M-Pesa knows: the token, the prompts, and the money.

No threads, no HTTP and no timers. A prompt is written down together with the instant at which its
customer answers; everything else follows from comparing that instant with the present one, which is
passed in. The caller holds a lock. Reversals are in `reversals`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from . import names
from .checks import Push
from .phones import Answers, PendingShape, Script, script_for
from .refusals import LOCKED, NO_BEARER, STILL_PROCESSING, WRONG_TOKEN, Refused, invalid
from .results import PAID, PENDING
from .settings import Settings

TOKEN_SECONDS: Final = 3599


@dataclass
class Prompt:
    """An accepted push, and how it ends.

    Attributes:
        push: what was asked.
        script: what its phone does.
        merchant_request_id: Daraja's MerchantRequestID.
        checkout_request_id: Daraja's CheckoutRequestID.
        nth: how many pushes this phone has accepted, this one included.
        answered_at: when the customer answers; before that, the prompt is open.
        receipt: the receipt of a payment, known from `answered_at` on; None when it fails.
        pending_queries: how many more queries are told "not yet" all the same.
        reversed_at: when its money goes back, or went back.
        reversal: the receipt of that.
    """

    push: Push
    script: Script
    merchant_request_id: str
    checkout_request_id: str
    nth: int
    answered_at: datetime
    receipt: str | None
    pending_queries: int
    reversed_at: datetime | None = None
    reversal: str | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether the phone still shows the prompt."""
        return now < self.answered_at


@dataclass(frozen=True)
class Payment:
    """Money that M-Pesa holds for the merchant, or held until `reversed_at`; whole KES, instants UTC."""

    receipt: str
    checkout_request_id: str
    account_reference: str
    phone: str
    amount: int
    paid_at: datetime
    reversed_at: datetime | None = None
    reversal: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The payment with its instants in ISO 8601."""
        reversed_at = self.reversed_at.isoformat() if self.reversed_at else None
        return {**vars(self), "paid_at": self.paid_at.isoformat(), "reversed_at": reversed_at}


class Bank:
    """The state of the simulated M-Pesa; not safe for threads without a lock around it."""

    def __init__(self) -> None:
        self._token: tuple[str, datetime] | None = None
        self._prompts: dict[str, Prompt] = {}
        self._latest: dict[str, Prompt] = {}
        self._receipts: set[str] = set()

    def new_token(self, now: datetime) -> str:
        """A token that lives for `TOKEN_SECONDS`; the one before is worth nothing from now on."""
        token = names.token()
        self._token = (token, now + timedelta(seconds=TOKEN_SECONDS))
        return token

    def authorize(self, authorization: str | None, now: datetime) -> None:
        """Check an Authorization header.

        Raises:
            Refused: there is no bearer token, or it is not the newest, or it is too old.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(NO_BEARER)
        if self._token is None or token != self._token[0] or now >= self._token[1]:
            raise Refused(WRONG_TOKEN)

    def prompt(self, push: Push, settings: Settings, now: datetime) -> Prompt:
        """Show a prompt on the phone.

        Raises:
            Refused: the phone is one that refuses, or it still shows a prompt.
        """
        script = script_for(push.phone)
        if script.refused is not None:
            raise Refused(script.refused)
        latest = self._latest.get(push.phone)
        if latest is not None and latest.is_open(now) and settings.one_prompt_per_phone:
            raise Refused(LOCKED)
        answered_at = now + timedelta(seconds=_wait(script, settings))
        prompt = Prompt(
            push=push,
            script=script,
            merchant_request_id=names.request_id(),
            checkout_request_id=self._new_checkout_request_id(push.phone, now),
            nth=latest.nth + 1 if latest is not None else 1,
            answered_at=answered_at,
            receipt=self._new_receipt(answered_at) if script.result == PAID else None,
            pending_queries=script.pending_queries,
        )
        self._prompts[prompt.checkout_request_id] = prompt
        self._latest[push.phone] = prompt
        return prompt

    def find(self, checkout_request_id: str) -> Prompt | None:
        """The prompt of a CheckoutRequestID, if there is one."""
        return self._prompts.get(checkout_request_id)

    def paid(self, receipt: str, now: datetime) -> Prompt | None:
        """The prompt that was paid with a receipt, if there is one."""
        return next(
            (one for one in self._prompts.values() if one.receipt == receipt and not one.is_open(now)), None
        )

    def result(self, checkout_request_id: str, now: datetime) -> tuple[Prompt, str]:
        """What a query is told: the prompt and its ResultCode, possibly 4999.

        Raises:
            Refused: no such prompt, or "not yet" in its other shape.
        """
        prompt = self._prompts.get(checkout_request_id)
        if prompt is None:
            raise invalid("CheckoutRequestID")
        lags = prompt.pending_queries > 0
        if lags:
            prompt.pending_queries -= 1
        if not lags and not prompt.is_open(now):
            return prompt, prompt.script.result
        if prompt.script.pending_shape is PendingShape.RESULT_4999:
            return prompt, PENDING
        raise Refused(STILL_PROCESSING)

    def payments(self, now: datetime) -> list[Payment]:
        """Every payment made until now, oldest first."""
        paid = [
            Payment(
                receipt=prompt.receipt,
                checkout_request_id=prompt.checkout_request_id,
                account_reference=prompt.push.account_reference,
                phone=prompt.push.phone,
                amount=prompt.push.amount,
                paid_at=prompt.answered_at,
                reversed_at=prompt.reversed_at if prompt.reversed_at and prompt.reversed_at <= now else None,
                reversal=prompt.reversal if prompt.reversed_at and prompt.reversed_at <= now else None,
            )
            for prompt in self._prompts.values()
            if prompt.receipt is not None and not prompt.is_open(now)
        ]
        return sorted(paid, key=lambda payment: payment.paid_at)

    def clear(self) -> None:
        """Forget every prompt and payment. The token stays good: no client needs a new one."""
        self._prompts.clear()
        self._latest.clear()
        self._receipts.clear()

    def _new_checkout_request_id(self, phone: str, now: datetime) -> str:
        at = now
        while (candidate := names.checkout_request_id(phone, at)) in self._prompts:
            at += timedelta(milliseconds=1)
        return candidate

    def _new_receipt(self, at: datetime) -> str:
        while (candidate := names.receipt(at)) in self._receipts:
            pass
        self._receipts.add(candidate)
        return candidate


def _wait(script: Script, settings: Settings) -> float:
    waits = {Answers.AT_ONCE: 0.0, Answers.AFTER_DELAY: settings.delay, Answers.LATE: settings.late}
    return waits[script.answers]
