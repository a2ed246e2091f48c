"""Finding events by words: over the list of upcoming events, in their order.

Every word asked for must begin a word of the name, the tags, the place or the category. Accents and case
make no difference. Reads at most `_MOST_READ` events a request; a page may be short and still have a next.
"""

import unicodedata
from datetime import datetime, timedelta
from typing import Final

from chalicelib.catalog.categories import all_categories
from chalicelib.catalog.events import with_stock
from chalicelib.catalog.models import LISTED, Event
from chalicelib.catalog.schemas import LONGEST_DAYS
from chalicelib.web.paging import Listing, Page

_MOST_READ: Final = 500


def search(text: str, page: Page, at: datetime) -> Listing:
    """Upcoming events that have every word of the text, by start."""
    wanted = words(text)
    categories = {int(category.id): category.name for category in all_categories()} if wanted else {}
    found = Event.listed.query(
        LISTED,
        Event.starts_at > at - timedelta(days=LONGEST_DAYS),
        filter_condition=Event.ends_at > at,
        last_evaluated_key=page.after,
        page_size=100,
        limit=_MOST_READ,
    )
    hits: list[Event] = []
    for event in found:
        if matches(wanted, _text_of(event, categories)):
            hits.append(event)
            if len(hits) == page.limit:
                break
    return Listing(with_stock(hits), found.last_evaluated_key)


def words(text: str) -> list[str]:
    """The words of a text, without accents, in lower case."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    spaced = "".join(
        letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter)
    )
    return spaced.split()


def matches(wanted: list[str], text: str) -> bool:
    """Whether each wanted word begins some word of the text."""
    present = words(text)
    return all(any(word.startswith(prefix) for word in present) for prefix in wanted)


def _text_of(event: Event, categories: dict[int, str]) -> str:
    category = categories.get(int(event.category_id), "") if event.category_id is not None else ""
    return " ".join([event.name, *event.tags, event.location, category])
