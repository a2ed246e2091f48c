"""Opening a ticket to look at it: as its owner, or by a signed link."""

from chalicelib.core.problems import NotFound
from chalicelib.tickets import holding, links, papers
from chalicelib.tickets.drawing.sheet import Paper
from chalicelib.web.caller import Caller


def opened(ticket_id: str, caller: Caller) -> Paper:
    """What stands on a ticket. Its owner needs no link, so one that has expired does them no harm.

    Raises:
        LinkNotGenuine, LinkExpired: the link does not count, and nobody is logged in.
        NotFound: there is no such ticket, or it is somebody else's.
    """
    if caller.link is None:
        return _shown_to_owner(ticket_id, caller)
    try:
        return _shown_by_link(ticket_id, caller.link, caller)
    except (links.LinkNotGenuine, links.LinkExpired):
        if caller.identity is None:
            raise
        return _shown_to_owner(ticket_id, caller)


def _shown_to_owner(ticket_id: str, caller: Caller) -> Paper:
    ticket = holding.find(ticket_id, caller)
    return papers.of(ticket, *papers.event_and_holder(ticket))


def _shown_by_link(ticket_id: str, link: str, caller: Caller) -> Paper:
    expiry = links.expiry_of(ticket_id, link)
    ticket = holding.read(ticket_id)
    if ticket is None:
        raise NotFound
    event, holder = papers.event_and_holder(ticket)
    links.check(expiry, event, caller.at)
    return papers.of(ticket, event, holder)
