"""A person's tickets."""

from chalice.app import Blueprint

from chalicelib.tickets import codes, holding, pictures
from chalicelib.tickets.schemas import TicketView
from chalicelib.web.answers import Reply
from chalicelib.web.caller import Caller
from chalicelib.web.endpoint import SIGNED_IN, endpoint
from chalicelib.web.ownership import OWNERS, WHAT_ONE_MAY_SEE
from chalicelib.web.paging import Listing, Page

tickets = Blueprint(__name__)


@endpoint(tickets, "GET /tickets", allow=SIGNED_IN, whose=WHAT_ONE_MAY_SEE, gives=(200, TicketView))
def list_tickets(caller: Caller, page: Page) -> Listing:
    """The caller's tickets, newest first."""
    held = holding.of_caller(caller, page)
    return Listing([TicketView.of(ticket) for ticket in held.items], held.after)


@endpoint(tickets, "GET /tickets/{ticket_id}", allow=SIGNED_IN, whose=OWNERS, gives=(200, TicketView))
def get_ticket(ticket_id: str, caller: Caller) -> TicketView:
    """One ticket."""
    return TicketView.of(holding.find(ticket_id, caller))


@endpoint(
    tickets, "GET /tickets/{ticket_id}/ticket.png", allow=SIGNED_IN, whose=OWNERS, gives=(200, "image/png")
)
def get_ticket_picture(ticket_id: str, caller: Caller) -> Reply:
    """The QR code to show at the gate."""
    picture = pictures.qr_png(codes.code_of(holding.find(ticket_id, caller)))
    return Reply(picture, headers={"Cache-Control": "private, no-store"}, content_type="image/png")
