"""The tickets that a person holds."""

from chalicelib.core.problems import NotFound
from chalicelib.tickets.models import Ticket
from chalicelib.web.caller import Caller
from chalicelib.web.paging import Listing, Page


def of_caller(caller: Caller, page: Page) -> Listing:
    """The caller's tickets, newest first."""
    found = Ticket.by_owner.query(
        caller.user_id, scan_index_forward=False, limit=page.limit, last_evaluated_key=page.after
    )
    return Listing(list(found), found.last_evaluated_key)


def find(ticket_id: str, caller: Caller) -> Ticket:
    """One of the caller's tickets.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    ticket = read(ticket_id)
    if ticket is None or not caller.is_user(ticket.user_id):
        raise NotFound("There is no such ticket on your account; GET /tickets lists yours.")
    return ticket


def read(ticket_id: str) -> Ticket | None:
    """A ticket as of now, whoever asks; None if there is none."""
    try:
        return Ticket.get(ticket_id, consistent_read=True)
    except Ticket.DoesNotExist:
        return None
