"""Letters with tickets, and of tickets that have ended."""

from typing import Final

from chalicelib.delivery import parts, sms
from chalicelib.delivery.draft import Link, Paragraph, Part
from chalicelib.delivery.letter import Attachment
from chalicelib.delivery.orders import Order
from chalicelib.delivery.parts import Written
from chalicelib.delivery.strangers import harmless
from chalicelib.delivery.wording import Wording, money
from chalicelib.payments.states import State
from chalicelib.tickets import links, papers
from chalicelib.tickets.models import Ticket

#: What a link opens: a picture, which every phone shows.
_FORM: Final = "png"


def issued(order: Order, words: Wording) -> Written | None:
    """The tickets of an order: a link to each, and all as a PDF.

    None if there are none any more; who took them back, or cancelled the event, has told.
    """
    tickets = order.good_tickets
    if order.state is not State.COMPLETED or order.is_called_off or not tickets or order.event is None:
        return None
    count, event = len(tickets), parts.event_name(order, words)
    paid = words.say("tickets.paid", amount=money(int(order.payment.amount)))
    body: list[Part] = [
        Paragraph(paid if order.payment.amount else words.say("tickets.free")),
        parts.facts(order, words),
        *(_link(ticket, order, words) for ticket in tickets),
        Paragraph(words.say_of(count, "tickets.how")),
        Paragraph(words.say("tickets.care")),
    ]
    draft = parts.about(
        order,
        words,
        words.say_of(count, "tickets.subject", event=event),
        words.say_of(count, "tickets.heading"),
        body,
    )
    return Written(draft, _sms(order, words), (_pdf(order),))


def revoked(order: Order, words: Wording) -> Written | None:
    """That free tickets have ended, with their event or because they were taken back."""
    if order.state is not State.REFUNDED:
        return None
    event, key = parts.event_name(order, words), "revoked" if order.ended_with_event else "revoked.order"
    body: list[Part] = [
        Paragraph(words.say(f"{key}.why", event=event)),
        Paragraph(words.say("revoked.free")),
        parts.facts(order, words),
    ]
    subject = words.say(f"{key}.subject", event=event)
    return Written(parts.about(order, words, subject, words.say(f"{key}.heading"), body))


def _link(ticket: Ticket, order: Order, words: Wording) -> Link:
    number = words.say("ticket", number=ticket.number, of=int(ticket.order_size or len(order.tickets)))
    return Link(
        number, harmless(ticket.label, 60), words.say("ticket.open"), links.url_of(ticket, order.at, _FORM)
    )


def _sms(order: Order, words: Wording) -> str | None:
    assert order.event is not None  # noqa: S101 - there are tickets
    tickets = order.good_tickets
    if order.payment.sold_by:
        return _sms_of_one(order, words)
    if not order.payment.amount:  # an SMS costs money, and anybody may order free tickets for any number
        return None
    return sms.written(
        words,
        f"tickets.sms.{'one' if len(tickets) == 1 else 'many'}",
        order.event.name,
        count=len(tickets),
        when=words.briefly_when(order.event),
        url=links.url_of(tickets[0], order.at, _FORM),
    )


def _sms_of_one(order: Order, words: Wording) -> str | None:
    """Of what was sold at the gate each ticket has a message of its own; None if it is taken back."""
    assert order.event is not None  # noqa: S101 - there are tickets
    named = [ticket for ticket in order.good_tickets if str(ticket.number) == order.which]
    if not named:
        return None
    return sms.written(
        words,
        f"tickets.sms.{'one' if len(order.tickets) == 1 else 'each'}",
        order.event.name,
        when=words.briefly_when(order.event),
        number=named[0].number,
        of=len(order.tickets),
        url=links.url_of(named[0], order.at, _FORM),
    )


def _pdf(order: Order) -> Attachment:
    assert order.event is not None  # noqa: S101 - there are tickets
    pages = [papers.of(ticket, order.event, order.buyer) for ticket in order.good_tickets]
    return Attachment(f"tiketi-{order.payment.id[-12:]}.pdf", "application/pdf", papers.pdf(*pages))
