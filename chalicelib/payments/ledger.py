"""The ledger: an append-only line for everything that happens to money."""

from datetime import datetime

from pynamodb.transactions import TransactWrite

from chalicelib.payments.models import LedgerLine


def write(
    writing: TransactWrite,
    payment_id: str,
    kind: str,
    *,
    at: datetime,
    attempt: int,
    amount: int,
    receipt: str | None = None,
    code: str | None = None,
) -> None:
    """Append a line to a transaction; `amount` in whole KES."""
    line = LedgerLine(
        payment_id,
        f"{at:%Y-%m-%dT%H:%M:%S.%f}#{kind}#{receipt or attempt}",
        kind=kind,
        at=at,
        attempt=attempt,
        amount=amount,
        receipt=receipt,
        code=code,
    )
    writing.save(line, condition=LedgerLine.payment_id.does_not_exist())


def of_payment(payment_id: str) -> list[LedgerLine]:
    """The lines of a payment, oldest first, as of now."""
    return list(LedgerLine.query(payment_id, consistent_read=True))
