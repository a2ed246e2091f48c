"""10,000 pages follow one event, and many hands work at once, on the emulator."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.catalog.models import Stock
from chalicelib.core import clock, queues
from chalicelib.live import limits, sending, telling, watching
from chalicelib.live.models import Connection, Subscription, Watched
from devstack.demo_data import load
from tests.actors import Clock

pytestmark = pytest.mark.stack

PAGES, THREADS = 10_000, 32


class Crowd:
    """Stands for the management API: counts what each page is told; some are gone, one never answers."""

    def __init__(self, gone=(), lost=()):
        self.told = Counter()
        self.gone, self.lost = set(gone), set(lost)
        self.tried = 0

    def send(self, connection_id, text):
        self.tried += 1
        if connection_id in self.gone:
            return sending.Sent.GONE
        if connection_id in self.lost:
            return sending.Sent.FAILED
        self.told[connection_id] += 1
        return sending.Sent.OK


@pytest.fixture
def at(emulator):
    held = Clock()
    clock.set_clock(held)
    yield held
    clock.set_clock(None)


@pytest.fixture
def event_id(at):
    load()
    key = next(Stock.scan(limit=1)).key
    return key.rpartition("#")[0]


def follow(event_id, pages, at):
    lapses_at = int((at() + limits.LIFE).timestamp())
    with Connection.batch_write() as connections, Subscription.batch_write() as subscriptions:
        for page in pages:
            connections.save(Connection(page, address="a", events={event_id}, lapses_at=lapses_at))
            subscriptions.save(Subscription(event_id, page, lapses_at=lapses_at))
    watching.begin(event_id, at())


def works_off(waiting, crowd, at):
    """One message after the other; the most pages that one of them tried, and how many there were."""
    most = messages = 0
    while waiting:
        before, messages = crowd.tried, messages + 1
        telling.tell_message(waiting.pop(0), at)
        most = max(most, crowd.tried - before)
    return most, messages


@pytest.mark.slow
def test_ten_thousand_are_told_in_chunks_with_bounded_work(at, event_id, monkeypatch):
    pages = [f"page{number:05d}" for number in range(PAGES)]
    follow(event_id, pages, at)
    crowd, waiting = Crowd(gone=pages[:3], lost=pages[5_000:5_001]), []
    monkeypatch.setattr(sending, "send", crowd.send)
    monkeypatch.setattr(sending, "close", lambda _: None)
    monkeypatch.setattr(queues, "send", lambda _, body, delay_seconds=0: waiting.append(body))

    telling.ask(event_id)
    most, messages = works_off(waiting, crowd, at)

    assert most == limits.CHUNK
    assert (
        messages == 1 + PAGES // limits.CHUNK + 2
    )  # the first, the rest with an empty last one, two more tries
    assert set(crowd.told) == set(pages) - crowd.gone - crowd.lost
    assert set(crowd.told.values()) == {1}
    assert Subscription.count(event_id) == PAGES - 4
    told = Watched.get(event_id, consistent_read=True)
    assert told.version == telling.state(event_id, at()).version
    assert told.pause == limits.pause(PAGES)


def take_turns(event_id, at):
    with ThreadPoolExecutor(THREADS) as threads:
        taken = list(threads.map(lambda _: watching.take_turn(event_id, at()), range(THREADS)))
    return sum(isinstance(one, Watched) for one in taken)


def test_of_many_who_would_begin_a_round_one_does(at, event_id):
    watching.begin(event_id, at())

    began = limits.milliseconds(at())
    assert take_turns(event_id, at) == 1
    at.passes(milliseconds=limits.PAUSE)
    assert take_turns(event_id, at) == 0  # the round is not finished
    watching.finish(event_id, 1, began, version=1, pause=limits.PAUSE)
    assert take_turns(event_id, at) == 1


def test_without_the_condition_all_of_them_do(at, event_id, monkeypatch):
    """The control of the test above."""
    update = watching.dynamo.update

    def update_anyway(item, actions, condition):
        update(item, actions, Watched.lapses_at.exists())

    monkeypatch.setattr(watching.dynamo, "update", update_anyway)
    watching.begin(event_id, at())

    assert take_turns(event_id, at) == THREADS


def test_one_connection_follows_no_more_than_it_may_however_it_asks(at, event_id, monkeypatch):
    events = sorted({key.key.rpartition("#")[0] for key in Stock.scan()})
    assert len(events) > limits.EVENTS
    heard = []
    monkeypatch.setattr(sending, "send", lambda _, text: heard.append(text) or sending.Sent.OK)
    page = Connection("page", address="a", lapses_at=int((at() + limits.LIFE).timestamp()))
    page.save()
    from chalicelib.live import subscribing

    def asks(event_id):
        subscribing.hear("page", f'{{"action": "subscribe", "event_id": "{event_id}"}}', at())

    with ThreadPoolExecutor(len(events)) as threads:
        list(threads.map(asks, events))

    assert len(Connection.get("page", consistent_read=True).events) == limits.EVENTS
    assert sum(Subscription.count(event_id) for event_id in events) == limits.EVENTS
    assert len([text for text in heard if '"conflict"' in text]) == len(events) - limits.EVENTS
