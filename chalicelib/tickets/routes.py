"""A person's tickets."""

from collections.abc import Mapping
from typing import Final

from chalice.app import Blueprint

from chalicelib.tickets import holding, opening, papers
from chalicelib.tickets.schemas import TicketView
from chalicelib.web.answers import Reply
from chalicelib.web.caller import Caller
from chalicelib.web.endpoint import SIGNED_IN, SIGNED_IN_OR_LINK, endpoint
from chalicelib.web.ownership import OWNERS, OWNERS_OR_LINK_HOLDERS, WHAT_ONE_MAY_SEE
from chalicelib.web.paging import Listing, Page

tickets = Blueprint(__name__)

#: Nobody keeps what changes at the gate, and a link is told to nobody.
_HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
#: An SVG may hold scripts; ours holds none, and none would run.
_SVG_HEADERS: Final = {**_HEADERS, "Content-Security-Policy": "default-src 'none'"}


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
    tickets,
    "GET /tickets/{ticket_id}/ticket.svg",
    allow=SIGNED_IN_OR_LINK,
    whose=OWNERS_OR_LINK_HOLDERS,
    gives=(200, "image/svg+xml"),
)
def get_ticket_svg(ticket_id: str, caller: Caller) -> Reply:
    """The ticket as a picture that is sharp at any size, with the code for the gate."""
    return _drawn(papers.svg(opening.opened(ticket_id, caller)), "image/svg+xml", _SVG_HEADERS)


@endpoint(
    tickets,
    "GET /tickets/{ticket_id}/ticket.png",
    allow=SIGNED_IN_OR_LINK,
    whose=OWNERS_OR_LINK_HOLDERS,
    gives=(200, "image/png"),
)
def get_ticket_png(ticket_id: str, caller: Caller) -> Reply:
    """The ticket as a picture for the phone, with the code for the gate."""
    return _drawn(papers.png(opening.opened(ticket_id, caller)), "image/png")


@endpoint(
    tickets,
    "GET /tickets/{ticket_id}/ticket.pdf",
    allow=SIGNED_IN_OR_LINK,
    whose=OWNERS_OR_LINK_HOLDERS,
    gives=(200, "application/pdf"),
)
def get_ticket_pdf(ticket_id: str, caller: Caller) -> Reply:
    """The ticket as a page to print or keep, with the code for the gate."""
    return _drawn(papers.pdf(opening.opened(ticket_id, caller)), "application/pdf")


def _drawn(body: str | bytes, media_type: str, headers: Mapping[str, str] = _HEADERS) -> Reply:
    return Reply(body, headers=headers, content_type=media_type)
