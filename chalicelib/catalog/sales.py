"""When a ticket type is on sale, and what an event's status is: plain rules, no AWS."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from chalicelib.catalog.ticket_types import EARLY_BOOKING

if TYPE_CHECKING:
    from chalicelib.catalog.models import Event

DRAFT: Final = "draft"
PUBLISHED: Final = "published"
CANCELLED: Final = "cancelled"
PAST: Final = "past"

#: Early booking ends this long before the start, unless the event says otherwise.
EARLY_BOOKING_MARGIN: Final = timedelta(days=7)


def status_of(event: "Event", at: datetime) -> str:
    """draft, published, cancelled, or past: a published event that has ended."""
    if event.status == PUBLISHED and event.ends_at <= at:
        return PAST
    return str(event.status)


def is_on_sale(event: "Event", ticket_type: str, at: datetime) -> bool:
    """Whether a ticket type may be bought now, seats permitting.

    Regular and MVP are on sale from publication until the event ends; early booking until it closes.
    """
    if event.status != PUBLISHED or ticket_type not in event.prices:
        return False
    closes_at = event.early_booking_ends_at if ticket_type == EARLY_BOOKING else event.ends_at
    return bool(at < closes_at)
