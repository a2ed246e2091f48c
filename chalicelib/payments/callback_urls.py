"""The URLs that Safaricom calls: each proves by its token that we made it, without a read.

Hex cannot spell a word that Safaricom forbids.
"""

import hashlib
import hmac
from typing import Final

from chalicelib.core.settings import Settings

#: What a token is for: the first part of what it is made of.
STK: Final = "stk-callback"
RESULT: Final = "reversal-result"
TIMEOUT: Final = "reversal-timeout"
STATUS: Final = "reversal-status"


def callback_url(settings: Settings, payment_id: str, attempt: int) -> str:
    """Where the result of an attempt is to be posted."""
    return f"{settings.public_url}/lnmo/{payment_id}/{attempt}/{token_of(settings, STK, payment_id, attempt)}"


def reversal_url(settings: Settings, payment_id: str, sending: int, purpose: str) -> str:
    """Where it is to be posted what became of a reversal, that it timed out, or what M-Pesa says when asked.

    One route takes them all (`RESULT`, `TIMEOUT`, `STATUS`); the token tells which it is.
    """
    token = token_of(settings, purpose, payment_id, sending)
    return f"{settings.public_url}/lnmo/{payment_id}/{sending}/{token}/reversal"


def is_genuine(settings: Settings, payment_id: str, attempt: str, token: str, purpose: str = STK) -> bool:
    """Whether we made this URL for this purpose; compared in constant time."""
    if not (attempt.isascii() and attempt.isdecimal() and len(attempt) <= 6 and token.isascii()):
        return False
    return hmac.compare_digest(token_of(settings, purpose, payment_id, int(attempt)), token)


def token_of(settings: Settings, purpose: str, payment_id: str, number: int) -> str:
    """The token of one URL: an HMAC in lower-case hex."""
    text = f"{purpose}:{payment_id}:{number}"
    return hmac.digest(settings.callback_key.encode(), text.encode(), hashlib.sha256).hex()
