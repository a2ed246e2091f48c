"""Identifiers in the shapes that M-Pesa uses."""

from __future__ import annotations

import secrets
import string
from datetime import datetime
from typing import Final

from .checks import NAIROBI

_ALPHANUMERIC: Final = string.ascii_uppercase + string.digits
#: M-Pesa's days: 1 to 9, then A to V.
_DAYS: Final = "123456789ABCDEFGHIJKLMNOPQRSTUV"


def request_id() -> str:
    """A requestId or MerchantRequestID, e.g. 29115-34620561-1."""
    return f"{secrets.randbelow(90000) + 10000}-{secrets.randbelow(90000000) + 10000000}-1"


def checkout_request_id(phone: str, at: datetime) -> str:
    """A CheckoutRequestID: the time in Nairobi to the millisecond, then nine digits of the phone."""
    local = at.astimezone(NAIROBI)
    return f"ws_CO_{local:%d%m%Y%H%M%S}{local.microsecond // 1000:03d}{phone[3:]}"


def receipt(at: datetime) -> str:
    """A receipt, e.g. RL29XX6ZLL: a letter for the year (N is 2019) and the month, the day, and chance."""
    local = at.astimezone(NAIROBI)
    year = string.ascii_uppercase[(local.year - 2019 + 13) % 26]
    month = string.ascii_uppercase[local.month - 1]
    return year + month + _DAYS[local.day - 1] + "".join(secrets.choice(_ALPHANUMERIC) for _ in range(7))


def token() -> str:
    """An OAuth access token; Daraja's have 28 characters."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(28))
