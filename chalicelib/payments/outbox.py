"""What buyers are told: a row of the outbox, written with what it tells of, and then announced.

Who pays in cash has no account: they are told by SMS, if they have given a phone, and the seller, whose
payment it is, is spared the mail.
"""

from datetime import datetime
from typing import Final

from pynamodb.transactions import TransactWrite

from chalicelib.core import outbox
from chalicelib.core.outbox import EMAIL, SMS, OutboxMessage
from chalicelib.payments.models import Payment

#: That there are tickets; they come with it.
TICKETS_ISSUED: Final = "tickets_issued"


def tell(writing: TransactWrite, payment: Payment, kind: str | None, which: str, at: datetime) -> None:
    """Add a message to the buyer to a transaction; `which` tells several of one kind apart.

    None is nothing to tell, here and in `told`.
    """
    if kind and _is_anybody_told(payment):
        outbox.add(writing, message(payment, kind, which, at))


def told(payment: Payment, kind: str | None, which: str, at: datetime) -> None:
    """Have it sent, after the transaction is written. Never fails."""
    if kind and _is_anybody_told(payment):
        outbox.announce(message(payment, kind, which, at).id)


def message(payment: Payment, kind: str, which: str, at: datetime) -> OutboxMessage:
    """A message to the buyer, not yet written."""
    channel = SMS if payment.sold_by else EMAIL
    return outbox.new(
        kind, payment.user_id, at, about=payment.id, which=which, payment_id=payment.id, channel=channel
    )


def _is_anybody_told(payment: Payment) -> bool:
    return not payment.sold_by or bool(payment.payer_phone)
