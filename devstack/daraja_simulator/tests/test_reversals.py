"""Reversals over HTTP: the books give the money back, and the phone that paid picks what is told."""

import time
from pathlib import Path

import pytest
import requests

from .. import phones
from .merchant import Merchant, Receiver, eventually

README = Path(__file__).parent.parent / "README.md"


def codes(receiver: Receiver) -> list[object]:
    return [result["ResultCode"] for _, result in receiver.results]


def test_an_ordinary_reversal_gives_the_money_back(merchant: Merchant, receiver: Receiver):
    receipt = merchant.paid_by()

    answer = merchant.reverses(receipt).json()

    assert answer["ResponseCode"] == "0"
    ((path, result),) = receiver.has_results(1)
    assert path.endswith("/result")
    assert result["OriginatorConversationID"] == answer["OriginatorConversationID"]
    assert result["ConversationID"] == answer["ConversationID"]
    items = {item["Key"]: item["Value"] for item in result["ResultParameters"]["ResultParameter"]}
    assert (items["OriginalTransactionID"], items["Amount"]) == (receipt, 100)
    books = merchant.simulator.books()
    assert books["total"] == 0
    assert books["payments"][0]["reversed_at"]


def test_a_payment_is_reversed_once(merchant: Merchant, receiver: Receiver):
    receipt = merchant.paid_by()
    for count in (1, 2):
        merchant.reverses(receipt)
        receiver.has_results(count)

    assert codes(receiver) == [0, "R000001"]
    assert merchant.total() == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"TransactionID": "TKX0000000"}, "R000002"),
        ({"Amount": 50}, "R000002"),
        ({"Initiator": "somebody"}, 2001),
        ({"SecurityCredential": "wrong"}, 2001),
    ],
)
def test_what_is_refused_by_its_result_leaves_the_money(
    merchant: Merchant, receiver: Receiver, changes, code
):
    assert merchant.reverses(changes.pop("TransactionID", merchant.paid_by()), **changes).status_code == 200

    receiver.has_results(1)
    assert codes(receiver) == [code]
    assert merchant.total() == 100


def test_an_empty_float_gives_nothing_back_until_it_is_filled(merchant: Merchant, receiver: Receiver):
    receipt = merchant.paid_by()
    for number, is_empty in enumerate((True, False), start=1):
        merchant.simulator.change({"float_empty": is_empty})
        merchant.reverses(receipt)
        receiver.has_results(number)

    assert codes(receiver) == [1, 0]
    assert merchant.total() == 0


@pytest.mark.parametrize(
    "field",
    [
        "Initiator",
        "SecurityCredential",
        "CommandID",
        "TransactionID",
        "Amount",
        "ReceiverParty",
        "RecieverIdentifierType",
        "Remarks",
    ],
)
@pytest.mark.parametrize("value", [None, "", {}])
def test_a_wrong_field_is_refused_at_once(merchant: Merchant, field: str, value: object):
    answer = (
        merchant.reverses("TKX0000000", **{field: value})
        if field != "TransactionID"
        else merchant.reverses(value)
    )

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "400.002.02")
    assert field in answer.json()["errorMessage"]


def test_a_token_is_wanted(merchant: Merchant):
    merchant.session.headers["Authorization"] = "Bearer old"

    assert merchant.reverses("TKX0000000").json()["errorCode"] == "404.001.03"


@pytest.mark.parametrize(("code", "told"), [("0001", 1), ("0021", 21), ("2006", 2006)])
def test_a_phone_whose_reversal_fails(merchant: Merchant, receiver: Receiver, code: str, told: int):
    merchant.reverses(merchant.paid_by(f"25470030{code}"))

    receiver.has_results(1)
    assert codes(receiver) == [told]
    assert merchant.total() == 100


@pytest.mark.parametrize(
    ("phone", "told"),
    [
        (phones.RESULT_LOST, []),
        (phones.RESULT_THRICE, [0, 0, 0]),
        (phones.RESULT_FIRST, [0]),
        (phones.RESULT_LATE, [0]),
        (phones.REVERSAL_CONTRADICTED, [0, 1]),
        (phones.ALREADY_BACK, ["R000001"]),
    ],
)
def test_a_phone_whose_reversal_is_carried_out(
    merchant: Merchant, receiver: Receiver, phone: str, told: list
):
    assert merchant.reverses(merchant.paid_by(phone)).status_code == 200

    assert merchant.settled()
    assert codes(receiver) == told
    assert eventually(lambda: merchant.total() == 0)


def test_a_result_that_comes_before_the_requests_own_answer(merchant: Merchant):
    merchant.reverses(merchant.paid_by(phones.RESULT_FIRST))

    (asked,) = merchant.simulator.log(kind="reversal")
    told = merchant.simulator.log(kind="callback")[-1]
    assert asked["at"] < told["at"] < told["answered_at"] < asked["answered_at"]
    assert "local-security-credential" not in str(merchant.simulator.log())


def test_a_request_that_is_never_answered_is_carried_out_all_the_same(merchant: Merchant, receiver: Receiver):
    receipt, started = merchant.paid_by(phones.REVERSAL_NO_ANSWER), time.monotonic()

    with pytest.raises(requests.ConnectionError):
        merchant.reverses(receipt)

    assert time.monotonic() - started >= 0.3
    receiver.has_results(1)
    assert merchant.total() == 0


def test_an_internal_error_after_which_the_money_is_back(merchant: Merchant, receiver: Receiver):
    answer = merchant.reverses(merchant.paid_by(phones.REVERSAL_INTERNAL))

    assert (answer.status_code, answer.json()["errorCode"]) == (500, "500.003.1001")
    assert merchant.settled()
    assert eventually(lambda: merchant.total() == 0)
    assert receiver.results == []


def test_a_busy_gateway_carries_nothing_out(merchant: Merchant, receiver: Receiver):
    answer = merchant.reverses(merchant.paid_by(phones.REVERSAL_BUSY))

    assert answer.json()["errorCode"] == "500.003.02"
    assert (receiver.results, merchant.total()) == ([], 100)


def test_a_request_that_times_out_in_the_queue(merchant: Merchant, receiver: Receiver):
    merchant.reverses(merchant.paid_by(phones.REVERSAL_TIMED_OUT))

    ((path, _),) = receiver.has_results(1)
    assert path.endswith("/late")
    assert merchant.total() == 100


def test_the_readme_has_every_phone_with_a_special_reversal():
    text = README.read_text()

    assert [phone for phone in phones.UNDOINGS if phone not in text] == []
