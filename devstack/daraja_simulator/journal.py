"""The list of all that was asked and all that was sent, without a secret in it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from .callbacks import Letter

#: Old entries fall out, so that a simulator may run for weeks.
MOST_ENTRIES: Final = 200_000
_LONGEST_VALUE: Final = 2048


@dataclass
class Entry:
    """One request to the simulator, or one callback from it.

    Attributes:
        at: when it began (UTC).
        kind: oauth, push, query, reversal, callback, or other.
        phone: the phone it is about.
        amount: KES, as asked.
        account_reference: as asked.
        checkout_request_id: the push it is about.
        callback_url: where the callback, or the result, goes.
        receipt: of the payment that is to be reversed.
        path: the path that was asked for; None for a callback.
        body: what a callback said; None for a request, whose body holds the Password.
        answered_at: when the answer was ready or, for a callback, had come (UTC).
        status: HTTP status of the answer; None if there was none.
        outcome: for a request "ok", an errorCode, "outage", "malformed" or "no answer"; for a callback
            "delivered", "refused" (not 2xx), "lost", or the name of the exception.
        response: the answer to a request, without its token.
    """

    at: datetime
    kind: str
    phone: str | None = None
    amount: Any = None
    account_reference: str | None = None
    checkout_request_id: str | None = None
    callback_url: str | None = None
    receipt: str | None = None
    path: str | None = None
    body: dict[str, Any] | None = None
    answered_at: datetime | None = None
    status: int | None = None
    outcome: str | None = None
    response: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """The entry with its instants in ISO 8601."""
        answered_at = self.answered_at.isoformat() if self.answered_at else None
        return {**vars(self), "at": self.at.isoformat(), "answered_at": answered_at}


def request_entry(at: datetime, kind: str, path: str, body: object) -> Entry:
    """The entry of a request, with those of its fields that are no secret."""
    fields = body if isinstance(body, dict) else {}
    amount = _shown(fields.get("Amount"))
    return Entry(
        at=at,
        kind=kind,
        phone=_shown(fields.get("PhoneNumber")),
        amount=int(amount) if amount and amount.isascii() and amount.isdigit() else amount,
        account_reference=_shown(fields.get("AccountReference")),
        checkout_request_id=_shown(fields.get("CheckoutRequestID")),
        callback_url=_shown(fields.get("CallBackURL") or fields.get("ResultURL")),
        receipt=_shown(fields.get("TransactionID")),
        path=path,
    )


def callback_entry(at: datetime, letter: Letter) -> Entry:
    """The entry of a callback."""
    return Entry(
        at=at,
        kind="callback",
        phone=letter.phone,
        amount=letter.amount,
        checkout_request_id=letter.checkout_request_id,
        callback_url=letter.url,
        body=letter.body,
    )


class Journal:
    """Entries in the order in which they began; not safe for threads without a lock around it."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)

    def add(self, entry: Entry) -> None:
        """Write an entry down; it may be completed later."""
        self._entries.append(entry)

    def entries(self, kind: str | None = None, phone: str | None = None) -> list[Entry]:
        """The entries of a kind and a phone, or all."""
        return [
            entry for entry in self._entries if kind in (None, entry.kind) and phone in (None, entry.phone)
        ]

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()


def _shown(value: object) -> str | None:
    # A client under test may send anything; only plain values of a sane length are written down.
    if isinstance(value, str | int | float) and len(str(value)) <= _LONGEST_VALUE:
        return str(value)
    return None
