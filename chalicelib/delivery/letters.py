"""What each row of the outbox says, as a letter in the person's language.

It is written when it is sent, which may be late. So each kind looks at how things are now, and is not written
at all where it has been overtaken: what came in between has a row of its own.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from chalicelib.accounts import resetting, warning
from chalicelib.accounts.models import User
from chalicelib.core.outbox import OutboxMessage
from chalicelib.delivery import (
    about_accounts,
    about_orders,
    about_refunds,
    about_tickets,
    dressed,
    orders,
    plain,
)
from chalicelib.delivery.letter import Letter
from chalicelib.delivery.orders import Order
from chalicelib.delivery.parts import Written
from chalicelib.delivery.wording import Wording, wording

#: What is written of an order, by the outbox row's kind.
OF_ORDERS: Final[dict[str, Callable[[Order, Wording], Written | None]]] = {
    "tickets_issued": about_tickets.issued,
    "tickets_revoked": about_tickets.revoked,
    "refund_due": about_refunds.due,
    "refunded": about_refunds.due,
    "payment_failed": about_orders.failed,
    "payment_expired": about_orders.expired,
    "payment_cancelled": about_orders.cancelled,
}
#: What is written of an account.
OF_ACCOUNTS: Final[dict[str, Callable[[OutboxMessage, User, Wording, datetime], Written | None]]] = {
    resetting.PASSWORD_RESET: about_accounts.reset,
    warning.ACCOUNT_CHANGED: about_accounts.changed,
}


def write(message: OutboxMessage, person: User, at: datetime) -> Letter | None:
    """The letter that a row of the outbox stands for; None if it should not be sent any more.

    Costs two round trips for an order, a third where money is due back; for a forgotten password a read and
    a write. Each letter for a password makes a new token.

    Args:
        message: the row.
        person: whom it is for.
        at: now; signed links count from it.

    Returns:
        None if the person has left, or what it would say is not true any more.
    """
    if person.deleted_at is not None:
        return None
    words, phone, is_of_money = wording(person.language), person.phone_number, False
    if message.kind in OF_ACCOUNTS:
        written = OF_ACCOUNTS[message.kind](message, person, words, at)
    else:
        order = orders.read(message, person, at)
        written, phone = OF_ORDERS[message.kind](order, words), order.phone
        is_of_money = order.payment.paid_attempt is not None  # a receipt may come later, or never
    if written is None:
        return None
    draft = written.draft
    return Letter(
        email=message.address or person.email,
        phone=phone,
        subject=draft.subject,
        text=plain.text(draft),
        html=dressed.html(draft),
        sms=written.sms,
        attachments=written.attachments,
        is_of_money=is_of_money,
    )
