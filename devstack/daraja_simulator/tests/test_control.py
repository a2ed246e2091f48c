"""The log, the books, the settings, and a fresh start."""

import json

import pytest
import requests

from .. import phones
from ..config import Config
from .merchant import Merchant, Receiver, eventually

LOSSES = 30


def put(merchant: Merchant, body: object) -> requests.Response:
    return requests.put(f"{merchant.simulator.url}/simulator/settings", json=body, timeout=5)


def get(merchant: Merchant, path: str) -> object:
    answer = requests.get(f"{merchant.simulator.url}/simulator/{path}", timeout=5)
    assert answer.status_code == 200
    return answer.json()


def test_the_log_has_everything_in_order(merchant: Merchant, receiver: Receiver):
    push = merchant.prompts()
    receiver.has(1)
    merchant.settled()
    merchant.asks(push)

    log = get(merchant, "log")

    assert [entry["kind"] for entry in log] == ["oauth", "push", "callback", "query"]
    assert {entry["checkout_request_id"] for entry in log[1:]} == {push}
    assert [entry["phone"] for entry in log] == [None, *["254708374149"] * 3]
    assert [entry["amount"] for entry in log] == [None, 100, 100, 100]
    assert [entry["outcome"] for entry in log] == ["ok", "ok", "delivered", "ok"]
    assert log[2]["callback_url"] == receiver.url
    assert log[3]["response"]["ResultCode"] == "0"


def test_the_log_can_be_filtered(merchant: Merchant):
    merchant.prompts("254711000001")
    merchant.prompts("254711000002")
    merchant.settled()

    entries = get(merchant, "log?phone=254711000001&kind=push")

    assert [(entry["kind"], entry["phone"]) for entry in entries] == [("push", "254711000001")]
    assert len(get(merchant, "log?kind=callback")) == 2


def test_the_log_has_no_secret(merchant: Merchant):
    token = merchant.renew()
    push = merchant.pushes()
    password = json.loads(push.request.body)["Password"]
    merchant.asks(push.json()["CheckoutRequestID"])
    merchant.settled()

    text = json.dumps(get(merchant, "log"))

    for secret in (token, password, Config().passkey, Config().consumer_secret):
        assert secret not in text


def test_how_a_callback_was_answered_is_in_the_log(merchant: Merchant, receiver: Receiver):
    receiver.status = 503
    merchant.prompts()
    merchant.settled()
    merchant.prompts(CallBackURL="http://127.0.0.1:1/nobody")
    merchant.settled()

    refused, nobody = merchant.simulator.log(kind="callback")

    assert (refused["status"], refused["outcome"]) == (503, "refused")
    assert (nobody["status"], nobody["outcome"]) == (None, "ConnectionError")
    assert len(receiver.callbacks) == 1, "nothing is sent again"
    assert merchant.total() == 200


def test_a_strange_callback_address_does_not_stop_the_others(merchant: Merchant, receiver: Receiver):
    merchant.prompts("254711000001", CallBackURL="https://.example/cb")
    merchant.prompts("254711000002")

    receiver.has(1)
    merchant.settled()
    assert len(merchant.simulator.log(kind="callback")) == 2


def test_the_books_add_up(merchant: Merchant):
    for number, amount in enumerate((100, 250, 75)):
        merchant.prompts(f"25471100000{number}", Amount=amount, AccountReference=f"TT-{number}")
    merchant.prompts("254700001032", Amount=1000)
    merchant.settled()

    books = get(merchant, "books")

    assert books["total"] == 425
    assert {p["account_reference"]: p["amount"] for p in books["payments"]} == {
        "TT-0": 100,
        "TT-1": 250,
        "TT-2": 75,
    }
    assert set(books["payments"][0]) == {
        "receipt",
        "checkout_request_id",
        "account_reference",
        "phone",
        "amount",
        "paid_at",
        "reversed_at",
        "reversal",
    }


def test_settings_can_be_read_and_changed(merchant: Merchant):
    assert get(merchant, "settings")["late"] == 0.4

    answer = put(merchant, {"delay": 0, "lose": 0.25, "seed": 7})

    assert answer.status_code == 200
    assert answer.json() == get(merchant, "settings")
    assert (answer.json()["lose"], answer.json()["seed"], answer.json()["late"]) == (0.25, 7, 0.4)


def test_wrong_settings_are_all_named_and_none_is_taken(merchant: Merchant):
    before = get(merchant, "settings")

    answer = put(
        merchant, {"delay": 3, "lose": 1.5, "late": "soon", "outage": 1, "seed": True, "hang": -1, "loose": 0}
    )

    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"lose", "late", "outage", "seed", "hang", "loose"}
    assert get(merchant, "settings") == before
    assert put(merchant, [1]).status_code == 400


