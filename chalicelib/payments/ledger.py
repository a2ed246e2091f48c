"""The ledger: an append-only line for everything that happens to money."""

from datetime import datetime

from pynamodb.transactions import TransactWrite

from chalicelib.payments.models import LedgerLine, Payment


def write(
    writing: TransactWrite,
    payment_id: str,
    number: int,
    kind: str,
    *,
    at: datetime,
    attempt: int,
    amount: int,
    receipt: str | None = None,
    code: str | None = None,
) -> None:
    """Append a line to a transaction, which makes `number` the payment's version; `amount` in whole KES."""
    line = LedgerLine(
        payment_id, number, kind=kind, at=at, attempt=attempt, amount=amount, receipt=receipt, code=code
    )
    writing.save(line, condition=LedgerLine.payment_id.does_not_exist())


def of_payment(payment: Payment) -> list[LedgerLine]:
    """The lines of a payment, oldest first; none that came after it was read."""
    return list(LedgerLine.query(payment.id, LedgerLine.number <= int(payment.version), consistent_read=True))
