"""What each message says. For now in plain English."""

from datetime import datetime
from typing import Final

from chalicelib.accounts import resetting
from chalicelib.accounts.models import User
from chalicelib.core.outbox import OutboxMessage
from chalicelib.delivery.letter import Attachment, Letter
from chalicelib.payments.models import Payment
from chalicelib.tickets import issuing, links, papers
from chalicelib.tickets.admission import VALID

_SUBJECTS: Final = {
    "tickets_issued": "Your tickets",
    "refund_due": "Your money goes back to you",
    "payment_failed": "Your payment did not go through",
    "payment_expired": "Your order has expired",
    "payment_cancelled": "Your order is cancelled",
    "tickets_revoked": "Your tickets are taken back",
    resetting.PASSWORD_RESET: "A new password",
}


def write(message: OutboxMessage, person: User, at: datetime) -> Letter:
    """The letter of a message, as things are now."""
    subject = _SUBJECTS[message.kind]
    if message.kind == resetting.PASSWORD_RESET:
        link = resetting.new_link(person.id, at)
        return _letter(person, subject, f"Set a new password at {link}")
    payment = Payment.get(message.payment_id, consistent_read=True)
    if message.kind != "tickets_issued":
        return _letter(person, subject, f"It is about your order for {payment.event_name}.")
    quantity = sum(int(item.quantity) for item in payment.items)
    tickets = [one for one in issuing.of_payment(payment.id, quantity) if one.status == VALID]
    drawn = tuple(
        Attachment(
            f"ticket-{number}.pdf",
            "application/pdf",
            papers.pdf(papers.of(ticket, *papers.event_and_holder(ticket))),
        )
        for number, ticket in enumerate(tickets, start=1)
    )
    urls = "\n".join(links.url_of(ticket, at) for ticket in tickets)
    return _letter(person, subject, f"Here they are for {payment.event_name}.\n{urls}", urls, drawn)


def _letter(
    person: User, subject: str, text: str, sms: str | None = None, drawn: tuple[Attachment, ...] = ()
) -> Letter:
    return Letter(person.email, person.phone_number, subject, text, f"<p>{text}</p>", sms, drawn)
