"""Each sentence of "Payment states" in the HTTP contract, over HTTP on the running stack.

The phones of the simulator's table are in test_journeys.py. What its table has no phone for, M-Pesa says here
by hand: `Mpesa` posts to the callback URL that the simulator was given, as Safaricom would.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.scenarios.shop import Shop, a_phone_that_pays, awaited

pytestmark = pytest.mark.stack

FULL = {"remaining": 10, "held": 0, "sold": 0, "revenue": 0}
TWO_SOLD = {"remaining": 8, "held": 0, "sold": 2, "revenue": 1000}
CALLBACK_LOST = "254700100001"

_receipts = itertools.count(1)


class Mpesa:
    """Safaricom's side of one payment: calls back what a test wants, to the attempt that it wants."""

    def __init__(self, shop: Shop, payment_id: str) -> None:
        self.pushes = shop.log("push", account_reference=payment_id[-12:], status=200)

    def says(self, code: int | str, attempt: int = 1, **metadata: object) -> str:
        """A result by callback; of a success with KES 1,000 and a new receipt, which is returned."""
        given = {"Amount": 1000, "MpesaReceiptNumber": f"SCN{next(_receipts):07d}"} | metadata
        callback: dict[str, object] = {"ResultCode": code, "ResultDesc": "As the test wants it."}
        if code == 0:
            items = [{"Name": name, "Value": value} for name, value in given.items()]
            callback["CallbackMetadata"] = {"Item": items}
        answer = self.posts({"Body": {"stkCallback": callback}}, attempt)
        assert (answer.status_code, answer.json()["ResultCode"]) == (200, 0)
        return str(given["MpesaReceiptNumber"])

    def posts(self, body: object, attempt: int = 1) -> requests.Response:
        return requests.post(str(self.pushes[attempt - 1]["callback_url"]), json=body, timeout=10)


class Order:
    """A payment of two tickets whose prompt nobody answers, and M-Pesa's side of it."""

    def __init__(self, shop: Shop, seats: int = 10) -> None:
        self.shop, self.buyer, self.event = shop, shop.person(), shop.event(seats=seats)
        self.phone = a_phone_that_pays()
        with silence(shop):
            self.id = self.buyer.buys(self.event, 2, self.phone)

    @property
    def mpesa(self) -> Mpesa:
        return Mpesa(self.shop, self.id)

    def asks_again(self) -> None:
        """A new attempt on another phone, which nobody answers either."""
        again = {"payment_id": self.id, "phone": a_phone_that_pays()}
        with silence(self.shop):
            self.buyer.calls("POST", "/lnmo", 202, json=again)

    def ends(self, how: str) -> None:
        """The order ends without money; its prompt can still be paid."""
        if how == "Cancelled":
            self.buyer.calls("DELETE", f"/payments/{self.id}", 200)
        else:
            self.mpesa.says(1037)
        self.awaits(how)

    def awaits(self, state: str) -> dict:
        return self.buyer.awaits(self.id, state)

    def until(self, *kinds: str) -> dict:
        """The payment, once its ledger ends with these lines."""

        def look() -> dict | None:
            payment = self.buyer.payment(self.id)
            return payment if lines(payment)[-len(kinds) :] == list(kinds) else None

        return awaited(look)

    def prompt_is_off(self) -> None:
        """M-Pesa tells that the first prompt has left the phone, so that another may be sent."""
        self.mpesa.says(1032)
        self.until("prompt_ended")

    @property
    def stock(self) -> dict[str, int]:
        return self.shop.stock(self.event)


@contextmanager
def silence(shop: Shop) -> Iterator[None]:
    """The prompts that are sent meanwhile are not answered while the test lasts."""
    shop.changes_simulator(delay=600)
    try:
        yield
    finally:
        shop.changes_simulator(delay=0.1)


def lines(payment: dict) -> list[str]:
    return [line["kind"] for line in payment["ledger"]]


@pytest.fixture
def order(shop) -> Order:
    return Order(shop)


@pytest.mark.parametrize("how", ["Cancelled", "Failed"])
def test_a_late_success_completes_while_the_seats_can_be_had(order, how):
    order.ends(how)
    assert order.stock == FULL

    receipt = order.mpesa.says(0)

    payment = order.awaits("Completed")
    assert (payment["receipt"], payment["failure"]) == (receipt, None)
    assert [ticket["status"] for ticket in payment["tickets"]] == ["valid", "valid"]
    assert order.stock == TWO_SOLD


