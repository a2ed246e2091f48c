"""What M-Pesa posts to the merchant, and which of it gets lost, comes twice or comes late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from .bank import Prompt
from .checks import nairobi_timestamp
from .phones import Said
from .results import PAID, description
from .settings import Settings


@dataclass(frozen=True)
class Letter:
    """One POST to the merchant.

    Attributes:
        url: where to.
        body: the JSON.
        phone: the phone it is about.
        amount: KES that were asked for.
        checkout_request_id: the push it is about.
        lost: chance has it that it is never sent.
    """

    url: str
    body: dict[str, Any]
    phone: str
    amount: int
    checkout_request_id: str
    lost: bool = False


@dataclass(frozen=True)
class Parcel:
    """Letters that go out one after another, each when the one before was answered, from `due` on."""

    due: datetime
    letters: tuple[Letter, ...]


def stk_callback(prompt: Prompt, said: Said) -> dict[str, Any]:
    """The body of an STK callback; the shape is that of the Daraja portal's examples."""
    result = said.result or prompt.script.result
    told: dict[str, Any] = {
        "MerchantRequestID": prompt.merchant_request_id,
        "CheckoutRequestID": prompt.checkout_request_id,
        # An int here, a string in the query's answer; codes such as SFC_IC0003 stay strings.
        "ResultCode": int(result) if result.isdigit() else result,
        "ResultDesc": description(result),
    }
    if result == PAID:
        told["CallbackMetadata"] = {"Item": list(_items(prompt, said))}
    return {"Body": {"stkCallback": told}}


def truthful(prompt: Prompt) -> tuple[Letter, ...]:
    """The letters of a prompt in their order, untouched by chance."""
    return tuple(
        Letter(
            url=prompt.push.callback_url,
            body=stk_callback(prompt, said),
            phone=prompt.push.phone,
            amount=prompt.push.amount,
            checkout_request_id=prompt.checkout_request_id,
        )
        for said in prompt.script.callbacks
    )


def plan(prompt: Prompt, settings: Settings) -> list[Parcel]:
    """When to send which letter.

    With a seed, what happens to the nth push of a phone is always the same, in whatever order the
    threads of a load test come.
    """
    seed = None if settings.seed is None else f"{settings.seed}/{prompt.push.phone}/{prompt.nth}"
    chance = Random(seed)  # noqa: S311 - disorder, not secrecy
    letters = truthful(prompt)
    apart: list[Sequence[Letter]] = [(letter,) for letter in letters]
    groups = [letters] if prompt.script.in_order else apart
    copies = [letter for letter in apart if chance.random() < settings.duplicate]
    return [parcel(prompt.answered_at, group, settings, chance) for group in (*groups, *copies)]


def parcel(due: datetime, letters: Sequence[Letter], settings: Settings, chance: Random) -> Parcel:
    """Letters that go out together, some later than they are due, some never, as chance has it."""
    late = chance.random() < settings.reorder
    extra = chance.random() * settings.reorder_seconds if late else 0.0
    return Parcel(
        due=due + timedelta(seconds=extra),
        letters=tuple(replace(letter, lost=chance.random() < settings.lose) for letter in letters),
    )


def _items(prompt: Prompt, said: Said) -> Iterator[dict[str, Any]]:
    amount = prompt.push.amount
    if said.wrong_amount:
        amount = amount - 1 or amount + 1
    yield {"Name": "Amount", "Value": float(amount)}
    yield {"Name": "MpesaReceiptNumber", "Value": prompt.receipt}
    yield {"Name": "Balance"}
    yield {"Name": "TransactionDate", "Value": int(nairobi_timestamp(prompt.answered_at))}
    yield {"Name": "PhoneNumber", "Value": int(prompt.push.phone)}
