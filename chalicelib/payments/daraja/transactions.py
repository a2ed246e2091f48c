"""What M-Pesa has carried out on our short code, as Pull Transactions and the portal's statement tell it.

Sources for the shapes: docs/daraja.md, "Pull Transactions" and "Statement".
"""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final, NamedTuple

from chalicelib.payments.daraja.callbacks import as_amount, as_receipt, as_text

#: East Africa Time. Kenya has no daylight saving, so a fixed offset is exact.
NAIROBI: Final = timezone(timedelta(hours=3), "EAT")


class Transaction(NamedTuple):
    """Money that came, or, with the receipt of its `original`, a reversal: `amount` in KES, always positive.

    `reference` is what M-Pesa calls the account, in lower case; none where the short code is a till.
    """

    receipt: str
    at: datetime
    amount: Decimal
    reference: str | None = None
    original: str | None = None


class Page(NamedTuple):
    """What could be read of one answer, and how many transactions it had: the next offset counts them all."""

    transactions: list[Transaction]
    told: int


class NotPulled(Exception):
    """The answer is no list of transactions."""


def pulled(data: dict[str, Any]) -> Page:
    """The money that an answer of Pull Transactions tells of; what cannot be read of it is left out.

    The list is seen within another list, and alone.

    Raises:
        NotPulled: it is no such answer.
    """
    found = data.get("Response")
    if not isinstance(found, list):
        raise NotPulled
    rows = [row for each in found for row in (each if isinstance(each, list) else [each])]
    return Page([one for row in rows if isinstance(row, dict) and (one := _read(row))], len(rows))


def as_reference(value: Any) -> str | None:
    """What was paid for, as we compare it; M-Pesa may change its case."""
    text = as_text(value)
    return text.lower() if text else None


def _read(row: dict[str, Any]) -> Transaction | None:
    receipt, amount = as_receipt(row.get("transactionId")), as_amount(row.get("amount"))
    at = _instant(row.get("trxDate"))
    if receipt is None or not amount or at is None:
        return None
    return Transaction(receipt, at, amount, as_reference(row.get("billreference")))


def _instant(value: Any) -> datetime | None:
    """`2025-01-24T10:56:11+03:00`; without an offset it is Nairobi's time."""
    try:
        at = datetime.fromisoformat(str(value))
        return (at if at.tzinfo else at.replace(tzinfo=NAIROBI)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
