"""Result codes of an STK push: what each means, and what the customer is told.

Source: Safaricom's Daraja documentation and reports of its users; docs/daraja.md lists them.
A code that is not in the table never ends a payment: it stays pending until M-Pesa says more.
"""

from typing import Final, Literal, NamedTuple

FailureCode = Literal[
    "insufficient_funds",
    "wrong_pin",
    "cancelled_on_phone",
    "no_response",
    "phone_busy",
    "limit_exceeded",
    "try_later",
    "not_sent",
    "provider_error",
]


class Failure(NamedTuple):
    """Why there was no payment, in a sentence for the customer.

    `retry_after` is in seconds; `alert` means that a person of ours must look; `confirm` that M-Pesa has been
    seen to say this of a payment that went through, so that a query must confirm it.
    """

    code: FailureCode
    message: str
    can_retry: bool = True
    retry_after: int | None = None
    alert: bool = False
    confirm: bool = False


PAID: Final = "0"
STILL_PROCESSING: Final = "4999"

_LIMIT: Final = (
    "M-Pesa's limit for amounts does not allow this payment; try a smaller order or another phone."
)
_LATER: Final = "M-Pesa could not do this just now; please try again in a minute."
_OURS: Final = "M-Pesa refused our side of the payment, not yours; we have been told. Please try again later."

FAILURES: Final[dict[str, Failure]] = {
    "1": Failure(
        "insufficient_funds",
        "There is not enough money on this M-Pesa account; top up, or pay from another phone.",
    ),
    "2": Failure("limit_exceeded", "The amount is below M-Pesa's minimum.", can_retry=False),
    "3": Failure("limit_exceeded", _LIMIT),
    "4": Failure("limit_exceeded", "This M-Pesa account has reached its limit for today; try another phone."),
    "8": Failure("limit_exceeded", _LIMIT, alert=True),
    "17": Failure(
        "try_later",
        "M-Pesa takes the same amount from the same phone only every 2 minutes; please wait and try again.",
        retry_after=120,
    ),
    "26": Failure("try_later", _LATER, retry_after=60),
    "1001": Failure(
        "phone_busy",
        "Another M-Pesa request is open on this phone; finish it, then try again.",
        retry_after=60,
    ),
    "1019": Failure(
        "no_response",
        "The request on the phone ran out before it was answered; please try again.",
        confirm=True,
    ),
    "1025": Failure(
        "try_later", "The request could not be shown on the phone; please try again in a minute."
    ),
    "1032": Failure("cancelled_on_phone", "The payment was cancelled on the phone; try again when you like."),
    "1037": Failure(
        "no_response",
        "The phone could not be reached; check that it is on and has signal, then try again.",
        confirm=True,
    ),
    "2001": Failure("wrong_pin", "The M-Pesa PIN was wrong; please try again."),
    "2028": Failure("provider_error", _OURS, can_retry=False, alert=True),
    "8006": Failure("provider_error", _OURS, can_retry=False, alert=True),
    "9999": Failure("try_later", _LATER, retry_after=60),
    "SFC_IC0003": Failure("provider_error", _OURS, can_retry=False, alert=True),
}


def normalised(code: object) -> str:
    """A result code as plain text: callbacks send an int, queries a string."""
    text = str(code).strip()
    return text.lstrip("0") or "0" if text.isascii() and text.isdecimal() else text.upper()[:40]
