"""What reads of the catalogue cost does not depend on how many events are stored (docs/performance.md)."""

import pytest

from bench import catalog
from bench.capacity import metered
from bench.events import load, made
from chalicelib.catalog import stock
from chalicelib.catalog.index_models import Posting
from chalicelib.catalog.models import Event, Stock
from chalicelib.catalog.searching import MOST_POSTINGS


def costs(size: int) -> None:
    """Ask everything, and compare with what it may cost."""
    for question in catalog.QUESTIONS:
        meter, hits, _ = catalog.ask(question)
        calls, units = catalog.MOST[question.kind]
        assert len(meter.calls) <= calls, (size, question, meter)
        assert meter.units <= units, (size, question, meter)
        assert meter.items <= MOST_POSTINGS + 10 + 100, (size, question, meter)
        assert not {"Scan"} & set(meter.calls)
        if question.what in ("no words", "the list, first page"):
            assert hits == min(size, 50)


def test_reads_of_ten_events_stay_within_their_bounds(town):
    load(10, town.clock())

    costs(10)


def test_a_list_of_events_in_16_shards_costs_as_much_as_one_of_small_ones(town, clock):
    """But for one request in eight seconds, which counts the stock anew: 800 shards, by 100."""
    with Event.batch_write() as events, Stock.batch_write() as shards:
        for event in made(50, town.clock()):
            event.capacity, event.shards = 20_000, 16
            events.save(event)
            for shard in stock.first_stock(event):
                shards.save(shard)
    (question, *_) = catalog.QUESTIONS

    meter, hits, _ = catalog.ask(question)  # and once before, which makes the copies
    clock.passes(seconds=9)
    with metered() as anew:
        town.asks("GET", question.path)

    calls, units = catalog.MOST["list"]
    assert hits == 50
    assert len(meter.calls) <= calls, meter
    assert meter.units <= units, meter
    assert anew.calls.count("BatchGetItem") == 1 + 8
    assert anew.units <= units + 800, anew


@pytest.mark.stack
@pytest.mark.slow
def test_reads_of_300_events_stay_within_their_bounds(emulator, clock):
    load(300, clock())

    costs(300)


@pytest.mark.stack
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_reads_of_10000_events_stay_within_their_bounds(emulator, clock):
    load(10_000, clock())

    costs(10_000)


def test_what_is_loaded_is_what_the_indexer_writes(town):
    from chalicelib.catalog import indexing
    from chalicelib.catalog.models import Event

    load(3, town.clock())
    loaded = {(one.key, one.place): one.to_simple_dict() for one in Posting.scan()}
    for posting in Posting.scan():
        posting.delete()
    for event in Event.scan():
        indexing.index(event.id)

    assert {(one.key, one.place): one.to_simple_dict() for one in Posting.scan()} == loaded


def test_a_posting_is_small(town):
    load(20, town.clock())
    with metered() as meter:
        postings = list(Posting.scan())

    assert len(postings) / 20 < 70
    assert meter.units * 2 * 4096 / len(postings) < 500  # bytes each
