"""Pushes that wait for their turn."""

import pytest

from chalicelib.payments import prompting
from chalicelib.payments.daraja.answers import NotSent, Why
from tests.actors import PHONE
from tests.payments.test_purchase import stock_of
from tests.payments.test_settlement import FULL


def test_an_order_beyond_our_pace_waits_in_the_queue_and_is_told_so(town, buyer, organizer, safaricom, clock):
    event = organizer.event()
    town.pace.turns = 0

    payment = buyer.buys(event, 2)
    assert payment["status"] == "Pending"
    assert "will reach your phone soon, by 12:05 at the latest" in payment["notice"]
    assert buyer.payment(payment)["attempts"][0]["pushed_at"] is None
    assert safaricom.prompts == []
    assert stock_of(town, event)["held"] == 2

    clock.passes(seconds=30)
    town.pace.turns = 1
    assert town.pushes_queued() == 1

    assert len(safaricom.prompts) == 1
    assert buyer.payment(payment)["attempts"][0]["pushed_at"] == "2026-11-24 12:00:30+03:00"
    assert buyer.payment(payment)["expires_at"] == "2026-11-24 12:05:30+03:00"  # the hold starts at the push
    safaricom.calls_back(0)
    assert buyer.payment(payment)["status"] == "Completed"


def test_a_queued_push_is_sent_once_though_its_message_comes_twice(town, buyer, organizer, safaricom):
    from chalicelib.core.queues import STK_PUSH, send

    town.pace.turns = 0
    payment = buyer.buys(organizer.event())
    send(STK_PUSH, f'{{"payment_id": "{payment["id"]}", "attempt": 1}}')
    town.pace.turns = None

    assert town.pushes_queued() == 2

    assert len(safaricom.prompts) == 1


def test_a_queued_push_waits_again_while_it_is_not_its_turn(town, buyer, organizer, safaricom, monkeypatch):
    town.pace.turns = 0
    buyer.buys(organizer.event())
    sent = []
    monkeypatch.setattr(prompting, "send", lambda queue, body, delay=0: sent.append(delay))

    assert town.pushes_queued() == 1

    assert safaricom.prompts == []
    assert sent == [prompting._WAIT_SECONDS]


def test_a_push_that_nobody_wants_any_more_is_not_sent(town, buyer, organizer, safaricom):
    town.pace.turns = 0
    payment = buyer.buys(organizer.event())
    buyer.asks("DELETE", f"/payments/{payment['id']}")
    town.pace.turns = None

    town.pushes_queued()

    assert safaricom.prompts == []


def test_a_queued_push_that_is_refused_fails_the_payment_and_frees_the_seats(
    town, buyer, organizer, safaricom
):
    event = organizer.event()
    town.pace.turns = 0
    payment = buyer.buys(event)
    town.pace.turns = None
    safaricom.next_pushes = [NotSent(Why.REFUSED, "")]

    town.pushes_queued()

    assert buyer.payment(payment)["status"] == "Failed"
    assert stock_of(town, event) == FULL


def test_a_queued_push_takes_the_phone_anew_and_waits_while_it_has_another_prompt(
    town, buyer, organizer, safaricom, clock
):
    event = organizer.event()
    town.pace.turns = 0
    waiting = buyer.buys(event, phone=PHONE)
    town.pace.turns = None
    clock.passes(seconds=91)  # its guard has lapsed, so somebody else may prompt the phone
    buyer.buys(event, phone=PHONE)

    assert town.pushes_queued() == 1  # and put back for ten seconds
    assert len(safaricom.prompts) == 1
    assert buyer.payment(waiting)["status"] == "Pending"

    safaricom.calls_back(0)
    prompting.push_queued(f'{{"payment_id": "{waiting["id"]}", "attempt": 1}}', town.till())
    assert len(safaricom.prompts) == 2
    assert buyer.orders(event, phone=PHONE).body["code"] == "prompt_open"


def test_a_push_that_was_lost_on_its_way_to_the_queue_is_queued_again(
    town, buyer, organizer, safaricom, clock
):
    town.pace.turns = 0
    payment = buyer.buys(organizer.event())
    town.forgets_queued_pushes()
    town.pace.turns = None

    clock.passes(seconds=90)
    town.reconciles()
    town.pushes_queued()

    assert len(safaricom.prompts) == 1
    assert buyer.payment(payment)["status"] == "Pending"


def test_a_push_that_never_got_its_turn_expires_as_not_sent(town, buyer, organizer, safaricom, clock):
    town.pace.turns = 0
    payment = buyer.buys(organizer.event())

    clock.passes(seconds=300)
    town.reconciles()

    expired = buyer.payment(payment)
    assert (expired["status"], expired["failure"]["code"]) == ("Expired", "not_sent")


def test_a_queue_that_fails_frees_the_seats(town, buyer, organizer, monkeypatch):
    from chalicelib.payments import prompting

    def broken(*given):
        raise ConnectionError

    event = organizer.event()
    town.pace.turns = 0
    monkeypatch.setattr(prompting, "send", broken)

    answer = buyer.orders(event)

    assert (answer.status, answer.body["code"]) == (503, "busy")
    assert stock_of(town, event) == FULL


def test_a_turn_that_was_not_needed_is_given_back(town, buyer, organizer):
    event = organizer.event(available_tickets=1)
    town.pace.turns = 1

    assert buyer.orders(event, 2).status == 409
    assert town.pace.turns == 1


@pytest.mark.parametrize("turns", [None, 0])
def test_a_payments_state_is_what_its_ledger_says(town, buyer, organizer, safaricom, turns):
    from chalicelib.payments.audit import differences
    from chalicelib.payments.models import Payment

    town.pace.turns = turns
    buyer.buys(organizer.event())

    assert differences(Payment.scan()) == []
