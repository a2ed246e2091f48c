"""How Daraja says no: an HTTP status and an error body.

The codes and messages are those of the Daraja portal's STK push pages ("Error codes"); messages of
the overloaded 500.001.1001 are as clients report them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Refusal:
    """One way in which Daraja refuses.

    Attributes:
        status: HTTP status.
        code: Daraja's errorCode.
        message: Daraja's errorMessage.
    """

    status: int
    code: str
    message: str

    def body(self, request_id: str) -> dict[str, str]:
        """Daraja's error body."""
        return {"requestId": request_id, "errorCode": self.code, "errorMessage": self.message}


class Refused(Exception):
    """Daraja does not carry this request out."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.code} {refusal.message}")
        self.refusal = refusal


def invalid(field: str) -> Refused:
    """A field of the request is missing or wrong."""
    return Refused(Refusal(400, "400.002.02", f"Bad Request - Invalid {field}"))


WRONG_BASIC: Final = Refusal(400, "400.008.01", "Invalid Authentication passed")
WRONG_GRANT: Final = Refusal(400, "400.008.02", "Invalid grant type passed")
WRONG_PAYLOAD: Final = Refusal(400, "400.002.05", "Invalid Request Payload")
NO_BEARER: Final = Refusal(404, "404.001.04", "Invalid Authentication Header")
WRONG_TOKEN: Final = Refusal(404, "404.001.03", "Invalid Access Token")
UNKNOWN_URL: Final = Refusal(404, "404.001.01", "Resource not found")
WRONG_METHOD: Final = Refusal(405, "405.001", "Method Not Allowed")
NO_MERCHANT: Final = Refusal(500, "500.001.1001", "Merchant does not exist")
WRONG_PASSWORD: Final = Refusal(500, "500.001.1001", "Wrong credentials")
LOCKED: Final = Refusal(
    500,
    "500.001.1001",
    "Unable to lock subscriber, a transaction is already in process for the current subscriber",
)
STILL_PROCESSING: Final = Refusal(500, "500.001.1001", "The transaction is being processed")
NOT_REGISTERED: Final = Refusal(400, "400.001", "Shortcode is not registered for Pull Transactions")
SPIKE_ARREST: Final = Refusal(500, "500.003.02", "Error Occurred: Spike Arrest Violation")
INTERNAL: Final = Refusal(500, "500.003.1001", "Internal Server Error")
