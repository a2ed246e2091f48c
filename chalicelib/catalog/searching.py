"""Search: reads the postings of the rarest term month by month, filters the rest, shows what is left now.

Never a Scan. A request reads one item for each term, at most 500 postings in at most 12 queries, and the
events and stock of one page, however many events are stored. A page may be short and still have a next.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.catalog import copies, known_shards, postings
from chalicelib.catalog.copies import Listed
from chalicelib.catalog.event_rules import LONGEST_DAYS
from chalicelib.catalog.matching import Wanted, matches
from chalicelib.catalog.models import LISTED, Event
from chalicelib.core.dynamo import Key, read_together
from chalicelib.web.paging import Listing, Page, Place

MOST_POSTINGS: Final = 500
MOST_QUERIES: Final = 12
#: Of a search for more terms, the longest so many are compared; the others only filter.
_MOST_TERMS: Final = 10
#: Events read at once, each with what is left of it: what one BatchGetItem takes.
_READ_AT_ONCE: Final = 50
#: After every place.
_LAST: Final = "~"


@dataclass
class _Walk:
    """A walk through the postings of one term: the months still to look into, and from where."""

    term: str
    months: list[str]
    lower: str
    upper: str
    ids: list[str] = field(default_factory=list)

    @property
    def place(self) -> Place | None:
        """Where the next request goes on; None at the end."""
        return {"term": self.term, "after": self.lower} if self.months else None

    def next_month(self) -> None:
        """Be done with this month, so that a request which finds nothing still gets on."""
        del self.months[0]
        self.lower = max([self.lower, *self.months[:1]])


def search(wanted: Wanted, page: Page, at: datetime) -> Listing:
    """Published events that match, by start."""
    walk = _begun(wanted, page.after)
    if walk is None:
        return Listing([])
    _go(walk, wanted, page.limit)
    return Listing(_on_show(walk.ids, at), walk.place)


def _begun(wanted: Wanted, after: Place | None) -> _Walk | None:
    """The walk that finds every match with the least reading; None if nothing matches."""
    names: Sequence[str] = [after["term"]] if after else wanted.terms[:_MOST_TERMS]
    known = postings.read_terms(names)
    if len(known) < len(names):
        return None  # a word that no event has
    rarest = min(names, key=lambda name: known[name].events)
    earliest = postings.place_of(wanted.since - timedelta(days=LONGEST_DAYS))
    lower = max(earliest, after["after"]) if after else earliest
    upper = postings.place_of(wanted.until) + _LAST if wanted.until else _LAST
    if lower > upper:
        return None  # it had to begin before anything that is still to come
    first, last = postings.month_of(lower), postings.month_of(upper)
    months = sorted(month for month in known[rarest].months or () if first <= month <= last)
    return _Walk(rarest, months, lower, upper)


def _go(walk: _Walk, wanted: Wanted, limit: int) -> None:
    """Walk until the page is full, the end is reached, or enough has been read."""
    read = 0
    for _ in range(MOST_QUERIES):
        if not walk.months or read >= MOST_POSTINGS:
            return
        # Few at first, since most searches are for common things; then ever more, to end soon.
        most = min(max(limit, read), MOST_POSTINGS - read)
        found, more = postings.read(walk.term, walk.months[0], walk.lower, walk.upper, most)
        read += len(found)
        for number, posting in enumerate(found, 1):
            walk.lower = postings.just_after(posting.place)
            if matches(postings.profile_in(posting), wanted):
                walk.ids.append(postings.event_id_of(posting.place))
            if len(walk.ids) == limit:
                more = more or number < len(found)
                break
        if not more:
            walk.next_month()
        if len(walk.ids) == limit:
            return


def _on_show(ids: Sequence[str], at: datetime) -> list[Listed]:
    """Those of the events that are there and to come, in the same order, with what is left of each."""
    found: dict[Key, Any] = {}
    for start in range(0, len(ids), _READ_AT_ONCE):
        some = ids[start : start + _READ_AT_ONCE]
        keys: list[Key] = [(Event, one) for one in some]
        keys += [copies.key_of(one, known_shards.number_of(one)) for one in some]
        found |= read_together(keys)
    events = [found[Event, one] for one in ids if (Event, one) in found]
    for event in events:
        known_shards.learn(event)
    shown = [event for event in events if event.listing == LISTED and event.ends_at > at]
    return copies.listed(shown, at, found)
