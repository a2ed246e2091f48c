"""Lists of events: upcoming ones, an organizer's. Never a Scan.

Reads at most `_MOST_READ` events a request; a page may be short and still have a next.
"""

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, NamedTuple

from chalicelib.catalog import organizing
from chalicelib.catalog.copies import listed
from chalicelib.catalog.event_rules import LONGEST_DAYS
from chalicelib.catalog.models import LISTED, CoOrganizer, Event
from chalicelib.core.dynamo import read_together
from chalicelib.web.paging import Listing, Page, Place

_MOST_READ: Final = 500
#: Events in one answer of DynamoDB: about 2 KB each, so well under its 1 MB.
_READ_AT_ONCE: Final = 100

#: A gate may be at work so long after the end.
_CLEARING: Final = timedelta(hours=6)

Keep = Callable[[Event], bool]


def upcoming(page: Page, at: datetime, category_id: int | None = None) -> Listing:
    """Published events that have not ended, by start."""
    return _upcoming(page, at, lambda event: _is_in(event, category_id))


def of_organizer(user_id: str, page: Page, at: datetime, category_id: int | None = None) -> Listing:
    """All events that a person runs, drafts and past ones too, by start."""
    return _by_organizer(user_id, page, at, lambda event: _is_in(event, category_id))


def upcoming_of_organizer(user_id: str, page: Page, at: datetime, category_id: int | None = None) -> Listing:
    """What everybody may see of an organizer's events: published ones that have not ended, by start."""

    def keep(event: Event) -> bool:
        return event.listing == LISTED and event.ends_at > at and _is_in(event, category_id)

    return _by_organizer(user_id, page, at, keep)


def at_gate_of(user_id: str, page: Page, at: datetime) -> Listing:
    """The events at whose gate a person works and that have not ended long ago, by start.

    Looks at the 500 that were made last.
    """
    found: list[Event] = []
    ids = organizing.at_whose_gate(user_id, _MOST_READ)
    while some := list(islice(ids, _READ_AT_ONCE)):
        found += read_together([(Event, one) for one in some]).values()
    is_open = (event for event in found if user_id in event.gate_ids and event.ends_at > at - _CLEARING)
    events = sorted(is_open, key=lambda event: (event.starts_at, event.id))
    begin = int((page.after or {}).get("shown", 0))
    end = begin + page.limit
    return Listing(listed(events[begin:end], at), {"shown": end} if end < len(events) else None)


def _upcoming(page: Page, at: datetime, keep: Keep) -> Listing:
    found = Event.listed.query(
        LISTED,
        Event.starts_at > at - timedelta(days=LONGEST_DAYS),
        last_evaluated_key=page.after,
        page_size=_READ_AT_ONCE,
        limit=_MOST_READ,
    )
    return _filled(found, page, at, lambda event: event.ends_at > at and keep(event))


def _by_organizer(user_id: str, page: Page, at: datetime, keep: Keep) -> Listing:
    """The events that a person runs, alone or with others, by start.

    Two lists are read and merged: the events whose first organizer it is, and those run together with others.
    The place where the next page begins has one in each.
    """
    after = page.after or {}
    found = heapq.merge(
        _first_organized(user_id, after.get("first")),
        _co_organized(user_id, after.get("others")),
        key=lambda entry: entry.event.starts_at,
    )
    kept: list[Event] = []
    for entry in islice(found, _MOST_READ):
        after |= {entry.stream: entry.place}
        if keep(entry.event):
            kept.append(entry.event)
        if len(kept) == page.limit:
            break
    is_last = next(found, None) is None
    return Listing(listed(kept, at), None if is_last else after)


class _Entry(NamedTuple):
    """An event in one of the two lists, and the place in it after which to go on."""

    event: Event
    stream: str
    place: Place


def _first_organized(user_id: str, after: Place | None) -> Iterator[_Entry]:
    for event in Event.by_organizer.query(user_id, last_evaluated_key=after, page_size=_READ_AT_ONCE):
        key = event.serialize()
        yield _Entry(event, "first", {name: key[name] for name in ("user_id", "starts_at", "id")})


def _co_organized(user_id: str, after: Place | None) -> Iterator[_Entry]:
    items = CoOrganizer.query(user_id, last_evaluated_key=after, page_size=_READ_AT_ONCE)
    while some := list(islice(items, _READ_AT_ONCE)):
        found = read_together([(Event, item.event_id) for item in some])
        for item in some:
            if event := found.get((Event, item.event_id)):
                key = item.serialize()
                yield _Entry(event, "others", {name: key[name] for name in ("user_id", "place")})


def _filled(found: Any, page: Page, at: datetime, keep: Keep) -> Listing:
    """The first events that are kept, up to the page's limit, with what is left of each.

    Filtered here and not by DynamoDB: it reads as much either way, but only so can the reading be bounded.
    """
    kept = list(islice(filter(keep, found), page.limit))
    return Listing(listed(kept, at), found.last_evaluated_key)


def _is_in(event: Event, category_id: int | None) -> bool:
    return category_id is None or event.category_id == category_id
