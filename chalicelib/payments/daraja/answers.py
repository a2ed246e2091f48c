"""What is asked of M-Pesa, and the few outcomes it ends in; apart from the client, which brings `requests`.

Most containers never push, and `requests` costs a tenth of a cold start.
"""

from enum import StrEnum
from typing import Final, NamedTuple

#: So much of a conversation's id is kept.
LONGEST_CONVERSATION: Final = 64


class Prompt(NamedTuple):
    """What to ask of whom: `amount` in whole KES, `phone` as 254…, `reference` of 12 characters at most."""

    phone: str
    amount: int
    reference: str
    callback_url: str
    description: str = "Tickets"


class Accepted(NamedTuple):
    """The prompt is on its way to the phone."""

    checkout_request_id: str
    merchant_request_id: str


class Reversal(NamedTuple):
    """Which payment to give back: by its receipt, all of its `amount` in whole KES.

    M-Pesa posts the result to the one URL, and to the other that the request timed out in its queue.
    """

    receipt: str
    amount: int
    result_url: str
    timeout_url: str
    remarks: str = "Tickets refunded"


class Requested(NamedTuple):
    """M-Pesa took the request for a reversal; its result names the same conversation."""

    conversation: str


class Why(StrEnum):
    """Why a push, or a reversal, was certainly not sent."""

    PHONE_BUSY = "phone_busy"
    M_PESA_BUSY = "mpesa_busy"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    OUR_FAULT = "our_fault"


class NotSent(NamedTuple):
    """There is certainly no prompt, or no reversal; `detail` is for our logs."""

    why: Why
    detail: str


class Unknown(NamedTuple):
    """There may be a prompt, or a reversal. Wait for the callback; never send it again."""

    detail: str


Push = Accepted | NotSent | Unknown
Reversing = Requested | NotSent | Unknown


class NoAnswer(Exception):
    """M-Pesa could not be asked, or did not answer in a way that makes sense; nothing is known.

    `unreachable`: no answer came at all, which may have taken long.
    """

    def __init__(self, reason: str, *, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.unreachable = unreachable
