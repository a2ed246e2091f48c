"""The gate of an event: who may work there, and what a scanner must know to go on without a network."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from chalicelib.catalog import events
from chalicelib.catalog.models import Event
from chalicelib.core.dynamo import read_together
from chalicelib.core.problems import Forbidden, NotFound
from chalicelib.tickets import codes
from chalicelib.tickets.admission import ADMITTED, REVOKED
from chalicelib.tickets.models import Ticket, at_gate
from chalicelib.web.caller import Caller


class NotAtTheGate(Forbidden):
    """The caller may see the event, but does not work at its gate."""

    message = "Only the event's organizers and gate staff can do this; an organizer can add you."


#: Tickets in one part of the list: 1.9 MB, where Lambda answers 6 at most, and five queries.
PART: Final = 50_000


@dataclass(frozen=True)
class OfflineList:
    """Public keys by key id, and the ids of tickets of an event that let nobody in any more.

    Where there are more than `PART` of them, `following` is what to ask the next part with.
    """

    keys: dict[str, str]
    admitted: list[str]
    revoked: list[str]
    following: str | None


def offline_list(event_id: str, after: tuple[str, str] | None, caller: Caller) -> OfflineList:
    """What a scanner of this event needs offline; the tickets by an index, so up to a moment old.

    Args:
        event_id: whose gate it is.
        after: status and id of the last ticket of the part before; None for the first part.
        caller: who asks.

    Raises:
        NotFound, NotAtTheGate: it is not the caller's gate.
    """
    open_to(read_together([(Event, event_id)]).get((Event, event_id)), caller)
    found = list(islice(_tickets(event_id, after), PART + 1))
    part = found[:PART]
    following = ".".join(part[-1]) if len(found) > PART else None
    admitted, revoked = ([one for is_now, one in part if is_now == status] for status in (ADMITTED, REVOKED))
    return OfflineList(codes.public_keys(), admitted, revoked, following)


def open_to(event: Event | None, caller: Caller) -> Event:
    """The event, if the caller works at its gate.

    Raises:
        NotFound: there is none, or the caller may not know of it.
        NotAtTheGate: the caller may see it only.
    """
    if event is None or not events.is_visible(event, caller):
        raise NotFound("There is no such event; it may have been taken down.")
    if not _works_at(event, caller):
        raise NotAtTheGate
    return event


def _works_at(event: Event, caller: Caller) -> bool:
    """Gate staff need no permission, they are named one by one; an organizer needs the one for check-in."""
    if any(caller.is_user(person) for person in event.gate_ids):
        return True
    return events.is_organizer(event, caller) and caller.may("tickets:checkin")


def _tickets(event_id: str, after: tuple[str, str] | None) -> Iterator[tuple[str, str]]:
    """Status and id of each ticket that lets nobody in, admitted ones first, each by id."""
    statuses = (ADMITTED, REVOKED) if after is None else (ADMITTED, REVOKED)[after[0] == REVOKED :]
    for status in statuses:
        later = Ticket.id > after[1] if after and after[0] == status else None
        for ticket in Ticket.gate.query(at_gate(event_id, status), later):
            yield status, str(ticket.id)
