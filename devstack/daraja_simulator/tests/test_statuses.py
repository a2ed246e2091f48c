"""Transaction Status of a reversal: taken at once, told later."""

from typing import Any

import pytest

from .. import phones
from .merchant import Merchant, Receiver


def told(receiver: Receiver, number: int = 1) -> dict[str, Any]:
    path, result = receiver.has_results(number)[-1]
    assert path.endswith("/status")
    return result


def items(result: dict[str, Any]) -> dict[str, Any]:
    return {item["Key"]: item["Value"] for item in result["ResultParameters"]["ResultParameter"]}


@pytest.mark.parametrize(
    ("phone", "status"),
    [(phones.RESULT_LOST, "Completed"), ("254700300001", "Failed"), (phones.REVERSAL_TIMED_OUT, "Failed")],
)
def test_a_status_tells_what_became_of_a_reversal(merchant: Merchant, receiver: Receiver, phone: str, status):
    conversation = merchant.reverses(merchant.paid_by(phone)).json()["OriginatorConversationID"]
    assert merchant.settled()
    before = len(receiver.results)

    assert merchant.asks_status(conversation).json()["ResponseCode"] == "0"

    found = items(told(receiver, before + 1))
    assert (found["TransactionStatus"], found["OriginatorConversationID"]) == (status, conversation)
    assert found["Amount"] == 100


def test_one_that_is_not_carried_out_yet_is_in_process(merchant: Merchant, receiver: Receiver):
    merchant.simulator.change({"late": 5.0})
    conversation = merchant.reverses(merchant.paid_by(phones.RESULT_LATE)).json()["OriginatorConversationID"]

    merchant.asks_status(conversation)

    assert items(told(receiver))["TransactionStatus"] == "Processing"


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"OriginatorConversationID": "AG_nobody"}, 2032), ({"Initiator": "somebody"}, 2001)],
)
def test_what_cannot_be_looked_up_names_no_transaction(merchant: Merchant, receiver: Receiver, changes, code):
    conversation = merchant.reverses(merchant.paid_by(phones.RESULT_LOST)).json()["OriginatorConversationID"]

    merchant.asks_status(changes.pop("OriginatorConversationID", conversation), **changes)

    result = told(receiver)
    assert result["ResultCode"] == code
    assert "ResultParameters" not in result


@pytest.mark.parametrize("setting", ["lose", "duplicate"])
def test_its_result_may_be_lost_or_come_twice(merchant: Merchant, receiver: Receiver, setting: str):
    conversation = merchant.reverses(merchant.paid_by(phones.RESULT_LOST)).json()["OriginatorConversationID"]
    merchant.simulator.change({setting: 1.0})

    merchant.asks_status(conversation)

    assert merchant.settled()
    assert len(receiver.results) == {"lose": 0, "duplicate": 2}[setting]


@pytest.mark.parametrize(
    "field", ["Initiator", "CommandID", "OriginatorConversationID", "PartyA", "IdentifierType", "ResultURL"]
)
def test_a_wrong_field_is_refused(merchant: Merchant, field: str):
    answer = merchant.asks_status("AG_1", **{field: ""})

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "400.002.02")