@pytest.mark.parametrize("how", ["Cancelled", "Failed"])
def test_a_late_success_whose_seats_are_gone_is_a_refund_due(shop, how):
    order = Order(shop, seats=2)
    order.ends(how)
    other = shop.person()
    other.awaits(other.buys(order.event, 1), "Completed")

    receipt = order.mpesa.says(0)

    payment = order.awaits("RefundDue")
    assert lines(payment)[-2:] == ["received", "refund_due"]
    assert (payment["ledger"][-1]["amount"], payment["receipt"]) == (1000, receipt)
    assert payment["tickets"] == order.buyer.tickets() == []
    assert "get it back" in payment["notice"]
    assert order.stock == {"remaining": 1, "held": 0, "sold": 1, "revenue": 500}


def test_a_success_after_the_hold_whose_seats_are_gone_is_a_refund_due(hasty_shop):
    """The simulator's own late phone: the prompt is paid 4 s after it was sent, the hold lasts 2 s."""
    buyer, other, event = hasty_shop.person(), hasty_shop.person(), hasty_shop.event(seats=2)
    payment_id = buyer.buys(event, 2, "254700100004")
    buyer.awaits(payment_id, "Expired")
    other.awaits(other.buys(event, 1), "Completed")

    payment = buyer.awaits(payment_id, "RefundDue")

    assert (buyer.tickets(), payment["ledger"][-1]["amount"]) == ([], 1000)
    assert hasty_shop.stock(event)["sold"] == 1


@pytest.mark.parametrize("how", ["Cancelled", "Failed"])
def test_what_has_ended_is_asked_again_and_paid(order, how):
    order.ends(how)
    if how == "Cancelled":
        order.prompt_is_off()

    order.asks_again()

    assert order.buyer.payment(order.id)["status"] == "Pending"
    assert order.stock["held"] == 2
    order.mpesa.says(0, attempt=2)
    assert order.awaits("Completed")["attempts"][1]["outcome"] == "paid"
    assert order.stock == TWO_SOLD


def test_what_has_expired_is_asked_again_and_paid(hasty_shop):
    buyer, event = hasty_shop.person(), hasty_shop.event()
    with silence(hasty_shop):
        payment_id = buyer.buys(event, 2)
    buyer.awaits(payment_id, "Expired")
    again = {"payment_id": payment_id, "phone": a_phone_that_pays()}
    assert buyer.calls("POST", "/lnmo", 409, json=again)["code"] == "prompt_open"
    Mpesa(hasty_shop, payment_id).says(1032)
    awaited(lambda: lines(buyer.payment(payment_id))[-1] == "prompt_ended")

    buyer.calls("POST", "/lnmo", 202, json=again)

    assert len(buyer.awaits(payment_id, "Completed")["attempts"]) == 2
    assert hasty_shop.stock(event) == TWO_SOLD


def test_a_failure_counts_only_for_the_newest_attempt(order):
    order.ends("Failed")
    order.asks_again()

    order.mpesa.says(1032, attempt=1)

    payment = order.until("prompt_ended")
    assert (payment["status"], payment["failure"]) == ("Pending", None)
    assert order.stock["held"] == 2
    order.mpesa.says(1, attempt=2)
    assert order.awaits("Failed")["failure"]["code"] == "insufficient_funds"
    assert order.stock == FULL


def test_a_success_counts_from_any_attempt(order):
    order.ends("Failed")
    order.asks_again()

    receipt = order.mpesa.says(0, attempt=1)

    assert order.awaits("Completed")["receipt"] == receipt
    assert order.stock == TWO_SOLD


def test_of_two_attempts_that_are_both_paid_one_is_due_back_by_itself(order):
    order.ends("Failed")
    order.asks_again()
    first = order.mpesa.says(0, attempt=1)
    order.awaits("Completed")

    second = order.mpesa.says(0, attempt=2)

    payment = order.until("received", "refund_due")
    assert (payment["status"], payment["receipt"]) == ("Completed", first)
    assert payment["ledger"][-1]["receipt"] == second
    assert len(order.buyer.tickets()) == 2
    assert order.stock == TWO_SOLD


def test_a_second_receipt_leaves_the_state_and_is_due_back_by_itself(order):
    first = order.mpesa.says(0)
    order.awaits("Completed")

    second = order.mpesa.says(0)
    order.mpesa.says(0, MpesaReceiptNumber=second)

    payment = order.until("received", "refund_due")
    assert (payment["status"], payment["receipt"]) == ("Completed", first)
    assert [line["receipt"] for line in payment["ledger"]] == [None, first, second, second]
    assert order.stock == TWO_SOLD


