"""Rebuilding the search's index from the events, while the service runs: for a person at a terminal.

`python -m chalicelib.catalog.rebuilding` reads every event and writes its postings anew, deletes postings
that no event accounts for, and counts the terms again. It may be stopped and started at any time.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final, TextIO

from chalicelib.catalog import indexing, postings
from chalicelib.catalog.index_models import Entry, Posting, Term
from chalicelib.catalog.models import Event

#: Seconds between two lines of progress.
_PROGRESS_SECONDS: Final = 5.0


def rebuild(out: TextIO) -> tuple[int, int]:
    """Rebuild the index, telling of it as it goes; returns how many events and stray postings there were.

    What is changed meanwhile is indexed as always; neither disturbs the other.
    """
    events, noted = 0, set[tuple[str, str]]()
    # By their ids alone: the indexer reads each event as it then is.
    for event in _told("events", Event.scan(attributes_to_get=["id"]), out):
        indexing.index(event.id, noted)
        events += 1
    strays, found, entries = 0, Counter[str](), dict[str, indexing.Posted]()
    for posting in _told("postings", Posting.scan(attributes_to_get=["key", "place"]), out):
        term = posting.key.rpartition("#")[0]
        if _is_known(term, posting.place, entries):
            found[term] += 1
        else:
            postings.erase({posting.place: [term]})
            indexing.index(postings.event_id_of(posting.place), noted)  # should it just have been wanted
            strays += 1
    for item in _told("terms", Term.scan(), out):
        item.update(actions=[Term.events.set(found[item.term])])
    return events, strays


def _is_known(term: str, place: str, entries: dict[str, indexing.Posted]) -> bool:
    """Whether an event's entry accounts for a posting. Entries are kept, and read again before a no."""
    event_id = postings.event_id_of(place)
    if term in entries.get(event_id, {}).get(place, []):
        return True
    try:
        entries[event_id] = indexing.posted_in(Entry.get(event_id, consistent_read=True))
    except Entry.DoesNotExist:
        entries[event_id] = {}
    return term in entries[event_id].get(place, [])


def _told(what: str, items: Iterable[Any], out: TextIO) -> Iterator[Any]:
    """The items, with a line now and then that says how far they have been gone through."""
    began = told = time.monotonic()
    number = 0
    for number, item in enumerate(items, 1):
        yield item
        if time.monotonic() - told >= _PROGRESS_SECONDS:
            told = time.monotonic()
            print(f"{what}: {number:,}, {number / (told - began):,.0f} a second", file=out, flush=True)
    print(f"{what}: {number:,}, done in {time.monotonic() - began:.1f} s", file=out, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Rebuild; exits 0 when all of it is done."""
    parser = argparse.ArgumentParser(description="Rebuild the search's index from the events.")
    parser.parse_args(arguments)
    events, strays = rebuild(sys.stdout)
    print(f"{events:,} events are indexed; {strays:,} stray postings are gone.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
