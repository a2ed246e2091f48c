"""Why a payment failed: what M-Pesa says by its result codes, and what only we know."""

from typing import Final

from chalicelib.payments.daraja.results import FAILURES, Failure

#: By what `Payment.failure` holds: M-Pesa's result codes, and words of our own for what those do not name.
ALL: Final[dict[str, Failure]] = FAILURES | {
    "not_sent": Failure("not_sent", "The payment request could not be sent to the phone; please try again."),
    "phone_busy": FAILURES["1001"],
    "no_response": Failure(
        "no_response",
        "We heard nothing from M-Pesa in time, so the seats were given back; if money was taken, "
        "you will get your tickets or the money back.",
    ),
}


def of(code: str) -> Failure:
    """The failure that a payment's `failure` names."""
    return ALL[code]
