"""What goes out about tickets."""

from typing import Literal, Self

from pydantic import BaseModel

from chalicelib.tickets.codes import code_of
from chalicelib.tickets.models import Ticket


class TicketView(BaseModel):
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
            code=code_of(ticket) if with_code else None,
        )
