"""Reversals: giving the money of a payment back, and what the merchant is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from . import names
from .bank import Bank, Prompt
from .callbacks import Letter, Parcel, parcel
from .checks import Reversal, nairobi_timestamp
from .phones import Undoing, undoing_for
from .refusals import Refused
from .results import (
    ALREADY_REVERSED,
    INSUFFICIENT,
    NO_SUCH_RECEIPT,
    PAID,
    WRONG_INITIATOR,
    description,
)
from .settings import Settings


@dataclass(frozen=True)
class Request:
    """A request for a reversal that was taken, and how it ends.

    Attributes:
        asked: what was asked.
        undoing: what the phone that paid makes of it.
        originator: Daraja's OriginatorConversationID.
        conversation: Daraja's ConversationID.
        prompt: what was paid with the receipt; None if nothing was.
        result: how it ends.
        receipt: M-Pesa's receipt of the reversal itself.
        done_at: when it is carried out.
    """

    asked: Reversal
    undoing: Undoing
    originator: str
    conversation: str
    prompt: Prompt | None
    result: str
    receipt: str
    done_at: datetime


def reverse(bank: Bank, asked: Reversal, settings: Settings, now: datetime) -> Request:
    """Carry a reversal out, or find out why not. The caller holds a lock.

    Raises:
        Refused: the gateway does not take it; the phone that paid may be one whose reversal is carried out
            all the same.
    """
    prompt = bank.paid(asked.receipt, now)
    undoing = undoing_for(prompt.push.phone) if prompt else Undoing()
    wait = settings.late if undoing.is_late else settings.delay
    done_at = now + timedelta(seconds=0 if undoing.result_first else wait)
    result, receipt = _result(asked, prompt, undoing, settings), names.receipt(done_at)
    is_taken = undoing.refused is None or not undoing.results
    if prompt and result == PAID and is_taken:
        prompt.reversed_at, prompt.reversal = done_at, receipt
    if undoing.refused:
        raise Refused(undoing.refused)
    return Request(
        asked=asked,
        undoing=undoing,
        originator=names.request_id(),
        conversation=f"AG_{names.receipt(now)}",
        prompt=prompt,
        result=result,
        receipt=receipt,
        done_at=done_at,
    )


def _result(asked: Reversal, prompt: Prompt | None, undoing: Undoing, settings: Settings) -> str:
    if not asked.is_authorized:
        return WRONG_INITIATOR
    # The amount has to be the whole of what was paid, as SDKs say; what M-Pesa answers else nobody tells.
    if prompt is None or prompt.push.amount != asked.amount:
        return NO_SUCH_RECEIPT
    if prompt.reversed_at is not None:
        return ALREADY_REVERSED
    return INSUFFICIENT if settings.float_empty else undoing.result


def letters(request: Request) -> tuple[Letter, ...]:
    """What the merchant is told, in order, untouched by chance."""
    prompt, asked = request.prompt, request.asked
    told = request.undoing.results
    if request.undoing.times_out:
        told = (None,)
    return tuple(
        Letter(
            url=asked.timeout_url if request.undoing.times_out else asked.result_url,
            body=_body(request, code or request.result),
            phone=prompt.push.phone if prompt else "",
            amount=asked.amount,
            checkout_request_id=prompt.checkout_request_id if prompt else "",
        )
        for code in told
    )


def plan(request: Request, settings: Settings) -> list[Parcel]:
    """When to send which letter: with the chances of the settings, as callbacks have them."""
    seed = None if settings.seed is None else f"{settings.seed}/reversal/{request.asked.receipt}"
    chance = Random(seed)  # noqa: S311 - disorder, not secrecy
    all_of_it = letters(request)
    groups = [all_of_it] if request.undoing.in_order else [(letter,) for letter in all_of_it]
    copies = [(letter,) for letter in all_of_it if chance.random() < settings.duplicate]
    return [parcel(request.done_at, group, settings, chance) for group in (*groups, *copies)]


def _body(request: Request, code: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ResultType": 0,
        "ResultCode": int(code) if code.isdigit() else code,
        "ResultDesc": description(code),
        "OriginatorConversationID": request.originator,
        "ConversationID": request.conversation,
        "TransactionID": request.receipt,
        "ReferenceData": {"ReferenceItem": {"Key": "QueueTimeoutURL", "Value": request.asked.timeout_url}},
    }
    if code == PAID and request.prompt:
        result["ResultParameters"] = {
            "ResultParameter": [
                {"Key": "DebitAccountBalance", "Value": "Utility Account|KES|51661.00|51661.00|0.00|0.00"},
                {"Key": "Amount", "Value": float(request.asked.amount)},
                {"Key": "TransCompletedTime", "Value": int(nairobi_timestamp(request.done_at))},
                {"Key": "OriginalTransactionID", "Value": request.asked.receipt},
                {"Key": "Charge", "Value": 0},
                {"Key": "CreditPartyPublicName", "Value": f"{request.prompt.push.phone} - Customer"},
                {"Key": "DebitPartyPublicName", "Value": "174379 - Merchant"},
            ]
        }
    return {"Result": result}