def test_settings_refuse_numbers_that_are_none(merchant: Merchant):
    for number in ("NaN", "Infinity", "1" + "0" * 400):
        answer = requests.put(
            f"{merchant.simulator.url}/simulator/settings", data=f'{{"delay": {number}}}', timeout=5
        )
        assert answer.status_code == 400


def lost_phones(merchant: Merchant) -> set[str]:
    requests.post(f"{merchant.simulator.url}/simulator/reset", timeout=5)
    for number in range(LOSSES):
        merchant.prompts(f"2547110000{number:02d}")
    merchant.settled()
    log = merchant.simulator.log(kind="callback")
    return {entry["phone"] for entry in log if entry["outcome"] == "lost"}


def test_lost_callbacks_are_the_same_ones_with_the_same_seed(merchant: Merchant, receiver: Receiver):
    put(merchant, {"delay": 0, "lose": 0.5, "seed": 1})

    first, second = lost_phones(merchant), lost_phones(merchant)
    put(merchant, {"seed": 2})
    other = lost_phones(merchant)

    assert first == second != other
    assert 0 < len(first) < LOSSES
    assert len(receiver.callbacks) == 3 * LOSSES - 2 * len(first) - len(other)
    assert merchant.total() == LOSSES * 100, "the money is there all the same"


def test_duplicated_callbacks_come_twice(merchant: Merchant, receiver: Receiver):
    put(merchant, {"duplicate": 1})

    merchant.prompts()

    receiver.has(2)
    merchant.settled()
    assert receiver.callbacks[0] == receiver.callbacks[1]
    assert (len(receiver.callbacks), merchant.total()) == (2, 100)


def test_reordered_callbacks_come_in_another_order(merchant: Merchant, receiver: Receiver):
    put(merchant, {"delay": 0, "reorder": 1, "reorder_seconds": 0.5, "seed": 1})

    pushes = [merchant.prompts(f"25471100000{number}") for number in range(8)]

    receiver.has(8)
    came = [callback["CheckoutRequestID"] for callback in receiver.callbacks]
    assert sorted(came) == sorted(pushes)
    assert came != pushes


def test_an_outage_answers_503_and_takes_no_push(merchant: Merchant, receiver: Receiver):
    put(merchant, {"outage": True})

    assert merchant.token().status_code == 503
    assert merchant.pushes().status_code == 503
    assert merchant.asks("ws_CO_1").status_code == 503
    assert [entry["outcome"] for entry in merchant.simulator.log()[1:]] == ["outage"] * 3
    put(merchant, {"outage": False})
    merchant.prompts()
    receiver.has(1)


def test_many_prompts_on_one_phone_when_that_is_wanted(merchant: Merchant, receiver: Receiver):
    put(merchant, {"one_prompt_per_phone": False})

    assert len({merchant.prompts() for _ in range(5)}) == 5
    receiver.has(5)
    assert merchant.total() == 500


@pytest.mark.parametrize(("method", "path"), [("DELETE", "log"), ("POST", "reset")])
def test_a_fresh_start_cancels_what_is_pending(merchant: Merchant, receiver: Receiver, method, path):
    merchant.prompts()
    receiver.has(1)
    merchant.prompts(phones.CALLBACK_LATE)

    answer = requests.request(method, f"{merchant.simulator.url}/simulator/{path}", timeout=5)

    assert answer.status_code == 204
    assert (get(merchant, "log"), get(merchant, "books")) == ([], {"payments": [], "total": 0})
    assert eventually(lambda: get(merchant, "health") == {"status": "ok", "pending_callbacks": 0})
    merchant.prompts(phones.CALLBACK_LATE)
    receiver.has(2)
    assert len(receiver.callbacks) == 2


def test_an_answer_may_be_slow(merchant: Merchant):
    put(merchant, {"slow": 1, "slow_seconds": 0.3})

    assert merchant.pushes().elapsed.total_seconds() >= 0.3


def test_a_request_may_be_answered_503_and_nothing_is_done(merchant: Merchant):
    merchant.renew()
    put(merchant, {"down": 1})

    assert merchant.pushes().status_code == 503
    assert merchant.simulator.books()["payments"] == []


def test_an_answer_may_be_unreadable_though_the_push_was_taken(merchant: Merchant, receiver: Receiver):
    merchant.renew()
    put(merchant, {"delay": 0, "malformed": 1})

    answer = merchant.pushes()

    assert (answer.status_code, answer.text[:6]) == (200, "<html>")
    assert receiver.has(1)
    assert merchant.simulator.log("push")[0]["outcome"] == "malformed"


def test_a_query_may_lie_about_a_prompt_that_was_paid(merchant: Merchant):
    push = merchant.prompts()
    merchant.settled()
    put(merchant, {"lie": 1})

    assert merchant.asks(push).json()["ResultCode"] == "1032"
    assert len(merchant.simulator.books()["payments"]) == 1
