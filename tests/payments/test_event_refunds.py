"""All that an event owes: asked by one call, some at a time, and counted."""

import json
from dataclasses import replace

import pytest

from chalicelib.core.settings import settings
from chalicelib.payments import audit, event_refunds, refunding
from chalicelib.payments.models import Payment, Refund

WHY = {"reason": "The event is cancelled."}


@pytest.fixture
def cancelled(organizer, buyer, safaricom, town):
    """A cancelled event with five payments of 2,000 each."""
    event = organizer.event()
    event["payments"] = []
    for number in range(5):
        event["payments"].append(buyer.buys(event))
        safaricom.calls_back(0, receipt=f"TKX000000{number}")
    organizer.asks("POST", f"/events/{event['id']}/cancel")
    town.unwinds()
    return event


def progress(who, event):
    answer = who.asks("GET", f"/events/{event['id']}/refunds")
    assert answer.status == 200, answer.body
    return {state: (one["count"], one["amount"]) for state, one in answer.body["refunds"].items()}


def starts(who, event):
    return who.asks("POST", f"/events/{event['id']}/refunds", WHY)


def test_cancelling_alone_reverses_nothing(cancelled, organizer, town, safaricom):
    assert town.refunds() == 0
    assert progress(organizer, cancelled) == {"due": (5, 10_000)}
    assert safaricom.reversals == []


def test_one_call_gives_everything_back(cancelled, organizer, town, safaricom):
    answer = starts(organizer, cancelled)
    town.refunds()
    while_sent = progress(organizer, cancelled)
    for number in range(5):
        safaricom.tells(0 if number else 1, reversal=number)

    assert (answer.status, answer.body["total"]) == (202, {"count": 5, "amount": 10_000})
    assert while_sent == {"sent": (5, 10_000)}
    assert progress(organizer, cancelled) == {"refused": (1, 2_000), "done": (4, 8_000)}
    assert {one.asked_by for one in Refund.scan()} == {organizer.id}
    assert audit.differences(Payment.scan()) == []


def test_a_second_call_asks_again_for_what_was_refused_and_for_nothing_else(
    cancelled, organizer, town, safaricom, clock
):
    starts(organizer, cancelled)
    town.refunds()
    for number in range(5):
        safaricom.tells(1 if number == 3 else 0, reversal=number)
    clock.passes(seconds=1)

    starts(organizer, cancelled)
    town.refunds()

    assert len(safaricom.reversals) == 6
    assert progress(organizer, cancelled) == {"sent": (1, 2_000), "done": (4, 8_000)}


def test_one_that_is_refused_while_a_call_is_worked_off_is_not_asked_again_by_it(
    cancelled, organizer, town, safaricom, clock
):
    starts(organizer, cancelled)
    message = {
        "event_id": cancelled["id"],
        "asked_by": organizer.id,
        "reason": "x",
        "asked_at": clock().isoformat(),
    }
    clock.passes(seconds=1)
    town.refunds()
    safaricom.tells(1, reversal=0)

    event_refunds.go_on(message, clock)
    town.refunds()

    assert len(safaricom.reversals) == 5


def test_a_call_is_worked_off_some_at_a_time(cancelled, organizer, town, safaricom, monkeypatch):
    monkeypatch.setattr(event_refunds, "_AT_ONCE", 2)

    starts(organizer, cancelled)
    messages = town.refunds()

    assert messages >= 5 + 3
    assert len(safaricom.reversals) == 5


def test_a_message_that_comes_again_asks_nobody_twice(cancelled, organizer, town, safaricom, clock):
    message = {
        "event_id": cancelled["id"],
        "asked_by": organizer.id,
        "reason": "x",
        "asked_at": clock().isoformat(),
    }
    for _ in range(3):
        event_refunds.go_on(dict(message), clock)
    town.refunds()

    assert len(safaricom.reversals) == 5


def test_one_that_fails_does_not_stop_the_others(cancelled, organizer, town, safaricom, monkeypatch, clock):
    real = refunding.ask_due

    def sometimes(payment, *given):
        if payment.id == cancelled["payments"][2]["id"]:
            raise OSError
        return real(payment, *given)

    monkeypatch.setattr(refunding, "ask_due", sometimes)
    starts(organizer, cancelled)
    town.refunds()

    assert progress(organizer, cancelled) == {"due": (1, 2_000), "sent": (4, 8_000)}


def test_above_the_limit_each_waits_for_a_second_person(cancelled, organizer, town, safaricom, monkeypatch):
    monkeypatch.setattr(refunding, "settings", lambda: replace(settings(), refund_approval=1_999))
    starts(organizer, cancelled)
    town.refunds()
    waiting = progress(organizer, cancelled)
    path = f"/payments/{cancelled['payments'][0]['id']}/refund/1/approve"

    alone, second = organizer.asks("POST", path), town.admin().asks("POST", path)
    town.refunds()

    assert waiting == {"awaiting_approval": (5, 10_000)}
    assert (alone.status, second.status) == (403, 202)
    assert progress(organizer, cancelled) == {"awaiting_approval": (4, 8_000), "sent": (1, 2_000)}
    assert Refund.get(cancelled["payments"][0]["id"], 1).asked_by == organizer.id


def test_what_cannot_be_reversed_stays_due(organizer, buyer, safaricom, town):
    event = organizer.event()
    payment = buyer.buys(event, 2)
    safaricom.calls_back(0)
    first = buyer.payment(payment)["tickets"][0]["id"]
    by_hand = {"reason": "Rain.", "method": "manual", "tickets": [first]}
    organizer.asks("POST", f"/payments/{payment['id']}/refund", by_hand)
    organizer.asks("POST", f"/events/{event['id']}/cancel")
    town.unwinds()

    starts(organizer, event)
    town.refunds()

    assert progress(organizer, event) == {"due": (1, 2_000), "manual": (1, 2_000)}


def test_only_the_events_organizers_see_and_start_it(cancelled, buyer, town):
    stranger = town.organizer("wafula")

    assert [starts(who, cancelled).status for who in (buyer, stranger, town.admin("otis"))] == [403, 403, 202]
    path = f"/events/{cancelled['id']}/refunds"
    assert [who.asks("GET", path).status for who in (buyer, stranger)] == [403, 403]
    assert stranger.asks("GET", "/events/nothing/refunds").status == 404


def test_without_an_initiator_it_is_refused(cancelled, organizer, monkeypatch):
    monkeypatch.setattr(event_refunds, "settings", lambda: replace(settings(), daraja_initiator=""))

    answer = starts(organizer, cancelled)

    assert (answer.status, "manual" in answer.body["message"]) == (409, True)


def test_a_call_wants_a_reason(cancelled, organizer):
    assert organizer.asks("POST", f"/events/{cancelled['id']}/refunds", {}).status == 422
    assert json.loads(starts(organizer, cancelled).raw)["event_id"] == cancelled["id"]
