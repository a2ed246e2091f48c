"""Whole journeys over HTTP: final state, stock, tickets, number of prompts."""

import pytest
import requests

from devstack.stack import Stack
from tests.scenarios.shop import Shop, awaited

pytestmark = pytest.mark.stack

FULL = {"remaining": 10, "held": 0, "sold": 0, "revenue": 0}


def test_the_sale(shop, buyer):
    event = shop.event(seats=10, price=500)

    payment_id = buyer.buys(event, 2)
    payment = buyer.awaits(payment_id)

    assert payment["status"] == "Completed"
    assert payment["receipt"]
    assert [line["kind"] for line in payment["ledger"]] == ["asked", "received"]
    assert {ticket["id"] for ticket in buyer.tickets()} == {ticket["id"] for ticket in payment["tickets"]}
    assert len(payment["tickets"]) == 2
    assert shop.left(event) == 8
    assert shop.stock(event) == {"remaining": 8, "held": 0, "sold": 2, "revenue": 1000}
    assert shop.prompts(payment_id) == 1
    picture = buyer.asks("GET", f"/tickets/{payment['tickets'][0]['id']}/ticket.png")
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("phone", "failure"),
    [
        ("254700000001", "insufficient_funds"),
        ("254700000002", "limit_exceeded"),
        ("254700000003", "limit_exceeded"),
        ("254700000004", "limit_exceeded"),
        ("254700000008", "limit_exceeded"),
        ("254700000017", "try_later"),
        ("254700000026", "try_later"),
        ("254700001001", "phone_busy"),
        ("254700001019", "no_response"),
        ("254700001025", "try_later"),
        ("254700001032", "cancelled_on_phone"),
        ("254700001037", "no_response"),
        ("254700002001", "wrong_pin"),
        ("254700002028", "provider_error"),
        ("254700008006", "provider_error"),
        ("254700009999", "try_later"),
    ],
)
def test_each_failing_phone(shop, buyer, phone, failure):
    event = shop.event()

    payment_id = buyer.buys(event, 2, phone)
    payment = buyer.awaits(payment_id)

    assert payment["status"] == "Failed"
    assert payment["failure"]["code"] == failure
    assert payment["tickets"] == buyer.tickets() == []
    assert shop.stock(event) == FULL
    assert shop.left(event) == 10
    assert shop.prompts(payment_id) == 1


def test_the_hold_that_expires(hasty_shop):
    """Phone 254700004999 never answers, and the query says that it is still processing."""
    buyer, event = hasty_shop.person(), hasty_shop.event()

    payment_id = buyer.buys(event, 2, "254700004999")
    assert hasty_shop.left(event) == 8
    payment = buyer.awaits(payment_id)

    assert payment["status"] == "Expired"
    assert payment["tickets"] == []
    assert hasty_shop.stock(event) == FULL
    assert hasty_shop.left(event) == 10
    assert hasty_shop.prompts(payment_id) == 1
    assert len(hasty_shop.log("query", phone="254700004999")) == 1


@pytest.mark.slow
def test_what_only_the_query_tells_is_found_out_while_the_hold_lasts(asking_shop):
    """Phone …0009 says 4999 twice, then paid; …0010 says that it is pending, then cancelled."""
    shop, buyer = asking_shop, asking_shop.person()
    event = shop.event()

    paid, cancelled = buyer.buys(event, 2, "254700100009"), buyer.buys(event, 3, "254700100010")

    assert buyer.awaits(cancelled, seconds=60)["failure"]["code"] == "cancelled_on_phone"
    assert buyer.awaits(paid, seconds=60)["status"] == "Completed"
    assert len(buyer.tickets()) == 2
    assert shop.stock(event) == {"remaining": 8, "held": 0, "sold": 2, "revenue": 1000}
    assert len(shop.log("query", phone="254700100009")) == 3
    assert len(shop.log("query", phone="254700100010")) == 2
    assert shop.prompts(paid) == shop.prompts(cancelled) == 1


@pytest.mark.slow
def test_a_push_whose_answer_never_comes_is_paid_all_the_same(asking_shop):
    """Phone …0006: the request for the push times out after 15 s, and nothing is pushed again."""
    shop, buyer = asking_shop, asking_shop.person()
    event = shop.event()

    payment_id = buyer.buys(event, 2, "254700100006")
    payment = buyer.awaits(payment_id)

    assert payment["status"] == "Completed"
    assert len(buyer.tickets()) == 2
    assert len(shop.log("push", account_reference=payment_id[-12:])) == 1


def test_a_new_attempt_after_a_cancelled_one(shop, buyer):
    event = shop.event()
    payment_id = buyer.buys(event, 2, "254700001032")
    buyer.awaits(payment_id, "Failed")

    again = {"payment_id": payment_id, "phone": "0712 000 111"}
    buyer.calls("POST", "/lnmo", 202, json=again)
    payment = buyer.awaits(payment_id)

    assert payment["status"] == "Completed"
    assert [attempt["outcome"] for attempt in payment["attempts"]] == ["failed", "paid"]
    assert shop.stock(event) == {"remaining": 8, "held": 0, "sold": 2, "revenue": 1000}
    assert shop.prompts(payment_id) == 2