def test_a_failure_after_a_success_changes_nothing(order):
    order.mpesa.says(0)
    before = order.awaits("Completed")

    order.mpesa.says(1032)
    _worked_off(order.shop)

    assert order.buyer.payment(order.id) == before
    assert order.stock == TWO_SOLD


@pytest.mark.parametrize("how", ["Pending", "Cancelled"])
@pytest.mark.parametrize("amount", [1, 999, 1001])
def test_another_amount_than_asked_never_completes(order, how, amount):
    if how != "Pending":
        order.ends(how)

    order.mpesa.says(0, Amount=amount)

    payment = order.awaits("RefundDue")
    assert [line["amount"] for line in payment["ledger"][-2:]] == [amount, amount]
    assert payment["tickets"] == []
    assert order.stock == FULL


@pytest.mark.parametrize(("amount", "state"), [(1000, "Completed"), (1, "RefundDue")])
def test_a_receipt_after_a_success_that_a_query_told(hasty_shop, amount, state):
    buyer, event = hasty_shop.person(), hasty_shop.event()
    payment_id = buyer.buys(event, 2, CALLBACK_LOST)
    assert buyer.awaits(payment_id, "Completed")["receipt"] is None

    receipt = Mpesa(hasty_shop, payment_id).says(0, Amount=amount)

    paid = awaited(lambda: (found := buyer.payment(payment_id))["receipt"] and found)
    assert (paid["status"], paid["receipt"]) == (state, receipt)
    is_sold = state == "Completed"
    assert {ticket["status"] for ticket in paid["tickets"]} == {"valid" if is_sold else "revoked"}
    assert hasty_shop.stock(event) == (TWO_SOLD if is_sold else FULL)


def test_a_code_that_nobody_knows_ends_nothing(order):
    order.mpesa.says("SFC_ICXXXX")
    _worked_off(order.shop)

    assert order.buyer.payment(order.id)["status"] == "Pending"
    assert order.stock["held"] == 2


@pytest.mark.parametrize(
    "callback",
    [
        {"ResultCode": "0"},
        {"ResultCode": 0, "CallbackMetadata": {"Item": [{"Name": "Balance"}]}},
        {"ResultCode": 0, "CallbackMetadata": {"Item": [{"Name": "PhoneNumber", "Value": "2547••••••78"}]}},
    ],
)
def test_masked_and_missing_fields_do_no_harm(order, callback):
    answer = order.mpesa.posts({"Body": {"stkCallback": callback}})

    assert answer.status_code == 200
    assert order.awaits("Completed")["receipt"] is None
    assert len(order.buyer.tickets()) == 2


def test_a_refusal_after_the_buyer_cancelled_frees_the_phone(order):
    order.ends("Cancelled")
    assert order.buyer.orders(order.event, 1, order.phone).json()["code"] == "prompt_open"

    order.mpesa.says(1032)

    payment = order.until("cancelled", "prompt_ended")
    assert (payment["status"], payment["attempts"][0]["outcome"]) == ("Cancelled", "failed")
    # Now it is up to M-Pesa: the simulator's customer has not answered, so it refuses.
    assert order.buyer.orders(order.event, 1, order.phone).json()["code"] == "payment_refused"


@pytest.mark.parametrize(
    "body",
    [{}, {"Body": {"stkCallback": {}}}, [1], {"Body": {"stkCallback": {"ResultCode": 0, "x": "x" * 70_000}}}],
    ids=["empty", "no result", "no object", "oversized"],
)
def test_a_malformed_callback_has_no_effect_and_holds_nobody_up(order, body):
    answer = order.mpesa.posts(body)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert order.buyer.payment(order.id)["status"] == "Pending"
    order.mpesa.says(0)
    order.awaits("Completed")


def test_a_result_that_is_replayed_on_another_payment_has_no_effect(shop, order):
    other = Order(shop)
    receipt = other.mpesa.says(0)
    other.awaits("Completed")

    order.mpesa.says(0, MpesaReceiptNumber=receipt)
    _worked_off(shop)

    assert order.buyer.payment(order.id)["status"] == "Pending"
    assert order.stock == {"remaining": 8, "held": 2, "sold": 0, "revenue": 0}


def _worked_off(shop: Shop) -> None:
    """Whatever was on the queue is settled: a sale that began later is complete."""
    buyer = shop.person()
    buyer.awaits(buyer.buys(shop.event(), 1), "Completed")
