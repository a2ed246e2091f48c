"""Rounds of telling: who hears what, how often, and what happens when something fails."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.live import limits, telling, watching
from chalicelib.live.models import Connection, Subscription, Watched


@pytest.fixture
def event(organizer):
    return organizer.event(available_tickets=50)


@pytest.fixture
def followers(wire, event):
    pages = [wire.opens() for _ in range(3)]
    for page in pages:
        page.follows(event["id"])
    return pages


def test_everybody_hears_of_a_change(wire, event, organizer, followers):
    organizer.buys(event, 2)
    wire.changed(event["id"])
    wire.tells()

    for page in followers:
        assert page.left == [50, 48]
        assert page.versions == sorted(set(page.versions))
    assert followers[0].heard[-1] == wire.town.asks("GET", f"/events/{event['id']}/availability").body


def test_what_nobody_follows_costs_one_look(wire, event, organizer):
    organizer.buys(event)
    wire.changed(event["id"])

    assert not wire.waiting


def test_records_that_come_twice_or_for_nothing_tell_nothing_twice(wire, event, organizer, followers):
    organizer.buys(event)
    wire.changed(event["id"], times=5)
    wire.tells(2)
    wire.changed(event["id"])
    wire.changed(event["id"])
    wire.tells(3)

    assert [page.left for page in followers] == [[50, 49]] * 3


def test_a_hot_sale_is_told_twice_a_second_at_most_and_ends_with_the_truth(wire, event, organizer, followers):
    for _ in range(40):
        organizer.buys(event)
        wire.changed(event["id"])
        wire.tells()
        wire.town.clock.passes(milliseconds=50)
    wire.tells(3)

    page = followers[0]
    assert page.left[-1] == 10
    assert len(page.heard) - 1 <= 2 * (40 * 0.05 + 3)
    assert page.versions == sorted(set(page.versions))


def test_every_change_after_a_round_began_makes_another(wire, event, organizer, followers):
    """The change comes after the round has read the stock, and while that is still being told."""
    organizer.buys(event)
    wire.changed(event["id"])
    ((body, _),) = wire.waiting
    wire.waiting.clear()
    wire.works_off(body)
    organizer.buys(event)
    wire.changed(event["id"])

    assert [delay for _, delay in wire.waiting] == [1]
    wire.tells(2)
    assert followers[0].left == [50, 49, 48]


def test_a_round_that_began_before_it_was_noted_does_not_hide_the_next_change(
    wire, event, organizer, followers, monkeypatch
):
    """The queue is faster than the one who put the message there: the round is over before that is noted."""
    organizer.buys(event)
    ask = telling.ask

    def ask_and_be_overtaken(event_id, *, wait=False):
        ask(event_id, wait=wait)
        wire.tells()

    with monkeypatch.context() as overtaken:
        overtaken.setattr(telling, "ask", ask_and_be_overtaken)
        wire.changed(event["id"])
    organizer.buys(event)
    wire.changed(event["id"])
    wire.tells(2)

    assert followers[0].left == [50, 49, 48]


def test_who_dies_between_asking_and_noting_has_asked(wire, event, organizer, followers, monkeypatch):
    organizer.buys(event)

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(watching, "expect", die)
        with pytest.raises(KeyboardInterrupt):
            wire.changed(event["id"])
    wire.changed(event["id"])  # Lambda brings the batch again
    wire.tells(2)

    assert followers[0].left == [50, 49]


def test_a_message_that_is_lost_is_asked_for_again(wire, event, organizer, followers):
    organizer.buys(event)
    wire.changed(event["id"])
    wire.waiting.clear()  # no queue does this; if one did …
    organizer.buys(event)
    wire.changed(event["id"])
    assert not wire.waiting  # … one round is waited for …

    wire.town.clock.passes(seconds=11)
    organizer.buys(event)
    wire.changed(event["id"])
    wire.tells()

    assert followers[0].left == [50, 47]  # … and then asked for


def test_records_that_were_lost_are_made_up_for_within_a_minute(wire, event, organizer, followers):
    organizer.buys(event, 3)

    wire.town.mends()
    wire.tells()
    assert followers[0].left == [50, 47]

    wire.town.clock.passes(minutes=1)
    wire.town.mends()
    wire.tells()
    assert followers[0].left == [50, 47]  # a round that has nothing new tells nobody


def test_a_round_does_not_begin_before_the_last_one_is_finished(wire, event, organizer, monkeypatch):
    """Else somebody could hear the newer number first."""
    monkeypatch.setattr(limits, "CHUNK", 1)
    pages = [wire.opens() for _ in range(2)]
    for page in pages:
        page.follows(event["id"])
    organizer.buys(event)
    wire.changed(event["id"])
    ((body, _),) = wire.waiting
    wire.waiting.clear()
    wire.works_off(body)
    ((rest, _),) = wire.waiting  # the second chunk is slow
    wire.waiting.clear()
    wire.town.clock.passes(seconds=2)
    organizer.buys(event)
    wire.changed(event["id"])
    wire.tells(2)
    assert [page.left for page in pages] == [[50, 49], [50]]

    wire.works_off(rest)
    wire.tells(2)

    assert [page.left for page in pages] == [[50, 49, 48], [50, 48, 48]]


def test_a_round_that_is_never_finished_holds_up_the_next_for_ten_seconds(
    wire, event, organizer, followers, monkeypatch
):
    organizer.buys(event)
    wire.changed(event["id"])
    with monkeypatch.context() as dying:
        dying.setattr(watching, "finish", lambda *_: None)
        wire.tells()
    organizer.buys(event)
    wire.changed(event["id"])
    wire.tells(9)
    assert followers[0].left == [50, 49]

    wire.tells(3)

    assert followers[0].left == [50, 49, 48]


def test_of_messages_that_wait_for_a_turn_one_stays(wire, event, organizer, followers):
    """Else each round would leave one more behind, as long as an event sells."""
    organizer.buys(event)
    wire.changed(event["id"])
    wire.tells()  # a round has just begun
    for _ in range(5):
        organizer.buys(event)
        telling.ask(event["id"])
    for body, _ in list(wire.waiting):
        wire.works_off(body)
    waiting = wire.waiting[5:]
    wire.waiting = waiting

    assert [delay for _, delay in waiting] == [1]
    wire.tells(2)
    assert followers[0].left == [50, 49, 44]
    assert not wire.waiting


def test_one_that_waits_and_died_is_not_waited_for(wire, event, organizer, followers):
    organizer.buys(event)
    wire.changed(event["id"])
    wire.tells()
    telling.ask(event["id"])
    wire.tells()
    ((_, delay),) = wire.waiting
    assert delay == 1
    wire.waiting.clear()  # no queue does this

    wire.town.clock.passes(seconds=6)
    organizer.buys(event)
    telling.ask(event["id"])
    wire.tells()

    assert followers[0].left == [50, 49, 48]


def test_chunks_of_a_round_that_was_given_up_end(wire, event, organizer, monkeypatch):
    monkeypatch.setattr(limits, "CHUNK", 1)
    pages = [wire.opens() for _ in range(3)]
    for page in pages:
        page.follows(event["id"])
    organizer.buys(event)
    wire.changed(event["id"])
    ((body, _),) = wire.waiting
    wire.waiting.clear()
    wire.works_off(body)
    ((rest, _),) = wire.waiting
    wire.waiting.clear()
    wire.town.clock.passes(seconds=30)
    organizer.buys(event)
    wire.changed(event["id"])
    wire.tells(1)
    assert [page.left[-1] for page in pages] == [48, 48, 48]

    calls = wire.calls
    wire.works_off(rest)

    assert wire.calls == calls
    assert not wire.waiting


def test_a_round_that_was_given_up_finishes_no_other(wire, event, organizer, followers, monkeypatch):
    """Else it would say that all know the older version, and let a third one begin before the second ends."""
    tell, others = telling._tell, [lambda: wire.tells()]

    def slowly(*told):
        tell(*told)
        if others:
            wire.town.clock.passes(seconds=30)
            organizer.buys(event)
            wire.changed(event["id"])
            others.pop()()

    monkeypatch.setattr(telling, "_tell", slowly)
    organizer.buys(event)
    wire.changed(event["id"])
    wire.tells()

    wire.town.clock.passes(minutes=1)
    wire.town.mends()
    wire.tells()
    assert [page.left for page in followers] == [[50, 49, 48]] * 3


def test_the_audience_is_read_as_it_is_now(wire, event, organizer, followers, monkeypatch):
    """A page that was answered just before a round began is told by it."""
    asked = []
    query = Subscription.query

    def note(*args, **more):
        asked.append(more.get("consistent_read"))
        return query(*args, **more)

    monkeypatch.setattr(Subscription, "query", note)
    organizer.buys(event)
    wire.changed(event["id"])
    wire.tells()

    assert asked == [True]


def test_a_round_that_died_is_held_again(wire, event, organizer, followers, monkeypatch):
    organizer.buys(event)
    wire.changed(event["id"])
    ((body, _),) = wire.waiting
    wire.waiting.clear()

    with monkeypatch.context() as dying:
        dying.setattr(telling, "_tell", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            wire.works_off(body)
    wire.town.clock.passes(minutes=1)
    wire.works_off(body)  # the queue brings it again

    assert [page.left for page in followers] == [[50, 49]] * 3


def test_those_who_are_gone_are_forgotten(wire, event, organizer, followers):
    followers[0].open = False  # and API Gateway did not say so
    organizer.buys(event)
    wire.changed(event["id"])
    wire.tells()

    assert {one.connection_id for one in Subscription.query(event["id"])} == {
        followers[1].id,
        followers[2].id,
    }
    assert {one.id for one in Connection.scan()} == {followers[1].id, followers[2].id}
    assert followers[1].left == [50, 49]


def test_a_subscription_without_its_connection_goes_too(wire, event, organizer, followers):
    """Whoever forgot the connection died before the end."""
    followers[0].open = False
    Connection(followers[0].id).delete()
    organizer.buys(event)
    wire.changed(event["id"])
    wire.tells()

    assert followers[0].id not in {one.connection_id for one in Subscription.query(event["id"])}


def test_one_who_cannot_be_reached_is_tried_again_and_delays_nobody(wire, event, organizer, followers):
    followers[0].lost = 2
    organizer.buys(event)
    wire.changed(event["id"])
    wire.tells()
    assert [page.left for page in followers] == [[50], [50, 49], [50, 49]]

    wire.tells(3)

    assert [page.left for page in followers] == [[50, 49]] * 3


def test_one_who_cannot_be_reached_at_all_is_closed(wire, event, organizer, followers):
    """So that the page sees it, connects again, and is told at once."""
    followers[0].lost = 100
    organizer.buys(event)
    wire.changed(event["id"])
    wire.tells(5)

    assert not followers[0].open
    assert followers[0].id not in {one.id for one in Connection.scan()}
    assert 100 - followers[0].lost == 3


def test_many_are_told_some_at_a_time_each_by_a_message_of_its_own(wire, event, organizer, monkeypatch):
    monkeypatch.setattr(limits, "CHUNK", 4)
    pages = [wire.opens() for _ in range(10)]
    for page in pages:
        page.follows(event["id"])
    organizer.buys(event)
    wire.changed(event["id"])

    before, most = wire.calls, 0
    while wire.waiting:
        ((body, _), *rest) = wire.waiting
        wire.waiting = rest
        wire.works_off(body)
        most, before = max(most, wire.calls - before), wire.calls

    assert [page.left for page in pages] == [[50, 49]] * 10
    assert most == 4


def test_a_chunk_that_comes_late_tells_what_is_true_then(wire, event, organizer, monkeypatch):
    monkeypatch.setattr(limits, "CHUNK", 1)
    pages = [wire.opens() for _ in range(2)]
    for page in pages:
        page.follows(event["id"])
    organizer.buys(event)
    wire.changed(event["id"])
    ((body, _),) = wire.waiting
    wire.waiting.clear()
    wire.works_off(body)
    organizer.buys(event)
    wire.tells()

    assert [page.left for page in pages] == [[50, 49], [50, 48]]


def test_a_round_that_was_not_finished_does_not_count_as_told(wire, event, organizer, monkeypatch):
    monkeypatch.setattr(limits, "CHUNK", 1)
    pages = [wire.opens() for _ in range(2)]
    for page in pages:
        page.follows(event["id"])
    organizer.buys(event)
    wire.changed(event["id"])
    ((body, _),) = wire.waiting
    wire.works_off(body)
    wire.waiting.clear()  # the second chunk is given up
    assert [page.left for page in pages] == [[50, 49], [50]]

    wire.town.clock.passes(minutes=1)
    wire.town.mends()
    wire.tells()

    assert pages[1].left == [50, 49]


def test_subscriptions_that_have_lapsed_are_not_told(wire, event, organizer, followers):
    wire.town.clock.passes(hours=2, minutes=30)
    later = wire.opens()
    later.follows(event["id"])
    calls = wire.calls
    organizer.buys(event)
    wire.changed(event["id"])
    wire.tells(2)

    assert later.left == [50, 49]
    assert wire.calls == calls + 1


def test_an_event_that_nobody_can_follow_any_more_is_left_alone(wire, event, organizer, followers):
    wire.town.clock.passes(hours=6)
    organizer.buys(event)
    wire.changed(event["id"])
    assert not wire.waiting

    wire.works_off({"event_id": event["id"]})  # asked for while it was followed
    assert not wire.waiting
    wire.town.mends()
    assert wire.tells(2) == 0
    assert followers[0].left == [50]


def test_an_event_that_lapsed_while_a_round_was_asked_for_stays_away(wire, event, organizer, followers):
    """One that came back without a time to lapse at would stay for good."""
    organizer.buys(event)
    wire.changed(event["id"])
    Watched(event["id"]).delete()  # as its time to live does
    wire.tells(2)

    assert not list(Watched.scan())


def test_a_crowd_does_not_write_the_event_it_follows(wire, event):
    wire.opens().follows(event["id"])
    before = Watched.get(event["id"]).to_simple_dict(force=True)
    wire.town.clock.passes(minutes=5)

    for _ in range(3):
        wire.opens().follows(event["id"])

    assert Watched.get(event["id"]).to_simple_dict(force=True) == before


def test_rounds_are_rarer_with_many(wire, event, organizer, followers, monkeypatch):
    monkeypatch.setattr(limits, "PAUSE_EACH", 2_000)  # three who are told stand for thousands
    organizer.buys(event)
    wire.changed(event["id"])
    wire.tells()  # how many there are is known after a round

    for _ in range(6):
        wire.town.clock.passes(seconds=1)
        organizer.buys(event)
        wire.changed(event["id"])
        wire.tells()
    wire.tells(8)

    assert followers[0].left[-1] == 43
    assert len(followers[0].heard) <= 5


@given(st.integers(0, 1_000_000))
def test_the_pause_is_half_a_second_at_least_and_grows(audience):
    assert limits.pause(audience) >= 500
    assert limits.pause(audience + 1) >= limits.pause(audience)
    assert limits.pause(10_000) == 5_000


def becomes(organizer, event, status):
    assert organizer.asks("PATCH", f"/events/{event['id']}", {"status": status}).status == 200


def said(page):
    """What a page has heard: numbers, and codes of what it was refused."""
    return [message.get("code", message.get("available_tickets")) for message in page.heard]


@pytest.mark.parametrize("how", ["draft", "delete"])
def test_an_event_that_is_taken_down_is_told_once(wire, event, organizer, followers, how):
    if how == "draft":
        becomes(organizer, event, "draft")
    else:
        assert organizer.asks("DELETE", f"/events/{event['id']}").status == 204
    followers[0].lost = 1
    wire.changed(event["id"], times=3)
    wire.tells(2)
    for _ in range(2):
        telling.ask(event["id"])  # the queue may bring it twice
        wire.town.mends()
        wire.tells(2)

    assert [said(page) for page in followers] == [[50, "not_found"]] * 3
    for page in followers:
        assert page.heard[-1].keys() == {"code", "message", "event_id"}
        assert page.heard[-1]["event_id"] == event["id"]
        assert page.open


def test_an_event_that_comes_back_is_told_without_waiting_for_a_turn_that_died(
    wire, event, organizer, followers
):
    becomes(organizer, event, "draft")
    wire.changed(event["id"])
    wire.tells()
    wire.town.clock.passes(seconds=1)

    becomes(organizer, event, "published")
    wire.changed(event["id"])
    wire.tells()
    assert [said(page) for page in followers] == [[50, "not_found", 50]] * 3

    wire.town.clock.passes(seconds=1)
    organizer.buys(event)
    wire.changed(event["id"])
    wire.tells()
    assert [said(page) for page in followers] == [[50, "not_found", 50, 49]] * 3


def test_who_came_between_two_times_that_it_was_taken_down_is_told(wire, event, organizer, followers):
    becomes(organizer, event, "draft")
    wire.changed(event["id"])
    wire.tells()
    becomes(organizer, event, "published")
    later = wire.opens()
    later.follows(event["id"])
    becomes(organizer, event, "draft")
    wire.changed(event["id"])  # one round for both
    wire.tells(2)

    assert said(later) == [50, "not_found"]


def test_an_event_that_comes_back_while_that_is_told_ends_with_its_numbers(
    wire, event, organizer, monkeypatch
):
    monkeypatch.setattr(limits, "CHUNK", 1)
    pages = [wire.opens() for _ in range(3)]
    for page in pages:
        page.follows(event["id"])
    becomes(organizer, event, "draft")
    wire.changed(event["id"])
    ((body, _),) = wire.waiting
    wire.waiting.clear()
    wire.works_off(body)
    assert len(wire.waiting) == 1  # the others are told by a message of their own
    becomes(organizer, event, "published")
    wire.changed(event["id"])
    wire.tells(3)

    assert [said(page) for page in pages] == [[50, "not_found", 50], [50, 50, 50], [50, 50, 50]]


def test_a_round_that_died_while_it_told_of_the_end_is_held_again(
    wire, event, organizer, followers, monkeypatch
):
    becomes(organizer, event, "draft")
    wire.changed(event["id"])
    ((body, _),) = wire.waiting
    wire.waiting.clear()
    with monkeypatch.context() as dying:
        dying.setattr(telling, "_tell", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            wire.works_off(body)
    wire.town.clock.passes(minutes=1)
    wire.works_off(body)  # the queue brings it again

    assert [said(page) for page in followers] == [[50, "not_found"]] * 3


def test_what_lambda_says_of_a_batch_that_failed_may_be_put_back_on_the_queue(wire, event, followers):
    """It is among the dead letters of the same queue; source: "Using AWS Lambda with Amazon DynamoDB"."""
    about = {"shardId": "shardId-0001", "batchSize": 3, "startSequenceNumber": "1", "endSequenceNumber": "3"}
    wire.works_off({"requestContext": {"condition": "RetryAttemptsExhausted"}, "DDBStreamBatchInfo": about})

    assert wire.tells() == 0
    assert [page.left for page in followers] == [[50]] * 3


def test_nothing_private_is_told(wire, event, organizer, followers):
    organizer.buys(event, phone="254708374149")
    wire.changed(event["id"])
    wire.tells()

    told = followers[0].heard[-1]
    assert set(told) == {"event_id", "available_tickets", "ticket_types", "currency", "version"}
    assert {key for kind in told["ticket_types"].values() for key in kind} == {
        "label",
        "price",
        "available",
        "on_sale",
    }


def test_a_connection_outlives_neither_its_event_nor_the_watch(wire):
    assert watching._WATCHED_FOR > 2 * limits.LIFE
    assert timedelta(hours=2) < limits.LIFE
