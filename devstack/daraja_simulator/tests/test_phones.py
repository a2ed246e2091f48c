"""Every phone of the table, over HTTP."""

import time
from pathlib import Path

import pytest
import requests

from .. import phones
from .merchant import Merchant, Receiver, eventually

README = Path(__file__).parent.parent / "README.md"


def codes(receiver: Receiver) -> list[object]:
    return [callback["ResultCode"] for callback in receiver.callbacks]


def test_an_ordinary_phone_pays(merchant: Merchant, receiver: Receiver):
    answer = merchant.pushes(Amount=250).json()

    assert answer["ResponseCode"] == "0"
    assert set(answer) == {
        "MerchantRequestID",
        "CheckoutRequestID",
        "ResponseCode",
        "ResponseDescription",
        "CustomerMessage",
    }
    (callback,) = receiver.has(1)
    assert callback["CheckoutRequestID"] == answer["CheckoutRequestID"]
    query = merchant.asks(answer["CheckoutRequestID"]).json()
    assert query["ResultCode"] == "0"
    assert not {"Amount", "MpesaReceiptNumber", "CallbackMetadata"} & set(query)
    (payment,) = merchant.simulator.books()["payments"]
    items = {item["Name"]: item.get("Value") for item in callback["CallbackMetadata"]["Item"]}
    assert items["MpesaReceiptNumber"] == payment["receipt"]
    assert merchant.total() == items["Amount"] == 250


def test_before_the_customer_has_answered_the_query_says_pending(merchant: Merchant):
    merchant.simulator.change({"delay": 60})

    answer = merchant.asks(merchant.prompts())

    assert answer.status_code == 500
    assert answer.json()["errorCode"] == "500.001.1001"
    assert answer.json()["errorMessage"] == "The transaction is being processed"


@pytest.mark.parametrize("code", [1, 17, 1019, 1032, 1037, 2001, 9999])
def test_a_phone_that_fails_says_so_by_callback_and_query(merchant: Merchant, receiver: Receiver, code: int):
    push = merchant.prompts(f"25470000{code:04d}")

    (callback,) = receiver.has(1)
    assert callback["ResultCode"] == code
    assert "CallbackMetadata" not in callback
    assert merchant.result(push) == str(code)
    assert merchant.total() == 0


def test_a_callback_that_is_never_sent_leaves_the_query(merchant: Merchant, receiver: Receiver):
    push = merchant.prompts(phones.CALLBACK_LOST)

    assert merchant.learns(push, "0")
    assert merchant.settled()
    assert receiver.callbacks == []
    assert merchant.total() == 100


def test_a_callback_that_comes_three_times_is_one_payment(merchant: Merchant, receiver: Receiver):
    merchant.prompts(phones.CALLBACK_THRICE)

    first, second, third = receiver.has(3)
    assert first == second == third
    assert merchant.settled()
    assert len(receiver.callbacks) == 3
    assert merchant.total() == 100


def test_a_callback_that_comes_before_the_pushs_answer(merchant: Merchant, receiver: Receiver):
    answer = merchant.pushes(phones.CALLBACK_FIRST)

    assert codes(receiver) == [0]
    (push,) = merchant.simulator.log(kind="push")
    (callback,) = merchant.simulator.log(kind="callback")
    assert push["at"] < callback["at"] < callback["answered_at"] < push["answered_at"]
    assert callback["checkout_request_id"] == answer.json()["CheckoutRequestID"]
    assert merchant.total() == 100


def test_a_late_payer_is_pending_until_he_pays(merchant: Merchant, receiver: Receiver):
    merchant.simulator.change({"late": 1.5})
    push = merchant.prompts(phones.CALLBACK_LATE)
    merchant.prompts()

    receiver.has(1)
    assert merchant.result(push) == "500.001.1001"
    assert merchant.total() == 100
    receiver.has(2)
    assert merchant.result(push) == "0"
    assert merchant.total() == 200


def test_a_wrong_amount_in_the_callback_is_not_in_the_books(merchant: Merchant, receiver: Receiver):
    merchant.prompts(phones.WRONG_AMOUNT, Amount=100)

    (callback,) = receiver.has(1)
    assert callback["CallbackMetadata"]["Item"][0] == {"Name": "Amount", "Value": 99.0}
    assert merchant.total() == 100


def test_a_push_that_is_never_answered_is_paid_all_the_same(merchant: Merchant, receiver: Receiver):
    started = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        merchant.pushes(phones.NO_ANSWER)

    assert time.monotonic() - started >= 0.3
    receiver.has(1)
    (push,) = merchant.simulator.log(kind="push")
    assert (push["status"], push["outcome"]) == (None, "no answer")
    assert push["checkout_request_id"] == receiver.callbacks[0]["CheckoutRequestID"]
    assert merchant.total() == 100


def test_a_client_may_stop_waiting_before_the_connection_is_closed(merchant: Merchant, receiver: Receiver):
    merchant.simulator.change({"hang": 60})

    with pytest.raises(requests.ReadTimeout):
        merchant.pushes(phones.NO_ANSWER, timeout=0.1)

    receiver.has(1)


@pytest.mark.parametrize(
    ("phone", "code", "message"),
    [
        (phones.SUBSCRIBER_LOCKED, "500.001.1001", "Unable to lock subscriber"),
        (phones.BUSY, "500.003.02", "Spike Arrest"),
    ],
)
def test_a_phone_that_refuses_the_push(merchant: Merchant, receiver: Receiver, phone, code, message):
    answer = merchant.pushes(phone)

    assert (answer.status_code, answer.json()["errorCode"]) == (500, code)
    assert message in answer.json()["errorMessage"]
    assert merchant.settled()
    assert (receiver.callbacks, merchant.total()) == ([], 0)


def test_a_query_that_says_4999_twice(merchant: Merchant, receiver: Receiver):
    push = merchant.prompts(phones.QUERY_4999_THEN_PAID)

    answers = [merchant.asks(push) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert [answer.json()["ResultCode"] for answer in answers] == ["4999", "4999", "0", "0"]
    assert (receiver.callbacks, merchant.total()) == ([], 100)


def test_a_query_that_says_pending_and_then_cancelled(merchant: Merchant, receiver: Receiver):
    push = merchant.prompts(phones.QUERY_PENDING_THEN_CANCELLED)

    assert [merchant.result(push) for _ in range(3)] == ["500.001.1001", "1032", "1032"]
    assert (receiver.callbacks, merchant.total()) == ([], 0)


def test_a_success_that_is_contradicted_stays_a_payment(merchant: Merchant, receiver: Receiver):
    push = merchant.prompts(phones.CONTRADICTED)

    receiver.has(2)
    assert codes(receiver) == [0, 1032]
    assert merchant.result(push) == "0"
    assert merchant.total() == 100


def test_a_payment_that_is_never_settled(merchant: Merchant, receiver: Receiver):
    push = merchant.prompts("254700004999")

    assert merchant.learns(push, "4999")
    assert (receiver.callbacks, merchant.total()) == ([], 0)


def test_a_second_prompt_on_a_phone_waits_for_the_first(merchant: Merchant, receiver: Receiver):
    merchant.simulator.change({"delay": 0.5})
    merchant.prompts()

    second = merchant.pushes()

    assert second.status_code == 500
    assert second.json()["errorMessage"].startswith("Unable to lock subscriber")
    receiver.has(1)
    assert eventually(lambda: merchant.pushes().status_code == 200)


def test_the_readme_has_every_special_phone():
    text = README.read_text()

    assert [phone for phone in phones.SCRIPTS if phone not in text] == []
