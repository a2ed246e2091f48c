"""The index follows the events, whatever is lost, doubled, late or dies; on moto and on ministack."""

import io
from datetime import UTC, datetime, timedelta

import botocore.client
import pytest
from botocore.exceptions import ClientError

from chalicelib.catalog import categories, changes, indexing, postings, rebuilding, searching, touring
from chalicelib.catalog.index_models import DUE, Entry, Posting, Term
from chalicelib.catalog.matching import Wanted
from chalicelib.catalog.models import CATEGORY, LISTED, Category, Event, Stock
from chalicelib.catalog.words import words
from chalicelib.core import queues
from chalicelib.core.dynamo import transact
from chalicelib.web.paging import Page

SOON = datetime(2026, 12, 24, 16, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def messages_come_at_once(monkeypatch):
    monkeypatch.setattr(changes, "_SETTLE_SECONDS", 0)


@pytest.fixture
def index(store, clock) -> "Index":
    return Index(clock)


class Index:
    """The search's index, and events that are written as their organizers write them."""

    def __init__(self, clock) -> None:
        self.clock = clock

    def has(self, event_id: str = "e1", **more) -> None:
        """An event is written or changed; nobody has heard of it yet."""
        event = an_event(event_id, **more)
        stock = Stock(f"{event_id}#0", on_sale=True, remaining={"shared": 5}, held={}, sold={}, revenue={})

        def fill(writing) -> None:
            writing.save(event)
            writing.save(stock)
            changes.note(writing, event_id, self.clock())

        transact(fill)

    def loses(self, event_id: str = "e1") -> None:
        """An event is deleted."""

        def fill(writing) -> None:
            writing.delete(Event(event_id))
            changes.note(writing, event_id, self.clock())

        transact(fill)

    def finds(self, text: str = "", **more) -> list[str]:
        wanted = Wanted(since=self.clock(), words=tuple(words(text)), **more)
        return [shown.event.id for shown in searching.search(wanted, Page(100), self.clock()).items]

    def holds(self) -> list[tuple]:
        """Everything there is in it, without what belongs to the moment."""
        held = [(one.key, one.place, one.words, one.price, one.ends_at) for one in Posting.scan()]
        return sorted(held, key=str)

    def counts(self) -> dict[str, int]:
        return {term.term: int(term.events) for term in Term.scan() if term.events}


def an_event(event_id: str, **more) -> Event:
    given = {
        "user_id": "u1",
        "organizer_ids": ["u1"],
        "name": "Jazz night",
        "location": "Lamu",
        "starts_at": SOON,
        "ends_at": SOON + timedelta(hours=3),
        "early_booking_ends_at": SOON,
        "timezone": "Africa/Nairobi",
        "prices": {"regular": 100},
        "capacity": 5,
        "status": "published",
        "listing": LISTED,
        "created_at": SOON,
    }
    return Event(event_id, **(given | more))


def test_an_event_has_a_posting_for_each_term(index):
    index.has()
    indexing.index("e1")

    assert {one.key for one in Posting.scan()} == {
        f"{term}#2026-12"
        for term in ("ja", "jaz", "jazz", "ni", "nig", "nigh", "night", "la", "lam", "lamu", "*")
    }
    assert {one.place for one in Posting.scan()} == {"2026-12-24T16:00:00.000000Z#e1"}


def test_indexing_again_changes_nothing(index):
    index.has()
    indexing.index("e1")
    held, counts = index.holds(), index.counts()

    for _ in range(3):
        indexing.index("e1")
    index.has()  # written again, as it was
    indexing.index("e1")

    assert index.holds() == held
    assert index.counts() == counts


def test_an_index_that_is_right_is_not_written(index, monkeypatch):
    index.has()
    indexing.index("e1")
    written = []
    monkeypatch.setattr(postings, "write", lambda *given: written.append(given))

    indexing.index("e1")

    assert written == []


@pytest.mark.parametrize(
    ("change", "finds", "no_more"),
    [
        ({"name": "Taarab night"}, "taarab", "jazz"),
        ({"location": "Mombasa"}, "momb", "lamu"),
        ({"tags": ["ng'ombe"]}, "ngombe", "cattle"),
        ({"starts_at": SOON + timedelta(days=40), "ends_at": SOON + timedelta(days=41)}, "jazz", "rock"),
        ({"starts_at": SOON + timedelta(hours=1)}, "jazz", "rock"),
    ],
)
def test_after_a_change_the_index_is_as_if_it_had_always_been_so(index, change, finds, no_more):
    index.has("e1")
    indexing.index("e1")
    index.has("e1", **change)
    indexing.index("e1")
    changed, counts = index.holds(), index.counts()
    assert index.finds(finds) == ["e1"]
    assert index.finds(no_more) == []

    index.loses("e1")
    indexing.index("e1")
    assert index.holds() == []
    assert index.counts() == {}
    index.has("e1", **change)
    indexing.index("e1")

    assert index.holds() == changed
    assert index.counts() == counts


def test_a_price_that_changes_is_filtered_by_as_it_is(index):
    index.has(prices={"regular": 100})
    indexing.index("e1")
    index.has(prices={"regular": 900})
    indexing.index("e1")

    assert index.finds("jazz", min_price=500) == ["e1"]


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_what_is_not_published_any_more_is_not_found(index, status):
    index.has()
    indexing.index("e1")
    index.has(status=status, listing=None)
    assert index.finds() == []  # before it is indexed, too
    indexing.index("e1")

    assert index.holds() == []


def test_an_event_that_was_deleted_leaves_the_index(index):
    index.has()
    indexing.index("e1")
    index.loses()
    assert index.finds() == []
    indexing.index("e1")

    assert index.holds() == []
    assert Entry.get("e1").lapses_at


def test_a_lost_message_is_made_up_for_by_the_schedule(index, clock):
    index.has()
    assert index.finds("jazz") == []
    clock.passes(seconds=10)
    assert indexing.repair() == 0  # the message may still come
    clock.passes(seconds=10)

    assert indexing.repair() == 1
    assert index.finds("jazz") == ["e1"]
    assert indexing.repair() == 0


def test_a_queue_that_fails_does_not_fail_the_change(index, monkeypatch, clock):
    def fails(*given):
        raise ClientError({"Error": {"Code": "InternalError", "Message": ""}}, "SendMessage")

    monkeypatch.setattr(queues, "send", fails)
    index.has()

    changes.announce("e1")

    clock.passes(minutes=1)
    indexing.repair()
    assert index.finds("jazz") == ["e1"]


def test_a_message_for_an_event_that_never_was_is_harmless(index):
    indexing.index("nothing")

    assert index.holds() == []


def test_an_event_that_changes_while_it_is_indexed_is_indexed_again(index, monkeypatch):
    """The second message comes while the first is being worked on, and finds the event taken."""
    index.has(name="Jazz night")
    write, times = postings.write, []

    def slowly(*given):
        times.append(given)
        if len(times) == 1:
            index.has(name="Taarab night")
            indexing.index("e1")  # gives up at once
        write(*given)

    monkeypatch.setattr(postings, "write", slowly)
    indexing.index("e1")

    assert len(times) == 2
    assert index.finds("taarab") == ["e1"]
    assert index.finds("jazz") == []
    assert "ja" not in index.counts()


def test_a_change_that_comes_after_the_event_was_read_is_not_overlooked(index, monkeypatch):
    index.has(name="Jazz night")
    profile, times = indexing._profile, []

    def slowly(event):
        known = profile(event)
        times.append(event)
        if len(times) == 1:
            index.has(name="Taarab night")
        return known

    monkeypatch.setattr(indexing, "_profile", slowly)
    indexing.index("e1")

    assert index.finds("taarab") == ["e1"]
    assert index.finds("jazz") == []


def test_a_change_whose_note_is_missing_is_seen_by_its_message(index, monkeypatch):
    index.has(name="Jazz night")
    write, times = postings.write, []

    def slowly(*given):
        times.append(given)
        if len(times) == 1:
            an_event("e1", name="Taarab night").save()
            indexing.index("e1")
        write(*given)

    monkeypatch.setattr(postings, "write", slowly)
    indexing.index("e1")

    assert index.finds("taarab") == ["e1"]


def test_an_indexer_that_dies_anywhere_leaves_nothing_wrong(index, monkeypatch, clock):
    later = SOON + timedelta(days=10)
    calls, died = 0, True
    while died:
        calls += 1
        event = f"e{calls:02}"
        index.has(event, name="Jazz", location="Lamu")
        indexing.index(event)
        index.has(event, name="Rock", location="Lamu", starts_at=later, ends_at=later + timedelta(hours=1))

        died = dies_at(monkeypatch, event, calls)
        clock.passes(minutes=1)
        indexing.repair()

        assert index.finds("jazz") == []
        assert event in index.finds("rock")
        assert {one.key for one in Posting.scan() if one.place.endswith(event)} == {
            f"{term}#2027-01" for term in ("ro", "roc", "rock", "la", "lam", "lamu", "*")
        }
        assert Entry.get(event).claim is None
    assert calls > 15


def dies_at(monkeypatch, event_id: str, number: int) -> bool:
    """Index, in a process that dies before its so-many-th call to DynamoDB; says whether it came so far."""
    call, calls = botocore.client.BaseClient._make_api_call, []

    def dying(self, operation, parameters):
        calls.append(operation)
        if len(calls) == number:
            raise KeyboardInterrupt
        return call(self, operation, parameters)

    with monkeypatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", dying)
        try:
            indexing.index(event_id)
        except KeyboardInterrupt:
            return True
    return False


def test_an_event_that_has_ended_leaves_the_index_and_the_list(index, clock):
    index.has()
    indexing.index("e1")
    clock.at = SOON + timedelta(hours=3)

    assert indexing.repair() == 1

    assert index.holds() == []
    assert Event.get("e1").listing is None
    assert list(Entry.by_due.query(DUE)) == []


def test_an_event_whose_end_is_put_off_comes_back_to_the_list(index, clock):
    index.has()
    clock.at = SOON + timedelta(hours=3)
    indexing.index("e1")
    Event("e1").update(actions=[Event.ends_at.set(SOON + timedelta(hours=9))])
    indexing.index("e1")

    assert Event.get("e1").listing == LISTED
    assert index.finds("jazz") == ["e1"]


def test_one_that_cannot_be_indexed_does_not_keep_others_waiting(index, clock, monkeypatch):
    for number in range(3):
        index.has(f"e{number}")
    follow = indexing._follow

    def fails(entry, anew):
        if entry.subject == "e1":
            raise RuntimeError
        return follow(entry, anew)

    monkeypatch.setattr(indexing, "_follow", fails)
    clock.passes(minutes=1)

    assert indexing.repair() == 2
    assert index.finds("jazz") == ["e0", "e2"]


def test_a_renamed_category_is_found_by_its_new_name(index, clock, monkeypatch):
    monkeypatch.setattr(touring, "_AT_A_TIME", 2)
    number = int(categories.create("Muziki", clock()).id)
    for one in range(5):
        month = timedelta(days=40 * one)
        index.has(f"e{one}", category_id=number, starts_at=SOON + month, ends_at=SOON + month)
        indexing.index(f"e{one}")
    Category.get(CATEGORY, number).update(actions=[Category.name.set("Taarab")])

    changes.reindex_category(number, clock())
    works_off(indexing.index_message)

    assert index.finds("muziki") == []
    assert index.finds("taarab") == [f"e{one}" for one in range(5)]
    assert index.finds(category_id=number) == [f"e{one}" for one in range(5)]


def test_a_rename_whose_message_is_lost_is_made_up_for(index, clock):
    number = int(categories.create("Muziki", clock()).id)
    index.has(category_id=number)
    indexing.index("e1")
    Category.get(CATEGORY, number).update(actions=[Category.name.set("Taarab")])
    changes.reindex_category(number, clock())
    works_off(lambda body: None)

    clock.passes(minutes=1)
    indexing.repair()
    works_off(indexing.index_message)

    assert index.finds("taarab") == ["e1"]


def works_off(handle) -> None:
    """Take every message of the queue."""
    sqs = queues._client()
    url = queues._url(queues.EVENT_CHANGES.name)
    while messages := sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", []):
        for message in messages:
            handle(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_a_rebuild_brings_back_what_was_lost_and_takes_away_what_should_not_be(index, clock):
    for number in range(4):
        index.has(f"e{number}", name=f"Jazz {number}x")
        indexing.index(f"e{number}")
    held, counts = index.holds(), index.counts()
    lost = next(iter(Posting.scan()))
    lost.delete()
    for term in Term.scan():
        term.delete()
    Entry.get("e2").delete()
    stray = postings.place_of(SOON, "gone")
    postings.write(stray, ["jazz"], postings.profile_of(an_event("gone"), ""))
    said = io.StringIO()

    events, strays = rebuilding.rebuild(said)

    assert (events, strays) == (4, 1)
    assert index.holds() == held
    assert index.counts() == counts
    assert index.finds("jazz") == ["e0", "e1", "e2", "e3"]
    assert "events: 4, done in" in said.getvalue()
    assert "postings: 33, done in" in said.getvalue()


def test_the_rebuild_command_says_what_it_did(aws, clock, capsys):
    assert rebuilding.main([]) == 0

    assert capsys.readouterr().out.splitlines()[-1] == "0 events are indexed; 0 stray postings are gone."
