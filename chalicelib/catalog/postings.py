"""Postings and terms in the database: how an event becomes postings, and how they are read and written."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pynamodb.expressions.update import Action

from chalicelib.catalog.index_models import Posting, Term
from chalicelib.catalog.matching import Profile, tag
from chalicelib.catalog.models import Event
from chalicelib.catalog.ticket_types import REGULAR
from chalicelib.catalog.words import all_words
from chalicelib.core.dynamo import read_together

#: DynamoDB may delete a posting so long after its event; by then the index has done so itself.
_KEPT: Final = timedelta(days=2)
_INSTANT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"
_MONTH: Final = len("2026-12")


def profile_of(event: Event, category: str) -> Profile:
    """What the search knows of an event whose category has that name ("": it has none)."""
    price = event.prices.get(REGULAR)
    return Profile(
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        words=all_words(event.name, *event.tags, event.location, category),
        tags=frozenset(filter(None, map(tag, event.tags))),
        location=all_words(event.location),
        category=all_words(category),
        category_id=None if event.category_id is None else int(event.category_id),
        price=None if price is None else int(price),
    )


def place_of(starts_at: datetime, event_id: str = "") -> str:
    """Where an event stands among the postings of a term: by start, then by id."""
    return f"{starts_at.astimezone(UTC).strftime(_INSTANT)}#{event_id}"


def just_after(place: str) -> str:
    """The least place after that one: ids are hex, so `!` sorts before any that goes on."""
    return f"{place}!"


def event_id_of(place: str) -> str:
    """The event that stands there."""
    return place.partition("#")[2]


def month_of(place: str) -> str:
    """The month (UTC) whose postings a place is among: `2026-12`."""
    return place[:_MONTH]


def key_of(term: str, place: str) -> str:
    """The hash key of a term's posting at a place."""
    return f"{term}#{month_of(place)}"


def fields_of(profile: Profile) -> dict[str, Any]:
    """What each posting of an event holds besides its key."""
    return {
        "ends_at": profile.ends_at,
        "words": _joined(profile.words),
        "tags": _joined(profile.tags, ","),
        "location": _joined(profile.location),
        "category": _joined(profile.category),
        "category_id": profile.category_id,
        "price": profile.price,
        "lapses_at": int((profile.ends_at + _KEPT).timestamp()),
    }


def profile_in(posting: Posting) -> Profile:
    """What a posting knows of its event."""
    start = posting.place.partition("#")[0]
    return Profile(
        starts_at=datetime.strptime(start, _INSTANT).replace(tzinfo=UTC),
        ends_at=posting.ends_at,
        words=frozenset(posting.words.split()),
        tags=frozenset(filter(None, posting.tags.split(","))),
        location=frozenset(posting.location.split()),
        category=frozenset(posting.category.split()),
        category_id=None if posting.category_id is None else int(posting.category_id),
        price=None if posting.price is None else int(posting.price),
    )


def read_terms(names: Iterable[str]) -> dict[str, Term]:
    """Those of the terms (100 at most) that some event has or had, in one round trip."""
    found = read_together([(Term, name) for name in names])
    return {name: term for (_, name), term in found.items()}


def read(term: str, month: str, lower: str, upper: str, most: int) -> tuple[Sequence[Posting], bool]:
    """The first postings of a term in a month, between two places; and whether there are more."""
    found = Posting.query(f"{term}#{month}", Posting.place.between(lower, upper), limit=most, page_size=most)
    return list(found), found.last_evaluated_key is not None


def write(place: str, terms: Iterable[str], profile: Profile) -> None:
    """Write an event's postings under these terms, whatever is there."""
    fields = fields_of(profile)
    with Posting.batch_write() as batch:
        for term in terms:
            batch.save(Posting(key_of(term, place), place, **fields))


def erase(posted: Mapping[str, Iterable[str]]) -> None:
    """Delete postings: places, with their terms. None need be there."""
    with Posting.batch_write() as batch:
        for place, terms in posted.items():
            for term in terms:
                batch.delete(Posting(key_of(term, place), place))


def count(term: str, change: int, month: str | None = None) -> None:
    """Note that a term has so many more postings (or fewer), and that it has some in a month."""
    actions: list[Action] = [Term.events.add(change)]
    if month:
        actions.append(Term.months.add({month}))
    Term(term).update(actions=actions)


def _joined(parts: Iterable[str], by: str = " ") -> str:
    return by.join(sorted(parts))
