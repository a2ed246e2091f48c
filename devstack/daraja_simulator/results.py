"""How an STK push can end: ResultCode and ResultDesc, as the Daraja portal lists them."""

from __future__ import annotations

from typing import Final

PAID: Final = "0"
CANCELLED: Final = "1032"
PENDING: Final = "4999"

RESULTS: Final[dict[str, str]] = {
    PAID: "The service request is processed successfully.",
    "1": "The balance is insufficient for the transaction.",
    "2": "Declined due to limit rule.",
    "3": "Declined due to limit rule: greater than the maximum transaction amount.",
    "4": "Declined due to limit rule: would exceed daily transfer limit.",
    "8": "Declined due to limit rule: would exceed the maximum balance.",
    "17": "Rule limited.",
    "26": "System busy. The service request is rejected.",
    "1001": "Unable to lock subscriber, a transaction is already in process for the current subscriber.",
    "1019": "Transaction has expired.",
    "1025": "An error occurred while sending a push request.",
    CANCELLED: "Request cancelled by user.",
    "1037": "DS timeout user cannot be reached.",
    "2001": "The initiator information is invalid.",
    "2028": "The request is not permitted according to product assignment.",
    PENDING: "The transaction is still under processing.",
    "8006": "The security credential is locked.",
    "9999": "An error occurred while sending a push request.",
}


#: How a reversal can end besides; the codes that start with R are its own.
REVERSALS: Final[dict[str, str]] = {
    "1": "The balance is insufficient for the transaction.",
    "21": "The initiator is not allowed to initiate this request.",
    "2001": "The initiator information is invalid.",
    "R000001": "The transaction has already been reversed.",
    "R000002": "The OriginalTransactionID is invalid.",
}
INSUFFICIENT: Final = "1"
WRONG_INITIATOR: Final = "2001"
ALREADY_REVERSED: Final = "R000001"
NO_SUCH_RECEIPT: Final = "R000002"


def description(code: str) -> str:
    """The ResultDesc of a ResultCode; a code nobody has documented gets a plain sentence."""
    return RESULTS.get(code) or REVERSALS.get(code, f"The transaction failed with result {code}.")
