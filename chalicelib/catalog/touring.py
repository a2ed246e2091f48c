"""Going through a category's events after it was renamed: each is announced, some at a time."""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.catalog import changes, postings
from chalicelib.catalog.index_models import Entry
from chalicelib.catalog.matching import category_term
from chalicelib.core import clock

#: So many events at a time: a function has time for them.
_AT_A_TIME: Final = 200
#: Before every place.
_FIRST: Final = "0"
_PAUSE: Final = timedelta(seconds=15)


def send_on(entry: Entry) -> tuple[datetime | None, dict[str, list[str]]]:
    """Announce the next events of the entry's category; says when to go on, at the latest.

    A renamed category changes nothing of the events that are not found (drafts, past ones), so the index
    itself knows whom to tell.
    """
    term = category_term(int(entry.subject.removeprefix(changes.CATEGORY)))
    found, walked_to = _next(term, entry.walked_to or _FIRST)
    for event_id in found:
        changes.announce(event_id)
    entry.walked_to = walked_to
    if walked_to is None:
        return None, {}
    return clock.now() + _PAUSE, {}


def _next(term: str, after: str) -> tuple[list[str], str | None]:
    """The ids of the next events, and where to go on; None at the end."""
    known = postings.read_terms([term]).get(term)
    months = sorted(month for month in (known.months if known else None) or () if month >= after[:7])
    found: list[str] = []
    for month in months:
        some, more = postings.read(term, month, after, "~", _AT_A_TIME - len(found))
        found += [postings.event_id_of(posting.place) for posting in some]
        if more or len(found) >= _AT_A_TIME:
            return found, postings.just_after(some[-1].place) if some else month
    return found, None
