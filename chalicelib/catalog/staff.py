"""Who runs an event, and who works at its gate."""

from typing import Final

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.accounts import people
from chalicelib.catalog import organizing
from chalicelib.catalog.events import OnShow
from chalicelib.catalog.models import Event
from chalicelib.catalog.problems import LastOrganizer, NotTakenOver, TooManyStaff
from chalicelib.catalog.restocking import Restock
from chalicelib.catalog.revising import Revision, revise
from chalicelib.core.problems import Invalid
from chalicelib.web.caller import Caller

ORGANIZER: Final = "organizer"

#: All are within the event's item, which is read on every look at it.
_MOST_AT_THE_GATE: Final = 50


def appoint(event_id: str, user_id: str, role: str, caller: Caller) -> Event:
    """Make somebody an organizer of an event, or gate staff; nobody is both, and the newest word counts.

    Raises:
        NotFound, NotYourEvent: there is no such event or person, or the event is not the caller's to run.
        Invalid: the person's account may not run events. The gate needs no permission.
        LastOrganizer, NotTakenOver, TooManyStaff: it cannot be done.
        Busy: others were faster each time; nothing was changed.
    """

    def decide(seen: OnShow) -> Revision | None:
        # Only here, where it is the caller's event: who may not do this learns nothing of other people.
        _check(user_id, role, caller)
        organizers, gate = _without(seen.event, user_id)
        if role == ORGANIZER:
            # Who runs it already keeps their place: the first one's is special.
            organizers = list(seen.event.organizer_ids)
            organizers += [] if user_id in organizers else [user_id]
        else:
            gate = list(seen.event.gate_ids)
            gate += [] if user_id in gate else [user_id]
        return _staffed(seen.event, organizers, gate, caller, "staff.appointed", user=user_id, role=role)

    return revise(event_id, caller, decide).event


def dismiss(event_id: str, user_id: str, caller: Caller) -> None:
    """Take somebody off an event's staff; one who is not on it is fine.

    Raises:
        NotFound, NotYourEvent: there is no such event, or it is not the caller's to run.
        LastOrganizer: nobody would run the event.
        NotTakenOver: somebody else would become the first organizer, and does not do so themself.
        Busy: others were faster each time; nothing was changed.
    """

    def decide(seen: OnShow) -> Revision | None:
        return _staffed(seen.event, *_without(seen.event, user_id), caller, "staff.dismissed", user=user_id)

    revise(event_id, caller, decide)


def _check(user_id: str, role: str, caller: Caller) -> None:
    granted = people.permissions_of(people.find(user_id), caller.at)
    if role == ORGANIZER and granted.isdisjoint({"events:write", "*"}):
        raise Invalid(
            fields={"role": "This account may not run events; an Admin can give it the role for it."}
        )


def _without(event: Event, user_id: str) -> tuple[list[str], list[str]]:
    organizers = [person for person in event.organizer_ids if person != user_id]
    return organizers, [person for person in event.gate_ids if person != user_id]


def _staffed(
    event: Event, organizers: list[str], gate: list[str], caller: Caller, what: str, **details: str
) -> Revision | None:
    if not organizers:
        raise LastOrganizer
    seller_changes = organizers[0] != event.user_id
    if seller_changes and not (caller.is_user(organizers[0]) or caller.is_admin):
        raise NotTakenOver
    organizing.refuse_many(organizers)
    if len(gate) > _MOST_AT_THE_GATE:
        raise TooManyStaff(f"An event has at most {_MOST_AT_THE_GATE} people at its gate.")
    if (organizers, gate) == (list(event.organizer_ids), list(event.gate_ids)):
        return None
    actions: list[Action] = [
        Event.user_id.set(organizers[0]),
        Event.organizer_ids.set(organizers),
        Event.gate_ids.set(gate),
    ]

    def besides(writing: TransactWrite) -> None:
        organizing.follow(writing, event, organizers, event.starts_at)
        organizing.follow_gate(writing, event, gate)

    if seller_changes:
        details["user_id"] = f"{event.user_id} to {organizers[0]}"
    stock = Restock() if seller_changes else None
    return Revision(actions, what, details, stock=stock, besides=besides)
