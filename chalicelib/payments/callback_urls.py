"""The URLs that Safaricom calls: each proves by its token that we made it, without a read."""

import hashlib
import hmac

from chalicelib.core.settings import Settings


def callback_url(settings: Settings, payment_id: str, attempt: int) -> str:
    """Where the result of an attempt is to be posted. Hex cannot spell a word that Safaricom forbids."""
    token = callback_token(settings, payment_id, attempt)
    return f"{settings.public_url}/lnmo/{payment_id}/{attempt}/{token}"


def callback_token(settings: Settings, payment_id: str, attempt: int) -> str:
    """The token of one attempt: an HMAC in lower-case hex."""
    text = f"stk-callback:{payment_id}:{attempt}"
    return hmac.digest(settings.callback_key.encode(), text.encode(), hashlib.sha256).hex()


def is_genuine(settings: Settings, payment_id: str, attempt: str, token: str) -> bool:
    """Whether we made this URL; compared in constant time."""
    if not (attempt.isascii() and attempt.isdecimal() and len(attempt) <= 4 and token.isascii()):
        return False
    return hmac.compare_digest(callback_token(settings, payment_id, int(attempt)), token)
