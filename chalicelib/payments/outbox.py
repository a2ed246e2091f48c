"""What buyers are told: a row of the outbox, written with what it tells of."""

from datetime import datetime

from pynamodb.transactions import TransactWrite

from chalicelib.core.outbox import OutboxMessage
from chalicelib.payments.models import Payment


def tell(writing: TransactWrite, payment: Payment, kind: str, which: str, at: datetime) -> None:
    """Add a message to the buyer to a transaction; `which` tells several of one kind apart."""
    message = OutboxMessage(
        f"{payment.id}#{kind}#{which}",
        kind=kind,
        user_id=payment.user_id,
        payment_id=payment.id,
        created_at=at,
    )
    writing.save(message, condition=OutboxMessage.id.does_not_exist())
