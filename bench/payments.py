"""Payments by the thousand, written into empty tables as fast as a database takes them."""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.core.ids import new_id
from chalicelib.payments.buckets import bucket_of
from chalicelib.payments.models import Attempt, Hold, Item, LedgerLine, Payment
from chalicelib.payments.states import State
from chalicelib.tickets.models import Ticket

#: Minutes between two payments: 200,000 of them go back over seven months.
_MINUTES: Final = 1.5


def load(number: int, event_id: str, seller: str, buyers: list[str], until: datetime) -> str:
    """Write so many completed payments for an event, with a ledger line and a ticket each, to `until`.

    Returns:
        The id of the newest, which is the first buyer's.
    """
    newest = ""
    with (
        Payment.batch_write() as payments,
        LedgerLine.batch_write() as ledger,
        Ticket.batch_write() as tickets,
    ):
        for count in range(number):
            at = until - timedelta(minutes=_MINUTES * count)
            payment = _payment(new_id(at), event_id, seller, buyers[count % len(buyers)], at)
            payments.save(payment)
            ledger.save(LedgerLine(payment.id, 1, kind="asked", at=at, attempt=1, amount=1000))
            tickets.save(_ticket(payment, at))
            newest = newest or str(payment.id)
    return newest


def _payment(payment_id: str, event_id: str, seller: str, buyer: str, at: datetime) -> Payment:
    return Payment(
        id=payment_id,
        status=State.COMPLETED,
        user_id=buyer,
        seller=bucket_of(seller, payment_id),
        sale=bucket_of(event_id, payment_id),
        month=bucket_of(f"{at:%Y-%m}", payment_id),
        event_id=event_id,
        event_name="Blankets & Wine",
        amount=1000,
        items=[Item(ticket_type="regular", label="Regular", quantity=1, price=1000)],
        holds=[Hold(shard=0, type="regular", n=1, pool="shared", price=1000)],
        attempts=[
            Attempt(
                number=1,
                phone="254712345678",
                asked_at=at,
                pushed_at=at,
                outcome="paid",
                receipt="TKX1234567",
            )
        ],
        attempt_count=1,
        version=2,
        payer_phone="254712345678",
        created_at=at,
        expires_at=at,
        settled_at=at,
        paid_attempt=1,
        receipt="TKX1234567",
    )


def _ticket(payment: Payment, at: datetime) -> Ticket:
    return Ticket(
        id=f"{payment.id}00",
        payment_id=payment.id,
        event_id=payment.event_id,
        user_id=payment.user_id,
        ticket_type="regular",
        label="Regular",
        status="valid",
        issued_at=at,
    )
