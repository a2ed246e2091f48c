"""Whole journeys over HTTP: final state, stock, tickets, number of prompts."""

import pytest
import requests

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


@pytest.mark.parametrize("phone", ["254700100002", "254700100003", "254700100011"])
def test_callbacks_that_come_thrice_early_or_contradict_bring_the_tickets_once(shop, buyer, phone):
    event = shop.event()

    payment_id = buyer.buys(event, 2, phone)
    payment = buyer.awaits(payment_id)
    shop.log("callback", phone=phone)

    assert payment["status"] == "Completed"
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
    payment_id = buyer.buys(event, 1, "254700004999")
    forged = {"Body": {"stkCallback": {"ResultCode": 0}}}

    answer = requests.post(f"{shop.stack.url}/lnmo/{payment_id}/1/{'0' * 64}", json=forged, timeout=10)

    assert answer.status_code == 404
    assert buyer.payment(payment_id)["status"] == "Pending"
