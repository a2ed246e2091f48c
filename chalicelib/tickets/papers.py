"""A ticket as something to show: what stands on it, and the forms it is drawn in.

`of`, then `svg`, `png` or `pdf`; who sends a ticket by e-mail does the same.
"""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from chalicelib.accounts.models import User
from chalicelib.catalog.models import Event
from chalicelib.catalog.sales import CANCELLED
from chalicelib.core.dynamo import read_together
from chalicelib.tickets.admission import ADMITTED, VALID
from chalicelib.tickets.codes import code_of
from chalicelib.tickets.drawing.sheet import Paper
from chalicelib.tickets.models import Ticket

#: With these a ticket has its code: an admission may be undone.
_SCANNED: Final = (VALID, ADMITTED)
#: What a valid ticket of a cancelled event says until it is revoked.
_EVENT_CANCELLED: Final = "event cancelled"
#: An end within so long of the start needs no date: a night is one evening to people.
ONE_EVENING: Final = timedelta(hours=18)


def event_and_holder(ticket: Ticket) -> tuple[Event, User | None]:
    """The event of a ticket and its holder, if they have not left; one round trip."""
    found = read_together([(Event, ticket.event_id), (User, ticket.user_id)])
    holder = found.get((User, ticket.user_id))
    return found[Event, ticket.event_id], None if holder is None or holder.deleted_at else holder


def of(ticket: Ticket, event: Event, holder: User | None) -> Paper:
    """What stands on a ticket. It has a code only while that may admit somebody."""
    status = _EVENT_CANCELLED if event.status == CANCELLED and ticket.status == VALID else ticket.status
    starts_at, ends_at = (at.astimezone(ZoneInfo(event.timezone)) for at in (event.starts_at, event.ends_at))
    return Paper(
        event=event.name,
        day=f"{starts_at:%a} {starts_at.day} {starts_at:%b %Y}",
        hours=hours(starts_at, ends_at),
        place=event.location,
        label=ticket.label,
        holder=holder.username if holder else "",
        order=ticket.payment_id,
        number=ticket.number,
        of=None if ticket.order_size is None else int(ticket.order_size),
        status=status,
        code=code_of(ticket) if status in _SCANNED else "",
    )


def hours(starts_at: datetime, ends_at: datetime) -> str:
    """From when to when, in the event's zone: `19:00 – 02:00 EAT`, `9:00 until Sat 26 Dec, 18:00 EAT`."""
    zone = zone_of(starts_at)
    if ends_at - starts_at < ONE_EVENING:
        return f"{starts_at:%H:%M} – {ends_at:%H:%M} {zone}"
    return f"{starts_at:%H:%M} until {ends_at:%a} {ends_at.day} {ends_at:%b}, {ends_at:%H:%M} {zone}"


def zone_of(at: datetime) -> str:
    """What people call the zone of a time: `EAT`, or `UTC+04` where it has no name."""
    zone = at.tzname() or ""
    return f"UTC{zone}" if zone.startswith(("+", "-")) else zone


def svg(paper: Paper) -> str:
    """The ticket as SVG."""
    from chalicelib.tickets.drawing import layout, svg  # here, since few routes draw

    return svg.painted(layout.laid_out(paper))


def png(paper: Paper) -> bytes:
    """The ticket as PNG."""
    from chalicelib.tickets.drawing import layout, png

    return png.painted(layout.laid_out(paper))


def pdf(*papers: Paper) -> bytes:
    """Tickets as a PDF, a page each."""
    from chalicelib.tickets.drawing import layout, pdf

    return pdf.painted(*(layout.laid_out(paper) for paper in papers))
