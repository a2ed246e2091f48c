"""What a search asks for, what it knows of an event, and whether the two match: plain rules, no AWS."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from chalicelib.catalog.words import term_for, terms_of, words

#: The term of every event, for a search that names no word.
ANY: Final = "*"


class Profile(NamedTuple):
    """What the search knows of an event. `price` is that of a regular ticket in KES, None: not sold."""

    starts_at: datetime
    ends_at: datetime
    words: frozenset[str]
    tags: frozenset[str]
    location: frozenset[str]
    category: frozenset[str]
    category_id: int | None = None
    price: int | None = None

    @property
    def terms(self) -> frozenset[str]:
        """Every term that the event is found by."""
        of_category = {category_term(self.category_id)} if self.category_id is not None else set()
        return terms_of(self.words) | {ANY} | of_category


class Wanted(NamedTuple):
    """What somebody looks for: every part of it must be true of an event.

    Args:
        since: the event must end after it.
        until: the event must start by then; None: whenever.
        words: each must begin some word of name, tags, location or category.
        tags: each must be one of the event's tags, as `tag` writes them.
        location, category: each word must begin some word of it.
        category_id: the event's category.
        min_price, max_price: of a regular ticket, in KES; an event without one does not match.
    """

    since: datetime
    until: datetime | None = None
    words: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    location: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    category_id: int | None = None
    min_price: int | None = None
    max_price: int | None = None

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms under which every match is found, longest first; any one of them will do."""
        looked_for = [*self.words, *self.location, *self.category, *" ".join(self.tags).split()]
        found = {term for word in looked_for if (term := term_for(word))}
        of_category = [category_term(self.category_id)] if self.category_id is not None else []
        return (*sorted(found, key=lambda term: (-len(term), term)), *of_category) or (ANY,)


def matches(profile: Profile, wanted: Wanted) -> bool:
    """Whether an event is what somebody looks for."""
    return (
        profile.ends_at > wanted.since
        and (wanted.until is None or profile.starts_at <= wanted.until)
        and (wanted.category_id is None or profile.category_id == wanted.category_id)
        and _price_fits(profile.price, wanted)
        and profile.tags.issuperset(wanted.tags)
        and _begin(wanted.words, profile.words)
        and _begin(wanted.location, profile.location)
        and _begin(wanted.category, profile.category)
    )


def tag(text: str) -> str:
    """A tag as tags are compared: without accents, case and signs."""
    return " ".join(words(text))


def category_term(category_id: int) -> str:
    """The term of the events of a category; no word looks like it."""
    return f"@{category_id}"


def _begin(beginnings: Iterable[str], present: frozenset[str]) -> bool:
    return all(any(word.startswith(beginning) for word in present) for beginning in beginnings)


def _price_fits(price: int | None, wanted: Wanted) -> bool:
    if wanted.min_price is None and wanted.max_price is None:
        return True
    if price is None:
        return False
    return (wanted.min_price or 0) <= price and (wanted.max_price is None or price <= wanted.max_price)
