"""What Safaricom posts to the callback URL, and what a query answers, as one `Result`.

Source for the shapes: Safaricom's Daraja documentation, "M-Pesa Express" (docs/daraja.md).
"""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from chalicelib.payments.daraja.results import FAILURES, PAID, Failure, normalised

#: No payment has that many shillings; a number with a huge exponent would take for ever to write out.
_ABSURD: Final = 1_000_000_000


_RECEIPT: Final = re.compile(r"[A-Z0-9]{6,20}")


class Malformed(Exception):
    """The body is not a result of an STK push."""


class Result(NamedTuple):
    """What became of one prompt.

    A success that a query reports has neither receipt nor amount. `amount` is in KES; `asked` means that it
    is a query's answer and not a callback.
    """

    code: str
    checkout_request_id: str | None = None
    receipt: str | None = None
    amount: Decimal | None = None
    asked: bool = False

    @property
    def is_paid(self) -> bool:
        """Whether the customer has paid."""
        return self.code == PAID

    @property
    def failure(self) -> Failure | None:
        """Why there will be no payment; None if it was paid, or if nothing is certain yet."""
        return FAILURES.get(self.code)


def parse(body: str) -> Result:
    """The result that a callback's body tells.

    Items are found by name; all but the result code may be missing or masked.

    Raises:
        Malformed: it is no STK callback.
    """
    try:
        callback = json.loads(body)["Body"]["stkCallback"]
        code = normalised(callback["ResultCode"])
        items = {item["Name"]: item.get("Value") for item in _items(callback)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Malformed from None
    return Result(
        code=code,
        checkout_request_id=as_text(callback.get("CheckoutRequestID")),
        receipt=as_receipt(items.get("MpesaReceiptNumber")),
        amount=as_amount(items.get("Amount")),
    )


def _items(callback: dict[str, Any]) -> list[dict[str, Any]]:
    return (callback.get("CallbackMetadata") or {}).get("Item") or []


def as_text(value: Any) -> str | None:
    """A value as text; None if it says nothing."""
    text = str(value).strip() if value is not None else ""
    return text or None


def as_receipt(value: Any) -> str | None:
    """A receipt; one that is masked is none: it would be the same for everybody."""
    text = as_text(value)
    return text if text and _RECEIPT.fullmatch(text) else None


def as_amount(value: Any) -> Decimal | None:
    """An amount in KES; None for what cannot be one."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount < _ABSURD else None
