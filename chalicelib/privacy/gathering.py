"""Gathering all that we hold of a person: a list of records, in pages, each from an index that there is.

The parts come one after the other, and a page goes on where the last one ended. What is held of a person
under somebody else's name is not here: that they scanned a ticket, or agreed to another's refund.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from chalicelib.accounts import managing, roles, trail
from chalicelib.accounts.models import AuditLine, User
from chalicelib.accounts.schemas import HeldRecord
from chalicelib.catalog.models import CoOrganizer, Event, GateDuty
from chalicelib.catalog.times import shown
from chalicelib.payments import drawers
from chalicelib.payments.cash_models import CashDrawer, CashUp
from chalicelib.payments.models import Payment
from chalicelib.privacy import records
from chalicelib.reports.models import Payout
from chalicelib.tickets.models import Ticket
from chalicelib.web.caller import Caller
from chalicelib.web.paging import Listing, Page, Place

#: Sorts before every id.
_FIRST: Final = "0"
#: Of so many countings of an event's cash those of one person are looked for at once.
_COUNTED: Final = 100

#: Some records, and where the part goes on; None after its last.
Some = tuple[list[HeldRecord], Place | None]


def page(user_id: str, caller: Caller, page: Page) -> Listing:
    """Some of what we hold of a person, whose own it is, or for whoever may see people.

    Costs a Query for each part that is begun, for each payment as much as to look at it, and for the cash of
    an event two Queries and a GetItem; one more of each for each further 100 times that cash was counted.

    Raises:
        NotFound: there is no such person, or the caller may not know of them.
    """
    user = managing.find(user_id, caller)
    if page.after is None and not caller.is_user(user_id):
        _note(user, caller)
    part, after = (page.after["part"], page.after["after"]) if page.after else (0, None)
    found: list[HeldRecord] = []
    while part < len(_PARTS) and len(found) < page.limit:
        some, after = _PARTS[part](user, after, page.limit - len(found))
        found += some
        part += after is None
    return Listing(found, {"part": part, "after": after} if part < len(_PARTS) else None)


def _note(user: User, caller: Caller) -> None:
    """Write down that somebody else has looked."""
    trail.write_alone(trail.line(caller.user_id, caller.at, "user.data_read", f"user#{user.id}"))


def _account(user: User, _after: Place | None, _most: int) -> Some:
    names = [role.name for role in roles.with_numbers({int(number) for number in user.role_ids})]
    data = {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "phone_number": user.phone_number,
        "language": user.language,
        "roles": sorted(names),
        "has_password": user.password_hash is not None,
        "ended_sessions": len(user.revoked),
        "organizes": int(user.organizes or 0),
        "created_at": shown(user.created_at),
        "verified_at": shown(user.verified_at) if user.verified_at else None,
    }
    return [HeldRecord(kind="account", data=data)], None


def _payments(user: User, after: Place | None, most: int) -> Some:
    rows = Payment.by_buyer.query(user.id, scan_index_forward=False, limit=most, last_evaluated_key=after)
    ids = [row.id for row in rows]
    return records.of_payments(ids), rows.last_evaluated_key


def _cash(user: User, after: Place | None, _most: int) -> Some:
    """The cash of one event, with some of when it was counted; then the rest of that, or the next event."""
    event_id, counted = (after["event"], after["counted"]) if after else (_FIRST, _FIRST)
    if counted == _FIRST:
        rows = list(CashDrawer.by_seller.query(user.id, CashDrawer.event_id > event_id, limit=1))
        if not rows:
            return [], None
        event_id = rows[0].event_id
    drawer = drawers.find(event_id, user.id)
    if drawer is None:
        return [], {"event": event_id, "counted": _FIRST}
    own, counted = _counted(drawer, counted)
    return [records.cash(drawer, own)], {"event": event_id, "counted": counted}


def _counted(drawer: CashDrawer, after: str) -> tuple[list[CashUp], str]:
    """What was counted of a drawer, among some of the event's; and behind which the next are."""
    if not drawer.cash_ups:
        return [], _FIRST
    found = list(CashUp.query(drawer.event_id, CashUp.id > after, limit=_COUNTED))
    own = [one for one in found if one.seller_id == drawer.seller_id]
    return own, found[-1].id if len(found) == _COUNTED else _FIRST


def _tickets(user: User, after: Place | None, most: int) -> Some:
    found = Ticket.by_owner.query(user.id, limit=most, last_evaluated_key=after)
    return _records("ticket", map(records.ticket, found)), found.last_evaluated_key


def _events(user: User, after: Place | None, most: int) -> Some:
    found = Event.by_organizer.query(user.id, limit=most, last_evaluated_key=after)
    events = list(found)
    held = _records("event", map(records.event, events))
    for event in events:
        paid = Payout.query(event.id, filter_condition=Payout.paid_to == user.id)
        held += _records("payout", map(records.payout, paid))
    return held, found.last_evaluated_key


def _run_with_others(user: User, after: Place | None, most: int) -> Some:
    found = CoOrganizer.query(user.id, limit=most, last_evaluated_key=after)
    held = [{"event_id": row.event_id, "as": "organizer"} for row in found]
    return _records("event_duty", held), found.last_evaluated_key


def _gates(user: User, after: Place | None, most: int) -> Some:
    found = GateDuty.query(user.id, limit=most, last_evaluated_key=after)
    held = [{"event_id": row.event_id, "as": "gate"} for row in found]
    return _records("event_duty", held), found.last_evaluated_key


def _done(user: User, after: Place | None, most: int) -> Some:
    found = AuditLine.by_actor.query(user.id, limit=most, last_evaluated_key=after)
    return _records("trail", map(records.trail_line, found)), found.last_evaluated_key


def _suffered(user: User, after: Place | None, most: int) -> Some:
    found = AuditLine.by_subject.query(f"user#{user.id}", limit=most, last_evaluated_key=after)
    return _records("trail", map(records.trail_line, found)), found.last_evaluated_key


def _records(kind: Any, held: Iterable[dict[str, Any]]) -> list[HeldRecord]:
    return [HeldRecord(kind=kind, data=data) for data in held]


#: In this order. A page may have a few records more than were asked for: those of one payment or event.
_PARTS: Final[tuple[Callable[[User, Place | None, int], Some], ...]] = (
    _account,
    _payments,
    _cash,
    _tickets,
    _events,
    _run_with_others,
    _gates,
    _done,
    _suffered,
)
