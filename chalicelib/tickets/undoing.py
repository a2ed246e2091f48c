"""Undoing an admission: somebody was let in by mistake, or the wrong ticket was scanned."""

from typing import Final

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.accounts import trail
from chalicelib.catalog import events, stepping_in
from chalicelib.catalog.models import Event
from chalicelib.catalog.problems import NotYourEvent
from chalicelib.core import retention
from chalicelib.core.dynamo import ConditionFailed, read_together, transact
from chalicelib.core.ids import new_id
from chalicelib.core.problems import Busy, NotFound
from chalicelib.tickets import gate
from chalicelib.tickets.admission import ADMITTED, REVOKED, VALID
from chalicelib.tickets.models import Scan, Ticket
from chalicelib.tickets.problems import TicketRevoked
from chalicelib.web.caller import Caller

_TRIES: Final = 10


def undo(event_id: str, ticket_id: str, caller: Caller) -> None:
    """Make an admitted ticket valid again; one that is not admitted is fine.

    The scans that were told so far stay known and admit nobody any more, so a gate that repeats one does not
    bring the admission back. One that nobody has told yet counts: somebody may be inside by it.

    Raises:
        NotFound: there is no such event, or no such ticket of it.
        NotYourEvent: it is not the caller's to run.
        TicketRevoked: it was given back.
        Busy: others were faster each time; nothing was changed.
    """
    for _ in range(_TRIES):
        found = read_together([(Event, event_id), (Ticket, ticket_id)])
        event = gate.open_to(found.get((Event, event_id)), caller)
        if not events.is_organizer(event, caller):
            raise NotYourEvent
        ticket = found.get((Ticket, ticket_id))
        if ticket is None or ticket.event_id != event_id:
            raise NotFound("There is no such ticket of this event.")
        if ticket.status == REVOKED:
            raise TicketRevoked
        if ticket.status == VALID or _wrote(event, ticket, caller):
            return
    raise Busy


def _wrote(event: Event, ticket: Ticket, caller: Caller) -> bool:
    line = stepping_in.line(event, caller, "checkin.undone", on=f"ticket#{ticket.id}")
    scan = Scan(
        f"{ticket.id}#{new_id(caller.at)}",
        ticket_id=ticket.id,
        event_id=ticket.event_id,
        user_id=caller.user_id,
        outcome="undone",
        at=caller.at,
        came_at=caller.at,
        took_over=ticket.first_scan,
        contested=ticket.event_id,
        lapses_at=retention.lapses(caller.at, retention.SCAN_DAYS),
    )
    actions: list[Action] = [
        Ticket.status.set(VALID),
        Ticket.at_gate.remove(),
        Ticket.first_scan.remove(),
        Ticket.admitted_at.remove(),
        Ticket.admitted_by.remove(),
        Ticket.device.remove(),
    ]
    # A second undo, which comes after a new admission, must not take that one back unseen.
    unmoved = (Ticket.status == ADMITTED) & (Ticket.first_scan == ticket.first_scan)

    def fill(writing: TransactWrite) -> None:
        writing.update(Ticket(ticket.id), actions=actions, condition=unmoved)
        writing.save(scan, condition=Scan.id.does_not_exist())
        trail.write(writing, line)

    try:
        transact(fill)
    except ConditionFailed:
        return False
    return True
