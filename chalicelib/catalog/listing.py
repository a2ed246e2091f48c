"""Lists of events: upcoming ones, an organizer's. Never a Scan.

Reads at most `_MOST_READ` events a request; a page may be short and still have a next.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from chalicelib.catalog.events import with_stock
from chalicelib.catalog.models import LISTED, Event
from chalicelib.catalog.schemas import LONGEST_DAYS
from chalicelib.web.paging import Listing, Page

_MOST_READ: Final = 500
#: Events in one answer of DynamoDB: about 2 KB each, so well under its 1 MB.
_READ_AT_ONCE: Final = 100

Keep = Callable[[Event], bool]


def upcoming(page: Page, at: datetime, category_id: int | None = None) -> Listing:
    """Published events that have not ended, by start."""
    return _upcoming(page, at, lambda event: _is_in(event, category_id))


def of_organizer(user_id: str, page: Page, category_id: int | None = None) -> Listing:
    """All events of an organizer, drafts and past ones too, by start."""
    return _by_organizer(user_id, page, lambda event: _is_in(event, category_id))


def upcoming_of_organizer(user_id: str, page: Page, at: datetime, category_id: int | None = None) -> Listing:
    """What everybody may see of an organizer's events: published ones that have not ended, by start."""

    def keep(event: Event) -> bool:
        return event.listing == LISTED and event.ends_at > at and _is_in(event, category_id)

    return _by_organizer(user_id, page, keep)


def _upcoming(page: Page, at: datetime, keep: Keep) -> Listing:
    found = Event.listed.query(
        LISTED,
        Event.starts_at > at - timedelta(days=LONGEST_DAYS),
        last_evaluated_key=page.after,
        page_size=_READ_AT_ONCE,
        limit=_MOST_READ,
    )
    return _filled(found, page, lambda event: event.ends_at > at and keep(event))


def _by_organizer(user_id: str, page: Page, keep: Keep) -> Listing:
    found = Event.by_organizer.query(
        user_id, last_evaluated_key=page.after, page_size=_READ_AT_ONCE, limit=_MOST_READ
    )
    return _filled(found, page, keep)


def _filled(found: Any, page: Page, keep: Keep) -> Listing:
    """The first events that are kept, up to the page's limit, with what is left of each.

    Filtered here and not by DynamoDB: it reads as much either way, but only so can the reading be bounded.
    """
    kept = list(islice(filter(keep, found), page.limit))
    return Listing(with_stock(kept), found.last_evaluated_key)


def _is_in(event: Event, category_id: int | None) -> bool:
    return category_id is None or event.category_id == category_id