def test_a_purchase_that_the_buyer_cancels(shop, buyer):
    event = shop.event()
    shop.changes_simulator(delay=5)
    try:
        payment_id = buyer.buys(event, 2)
        buyer.calls("DELETE", f"/payments/{payment_id}", 200)

        assert buyer.payment(payment_id)["status"] == "Cancelled"
        assert shop.stock(event) == FULL
    finally:
        shop.changes_simulator(delay=0.1)


def test_a_phone_with_an_open_prompt_gets_no_second_one(shop, buyer):
    event = shop.event()
    shop.changes_simulator(delay=3)
    try:
        first = buyer.orders(event, 1, "254718888888")
        second = shop.person().orders(event, 1, "254718888888")
    finally:
        shop.changes_simulator(delay=0.1)

    assert (first.status_code, second.status_code) == (202, 409)
    assert second.json()["code"] == "prompt_open"
    assert int(second.headers["Retry-After"]) > 0
    assert shop.stock(event)["held"] == 1


@pytest.mark.slow
def test_pushes_beyond_our_pace_wait_and_are_all_sent_once():
    """Two pushes a second, a burst of four; twelve orders at once."""
    with Stack({"DARAJA_SIM_DELAY": "0.1", "DARAJA_PUSHES_PER_SECOND": "2"}) as stack:
        shop = Shop(stack)
        event, buyer = shop.event(seats=20), shop.person()
        ids = [buyer.buys(event) for _ in range(12)]

        waiting = [payment_id for payment_id in ids if "soon" in (buyer.payment(payment_id)["notice"] or "")]
        assert waiting
        assert {buyer.awaits(payment_id, seconds=60)["status"] for payment_id in ids} == {"Completed"}
        assert [shop.prompts(payment_id) for payment_id in ids] == [1] * 12


def test_a_lost_callback_is_found_out_by_the_last_query(hasty_shop):
    buyer, event = hasty_shop.person(), hasty_shop.event()

    payment_id = buyer.buys(event, 2, "254700100001")
    payment = buyer.awaits(payment_id)

    assert (payment["status"], payment["receipt"]) == ("Completed", None)
    assert len(buyer.tickets()) == 2
    assert hasty_shop.prompts(payment_id) == 1


def test_a_callback_after_the_hold_still_brings_the_tickets(hasty_shop):
    buyer, event = hasty_shop.person(), hasty_shop.event()

    payment_id = buyer.buys(event, 2, "254700100004")
    buyer.awaits(payment_id, "Expired")
    payment = buyer.awaits(payment_id, "Completed")

    assert payment["receipt"]
    assert len(buyer.tickets()) == 2
    assert hasty_shop.stock(event) == {"remaining": 8, "held": 0, "sold": 2, "revenue": 1000}


@pytest.mark.parametrize(
    ("phone", "callbacks"), [("254700100002", 3), ("254700100003", 1), ("254700100011", 2)]
)
def test_callbacks_that_come_thrice_early_or_contradict_bring_the_tickets_once(shop, buyer, phone, callbacks):
    event = shop.event()

    payment_id = buyer.buys(event, 2, phone)
    # A queue keeps no order: the contradicting failure may be settled first, and the success corrects it.
    buyer.awaits(payment_id, "Completed")
    awaited(lambda: len(shop.log("callback", phone=phone)) >= callbacks)

    assert buyer.payment(payment_id)["status"] == "Completed"
    assert len(buyer.tickets()) == 2
    assert shop.stock(event)["sold"] == 2
    assert shop.prompts(payment_id) == 1


def test_a_wrong_amount_never_completes(shop, buyer):
    event = shop.event()

    payment = buyer.awaits(buyer.buys(event, 2, "254700100005"))

    assert payment["status"] == "RefundDue"
    assert buyer.tickets() == []
    assert shop.stock(event) == FULL


@pytest.mark.parametrize(
    ("phone", "status", "code"),
    [("254700100007", 502, "payment_refused"), ("254700100008", 503, "busy")],
)
def test_a_push_that_is_refused_frees_the_seats_at_once(shop, buyer, phone, status, code):
    event = shop.event()

    answer = buyer.orders(event, 2, phone)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert buyer.payment(answer.json()["payment_id"])["status"] == "Failed"
    assert shop.stock(event) == FULL


def test_a_stranger_cannot_settle_a_payment(shop, buyer):
    event = shop.event()
    payment_id = buyer.buys(event, 1, "254700100001")  # its callback never comes
    forged = {"Body": {"stkCallback": {"ResultCode": 0}}}

    answer = requests.post(f"{shop.stack.url}/lnmo/{payment_id}/1/{'0' * 64}", json=forged, timeout=10)

    assert answer.status_code == 404
    assert buyer.payment(payment_id)["status"] == "Pending"
