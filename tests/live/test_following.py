"""Pages come, follow events, and go."""

import pytest

from chalicelib.live import limits
from chalicelib.live.models import Connection, Subscription, Watched

ELSEWHERE = "0" * 32


def test_who_follows_an_event_is_told_at_once_what_is_left(wire, organizer):
    event = organizer.event(available_tickets=50)
    shown = wire.town.asks("GET", f"/events/{event['id']}/availability").body

    heard = wire.opens().follows(event["id"])

    assert heard == [shown]
    assert set(shown) >= {"event_id", "available_tickets", "ticket_types", "version"}
    assert shown["available_tickets"] == 50


def test_to_follow_again_tells_again(wire, organizer):
    event = organizer.event()
    page = wire.opens()

    page.follows(event["id"])
    heard = page.follows(event["id"])

    assert len(heard) == 1
    assert Subscription.count(event["id"]) == 1


def test_nobody_hears_of_a_draft_or_of_what_is_no_event(wire, organizer):
    draft = organizer.event(status="draft")
    page = wire.opens()

    for event_id in (draft["id"], ELSEWHERE):
        (refusal,) = page.follows(event_id)
        assert (refusal["code"], refusal["event_id"]) == ("not_found", event_id)
        assert not Subscription.count(event_id)

    assert not list(Watched.scan())


def test_an_event_that_is_taken_down_is_followed_no_more(wire, organizer):
    event = organizer.event()
    wire.opens().follows(event["id"])
    organizer.asks("PATCH", f"/events/{event['id']}", {"status": "draft"})
    page = wire.opens()

    assert organizer.asks("DELETE", f"/events/{event['id']}").status == 204
    (refusal,) = page.follows(event["id"])

    assert refusal["code"] == "not_found"
    assert page.id not in {one.connection_id for one in Subscription.query(event["id"])}
    assert not Connection.get(page.id).events


def test_a_ping_is_answered(wire):
    assert wire.opens().says({"action": "ping"}) == [{"action": "pong"}]


def test_who_unsubscribes_hears_no_more(wire, organizer):
    event = organizer.event()
    page = wire.opens()
    page.follows(event["id"])

    assert page.says({"action": "unsubscribe", "event_id": event["id"]}) == []
    assert page.says({"action": "unsubscribe", "event_id": ELSEWHERE}) == []

    organizer.buys(event)
    wire.changed(event["id"])
    wire.tells(2)
    assert len(page.heard) == 1
    assert not Subscription.count(event["id"])


def test_who_leaves_is_forgotten_with_all_that_was_followed(wire, organizer):
    events = [organizer.event(name=f"Event {number}") for number in range(3)]
    page, other = wire.opens(), wire.opens()
    for event in events:
        page.follows(event["id"])
        other.follows(event["id"])

    page.leaves()
    page.leaves()  # API Gateway may tell it twice

    assert [one.id for one in Connection.scan()] == [other.id]
    assert {one.connection_id for one in Subscription.scan()} == {other.id}


@pytest.mark.parametrize(
    "message",
    [
        "",
        "hello",
        "[]",
        "null",
        "1" * 400,
        "[" * 1_000,
        {"action": "subscribe"},
        {"action": "subscribe", "event_id": ""},
        {"action": "subscribe", "event_id": 7},
        {"action": "subscribe", "event_id": ["a"]},
        {"action": "SUBSCRIBE", "event_id": ELSEWHERE},
        {"action": {"ping": 1}},
        {"event_id": ELSEWHERE},
        {"action": "subscribe", "event_id": "\ud800"},
        {"action": "unsubscribe", "event_id": "\ud800"},
    ],
    ids=lambda message: ascii(message)[:40],
)
def test_what_makes_no_sense_is_told_what_would(wire, message):
    page = wire.opens()

    (refusal,) = page.says(message)

    assert refusal["code"] == "bad_request"
    assert '{"action": "subscribe"' in refusal["message"]
    assert page.open


def test_a_message_that_is_too_long_closes_the_connection(wire):
    page = wire.opens()

    (refusal,) = page.says({"action": "ping", "more": "ä" * (limits.MESSAGE_BYTES // 2)})

    assert refusal["code"] == "too_large"
    assert not page.open


def test_a_connection_follows_so_many_events(wire, organizer, monkeypatch):
    monkeypatch.setattr(limits, "EVENTS", 2)
    first, second, third = [organizer.event(name=f"Event {number}")["id"] for number in range(3)]
    page = wire.opens()
    page.follows(first)
    page.follows(second)

    (refusal,) = page.follows(third)
    assert (refusal["code"], refusal["event_id"]) == ("conflict", third)
    assert page.follows(first)[0]["event_id"] == first  # one that it follows is no more

    page.says({"action": "unsubscribe", "event_id": first})
    assert page.follows(third)[0]["event_id"] == third


def test_a_connection_that_asks_too_often_is_closed(wire, monkeypatch):
    monkeypatch.setattr(limits, "MESSAGES", 3)
    page = wire.opens()
    for message in ("nonsense", {"action": "ping"}, {"action": "ping"}):
        page.says(message)

    (refusal,) = page.says({"action": "ping"})

    assert refusal["code"] == "rate_limited"
    assert not page.open


def test_an_address_has_so_many_connections(wire, monkeypatch):
    monkeypatch.setattr(limits, "PER_ADDRESS", 2)
    first = wire.opens("197.232.1.1")
    wire.opens("197.232.1.1")

    assert not wire.opens("197.232.1.1").open
    assert wire.opens("197.232.1.2").open
    first.leaves()
    assert wire.opens("197.232.1.1").open


def test_connections_that_api_gateway_has_closed_count_no_more(wire, monkeypatch):
    monkeypatch.setattr(limits, "PER_ADDRESS", 1)
    wire.opens()
    assert not wire.opens().open

    wire.town.clock.passes(hours=3)

    assert wire.opens().open


def test_addresses_are_not_kept(wire):
    page = wire.opens("197.232.1.1")

    kept = Connection.get(page.id).to_simple_dict(force=True)

    assert "197.232" not in str(kept)


def test_a_message_of_a_connection_that_is_gone_does_nothing(wire, organizer):
    event = organizer.event()
    page = wire.opens()
    page.leaves()

    assert page.follows(event["id"]) == []
    assert not list(Subscription.scan())
    assert not list(Connection.scan())


def test_a_page_that_was_forgotten_and_speaks_is_closed(wire):
    """So that it connects again, rather than wait for answers."""
    page = wire.opens()
    Connection(page.id).delete()

    page.says({"action": "ping"})

    assert not page.open


def test_a_page_that_cannot_be_answered_is_closed(wire, organizer):
    event = organizer.event()
    page = wire.opens()
    page.lost = 1

    assert page.follows(event["id"]) == []

    assert not page.open
