"""Believable events by the thousand, written with their stock and index as fast as a database takes them."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.catalog import postings, stock
from chalicelib.catalog.index_models import Posting, Term
from chalicelib.catalog.models import LISTED, Category, Event, Stock
from chalicelib.core.ids import new_id

CATEGORIES: Final = {1: "Music", 2: "Sport", 3: "Theatre", 4: "Food & drink", 5: "Technology", 6: "Culture"}
#: Shares of the events as in life: half in Nairobi, a few words common, many rare.
_PLACES: Final = ["Nairobi"] * 5 + ["Mombasa", "Kisumu", "Nakuru", "Eldoret", "Lamu"]
_KINDS: Final = [
    "Festival",
    "Concert",
    "Night",
    "Derby",
    "Marathon",
    "Conference",
    "Workshop",
    "Exhibition",
    "Market",
    "Gala",
]
_TAGS: Final = [
    "music",
    "outdoor",
    "family",
    "taarab",
    "benga",
    "gengetone",
    "football",
    "running",
    "ai",
    "cloud",
    "nyama",
    "poetry",
]
_SYLLABLES: Final = [
    "ba",
    "ki",
    "mu",
    "nya",
    "ra",
    "to",
    "wi",
    "she",
    "mo",
    "ndo",
    "ka",
    "li",
    "sa",
    "te",
    "vu",
    "za",
    "ngo",
    "pe",
    "ru",
    "ha",
]

#: One event in a thousand has it in its name.
RARE: Final = "Mashemeji"


def load(number: int, at: datetime) -> None:
    """Write so many events, over the twelve months from `at`, into empty tables."""
    with Category.batch_write() as batch:
        for key, name in CATEGORIES.items():
            batch.save(Category(id=key, name=name))
    months: dict[str, set[str]] = defaultdict(set)
    counts: Counter[str] = Counter()
    with Event.batch_write() as events, Stock.batch_write() as stocks, Posting.batch_write() as index:
        for event in made(number, at):
            events.save(event)
            for shard in stock.first_stock(event):
                stocks.save(shard)
            # As the indexer writes them, all at once: an event at a time would take hours.
            profile = postings.profile_of(event, CATEGORIES[int(event.category_id)])
            place, fields = postings.place_of(event.starts_at, event.id), postings.fields_of(profile)
            for term in profile.terms:
                index.save(Posting(postings.key_of(term, place), place, **fields))
                months[term].add(postings.month_of(place))
                counts[term] += 1
    with Term.batch_write() as terms:
        for term, events_of in counts.items():
            terms.save(Term(term, months=months[term], events=events_of))


def made(number: int, at: datetime) -> Iterator[Event]:
    """So many events, the same ones each time, evenly over a year."""
    chance = random.Random(number)  # noqa: S311 - the same events each time
    for count in range(number):
        start = at + timedelta(days=365) * count / number + timedelta(hours=1)
        yield Event(**_event(count, start, at, chance))


def _event(count: int, start: datetime, at: datetime, chance: random.Random) -> dict[str, Any]:
    name = " ".join([_word(chance), _word(chance), chance.choice(_KINDS)])
    if count % 1000 == 7:
        name += f" {RARE}"
    return {
        "id": new_id(at + timedelta(seconds=count)),
        "user_id": f"organizer-{count % 50}",
        "organizer_ids": [f"organizer-{count % 50}"],
        "name": name,
        "description": "An evening to remember, with friends, food and music until late. " * 12,
        "tags": chance.sample(_TAGS, 3),
        "location": f"{_word(chance)} Gardens, {chance.choice(_PLACES)}",
        "images": "data:image/svg+xml," + "x" * 900,
        "starts_at": start,
        "ends_at": start + timedelta(hours=5),
        "early_booking_ends_at": start - timedelta(days=7),
        "timezone": "Africa/Nairobi",
        "prices": {"early_booking": 800, "regular": chance.randrange(0, 5000, 100), "MVP": 9000},
        "capacity": 300,
        "category_id": 1 + count % len(CATEGORIES),
        "status": "published",
        "listing": LISTED,
        "created_at": at,
    }


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))).title()
