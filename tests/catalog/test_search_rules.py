"""For any events and any search: walking the postings finds what looking at every event would find."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.catalog import postings, searching
from chalicelib.catalog.index_models import Posting
from chalicelib.catalog.matching import Wanted, tag
from chalicelib.catalog.models import Event
from chalicelib.catalog.words import words
from chalicelib.web.paging import Page

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CATEGORIES = {1: "Muziki & dance", 2: "Michezo", 3: ""}

WORDS = """Jazz Jazzy jaz Mashemeji Mashemejini MASHEM mashe a ya ng'ombe Ngũgĩ ngombe 2026 Nairobi nai"""

vocabulary = st.sampled_from(WORDS.split())
texts = st.lists(vocabulary, max_size=4).map(" ".join)
events = st.builds(
    lambda number, start, hours, name, tags, place, category, price: Event(
        id=f"{number:032x}",
        name=name,
        tags=tags,
        location=place,
        starts_at=NOW + timedelta(hours=start),
        ends_at=NOW + timedelta(hours=start + hours),
        category_id=category,
        prices={} if price is None else {"regular": price},
    ),
    st.integers(0, 2**64),
    st.integers(-600, 20_000),
    st.integers(1, 700),
    texts,
    st.lists(texts, max_size=3),
    texts,
    st.sampled_from([None, 1, 2]),
    st.none() | st.integers(0, 10),
)
beginnings = st.builds(lambda word, letters: word[:letters], vocabulary, st.integers(1, 12))
hours = st.integers(-600, 20_000).map(lambda after: NOW + timedelta(hours=after))
searches = st.builds(
    Wanted,
    since=st.just(NOW) | hours.map(lambda at: max(at, NOW)),
    until=st.none() | hours,
    words=st.lists(beginnings, max_size=3).map(lambda some: tuple(words(" ".join(some)))),
    tags=st.lists(texts, max_size=1).map(lambda some: tuple(filter(None, map(tag, some)))),
    location=st.lists(beginnings, max_size=1).map(lambda some: tuple(words(" ".join(some)))),
    category=st.sampled_from([(), (), ("mu",), ("dance",), ("michezo",)]),
    category_id=st.sampled_from([None, None, 1, 2, 3]),
    min_price=st.none() | st.integers(0, 10),
    max_price=st.none() | st.integers(0, 10),
)


def looked_through(everything: list[Event], wanted: Wanted) -> list[str]:
    """Every event looked at, in plain words, without an index."""
    return [
        event.id
        for event in sorted(everything, key=lambda one: (one.starts_at, one.id))
        if is_wanted(event, wanted)
    ]


def is_wanted(event: Event, wanted: Wanted) -> bool:
    category = CATEGORIES.get(event.category_id, "")
    price = event.prices.get("regular")
    priced = wanted.min_price is not None or wanted.max_price is not None
    return all(
        [
            event.ends_at > wanted.since,
            wanted.until is None or event.starts_at <= wanted.until,
            wanted.category_id in (None, event.category_id),
            not priced or price is not None,
            price is None or wanted.min_price is None or price >= wanted.min_price,
            price is None or wanted.max_price is None or price <= wanted.max_price,
            set(wanted.tags) <= {" ".join(words(one)) for one in event.tags},
            begin(wanted.words, [event.name, *event.tags, event.location, category]),
            begin(wanted.location, [event.location]),
            begin(wanted.category, [category]),
        ]
    )


def begin(parts, texts: list[str]) -> bool:
    present = [word for text in texts for word in [*words(text), *words(text.replace("'", " "))]]
    return all(any(word.startswith(part) for word in present) for part in parts)


class Memory:
    """The index in memory, in place of the tables; counts what is read."""

    def __init__(self, everything: list[Event]) -> None:
        self.lists: dict[str, list[Posting]] = defaultdict(list)
        self.months: dict[str, set[str]] = defaultdict(set)
        self.counts: dict[str, int] = defaultdict(int)
        for event in everything:
            profile = postings.profile_of(event, CATEGORIES.get(event.category_id, ""))
            place = postings.place_of(event.starts_at, event.id)
            for term in profile.terms:
                key = postings.key_of(term, place)
                self.lists[key].append(Posting(key, place, **postings.fields_of(profile)))
                self.months[term].add(place[:7])
                self.counts[term] += 1
        self.reads: list[int] = []

    def read_terms(self, names):
        return {
            name: SimpleNamespace(months=self.months[name], events=self.counts[name])
            for name in names
            if self.months[name]
        }

    def read(self, term, month, lower, upper, most):
        there = sorted(self.lists[f"{term}#{month}"], key=lambda one: one.place)
        fit = [one for one in there if lower <= one.place <= upper]
        self.reads.append(len(fit[:most]))
        return fit[:most], len(fit) > most


@pytest.fixture(scope="module")
def patch():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "MOST_POSTINGS", 7)
        patch.setattr(searching, "MOST_QUERIES", 3)
        patch.setattr(searching, "_on_show", lambda ids, at: list(ids))
        yield patch


@settings(max_examples=400, deadline=None)
@given(st.lists(events, max_size=25, unique_by=lambda one: one.id), searches, st.integers(1, 5))
def test_the_postings_find_what_looking_at_every_event_finds_each_once(patch, everything, wanted, limit):
    memory = Memory(everything)
    patch.setattr(searching.postings, "read_terms", memory.read_terms)
    patch.setattr(searching.postings, "read", memory.read)

    found, after, pages = [], None, 0
    while pages == 0 or after:
        memory.reads.clear()
        page = searching.search(wanted, Page(limit, after), NOW)
        assert len(page.items) <= limit
        assert sum(memory.reads) <= 7
        assert len(memory.reads) <= 3
        found += page.items
        after, pages = page.after, pages + 1

    assert found == looked_through(everything, wanted)


def test_the_rarest_term_is_read():
    many = [
        Event(id=f"{n:032x}", name="Jazz", tags=[], location="Nairobi", starts_at=NOW, ends_at=NOW)
        for n in range(9)
    ]
    one = Event(id="f" * 32, name="Taarab", tags=[], location="Nairobi", starts_at=NOW, ends_at=NOW)
    memory = Memory([*many, one])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching.postings, "read_terms", memory.read_terms)
        walk = searching._begun(Wanted(since=NOW, words=("nairobi", "ta")), None)

    assert walk.term == "ta"
    assert replace(walk, term="").lower < postings.place_of(NOW)


def test_a_word_that_no_event_has_ends_the_search_at_once():
    memory = Memory([])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching.postings, "read_terms", memory.read_terms)
        page = searching.search(Wanted(since=NOW, words=("jazz",)), Page(), NOW)

    assert (list(page.items), page.after, memory.reads) == ([], None, [])
