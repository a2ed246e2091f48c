"""What goes out about tickets."""

from typing import Literal, Self

from chalicelib.tickets import codes
from chalicelib.tickets.models import Ticket
from chalicelib.web.fields import Schema


class TicketView(Schema):
    """A ticket; `code`, which the QR code holds, is for its owner only."""

    id: str
    event_id: str
    payment_id: str
    ticket_type: str
    label: str
    status: Literal["valid", "admitted", "revoked"]
    code: str | None

    @classmethod
    def of(cls, ticket: Ticket, *, with_code: bool = True) -> Self:
        """The view of a ticket."""
        return cls(
            id=ticket.id,
            event_id=ticket.event_id,
            payment_id=ticket.payment_id,
            ticket_type=ticket.ticket_type,
            label=ticket.label,
            status=ticket.status,
            code=codes.code_of(ticket) if with_code else None,
        )
