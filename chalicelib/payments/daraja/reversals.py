"""What Safaricom posts to a reversal's result URL, and what its codes mean.

Sources: Safaricom's Daraja documentation, "Reversals", as mirrored, and SDKs; docs/daraja.md says what of it
is certain. A code that is not in the table leaves open whether the money went back.
"""

import json
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple

from chalicelib.payments.daraja.answers import LONGEST_CONVERSATION
from chalicelib.payments.daraja.callbacks import Malformed, as_amount, as_receipt, as_text
from chalicelib.payments.daraja.results import normalised

#: The money went back by this very request.
REVERSED: Final = "0"
#: The money is back. The second: it had been reversed before.
DONE: Final = frozenset({REVERSED, "R000001"})

#: Why M-Pesa did not reverse a payment, in a sentence for who asked.
REFUSALS: Final[dict[str, str]] = {
    "1": "The short code does not hold enough money; top it up, then ask again.",
    "2": "The amount is below M-Pesa's minimum.",
    "3": "The amount is above M-Pesa's maximum.",
    "4": "The day's limit for transfers is reached; ask again tomorrow.",
    "8": "The customer's M-Pesa account would hold more than it may; pay it back some other way.",
    "11": "The account that the money is in cannot pay just now; ask M-Pesa's support.",
    "20": "M-Pesa does not know our initiator; check DARAJA_INITIATOR.",
    "21": "Our initiator lacks the role Org Reversals Initiator.",
    "26": "M-Pesa was busy; ask again in some minutes.",
    "2001": "M-Pesa refused our initiator's credential; check DARAJA_SECURITY_CREDENTIAL.",
    "2006": "M-Pesa's rules for one of the accounts do not allow it; ask M-Pesa's support.",
    "2028": "Our short code may not do this; ask M-Pesa's support.",
    "8006": "Our initiator's credential is locked; unlock it, then ask again.",
    "R000002": "M-Pesa does not know this receipt.",
    "NOT_DONE": "M-Pesa says, when asked, that it has not carried it out; ask again.",
}
#: What becomes of a transaction, by Transaction Status: as the result that it would have had.
_STATUSES: Final = {
    "completed": REVERSED,
    **dict.fromkeys(("failed", "declined", "cancelled", "expired"), "NOT_DONE"),
}


class Source(StrEnum):
    """Where it is said what became of a request."""

    RESULT = "result"
    """At a URL of the request's: whoever has that can post there."""
    STATUS = "status"
    """The same, after M-Pesa was asked."""
    STATEMENT = "statement"
    """In M-Pesa's statement, which an operator has fetched."""


class Result(NamedTuple):
    """What became of one request. `receipt` is the reversal's own, `original` the payment's.

    `conversations` are the ids of the request that it names, Safaricom's OriginatorConversationID first.
    """

    code: str
    conversations: tuple[str, ...] = ()
    receipt: str | None = None
    original: str | None = None
    amount: Decimal | None = None
    source: Source = Source.RESULT

    @property
    def is_done(self) -> bool:
        """Whether the money is back with the customer."""
        return self.code in DONE

    @property
    def is_refused(self) -> bool:
        """Whether it certainly is not, and will not be by itself."""
        return self.code in REFUSALS


def parse(body: str) -> Result:
    """The result that a body tells; all but the result code may be missing.

    Raises:
        Malformed: it is no result of a request.
    """
    try:
        result = json.loads(body)["Result"]
        code = normalised(result["ResultCode"])
        items = {item["Key"]: item.get("Value") for item in _items(result)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Malformed from None
    return Result(
        code=code,
        conversations=_conversations(result),
        receipt=as_receipt(result.get("TransactionID")),
        original=as_receipt(items.get("OriginalTransactionID")),
        amount=as_amount(items.get("Amount")),
    )


def status(body: str) -> Result | None:
    """What Transaction Status tells of a reversal, as its result; None if that is not certain.

    An answer that names no transaction ("there is none") leaves open whether the request is yet to come.
    """
    try:
        result = json.loads(body)["Result"]
        # Older samples have "Originator Conversation ID", with spaces.
        items = {item["Key"].replace(" ", ""): item.get("Value") for item in _items(result)}
        code = _STATUSES.get(str(items.get("TransactionStatus")).lower())
        if code is None or normalised(result["ResultCode"]) != "0":
            return None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return Result(
        code=code,
        conversations=_conversations(items),
        receipt=as_receipt(items.get("ReceiptNo")),
        amount=as_amount(items.get("Amount")),
        source=Source.STATUS,
    )


def _conversations(told: dict[str, Any]) -> tuple[str, ...]:
    named = (as_text(told.get(name)) for name in ("OriginatorConversationID", "ConversationID"))
    return tuple(one[:LONGEST_CONVERSATION] for one in named if one)


def _items(result: dict[str, Any]) -> list[dict[str, Any]]:
    found = (result.get("ResultParameters") or {}).get("ResultParameter") or []
    return found if isinstance(found, list) else [found]  # a single one comes without its list
