"""Stepping in: what an Admin does to an event, or to what is sold of it, is a line of the trail."""

from chalicelib.accounts import trail
from chalicelib.accounts.models import AuditLine
from chalicelib.catalog.models import Event
from chalicelib.web.caller import Caller


def line(
    event: Event, caller: Caller, what: str, *, on: str | None = None, **details: str
) -> AuditLine | None:
    """A line for `trail.write`; None if one of the event's organizers does it, who needs no other right.

    An Admin's line is written for events of their own, too: they could make any event theirs, and whom it
    pays is for no organizer to say.

    Args:
        event: as it was read, before what is done to it.
        caller: who does it, and may.
        what: what is done, such as `event.changed`.
        on: what it is done to, if that is not the event itself: then the event is a detail.
        details: ids, and names of fields; never what stands in one.
    """
    if not caller.is_admin and runs(event, caller):
        return None
    if on is not None:
        details["event"] = event.id
    return trail.line(caller.user_id, caller.at, what, on or f"event#{event.id}", **details)


def runs(event: Event, caller: Caller) -> bool:
    """Whether the caller is one of the event's organizers by name, and not only by being Admin."""
    return any(caller.is_user(person) for person in event.organizer_ids)
