"""A reversal by the client against the simulator, and what its results mean."""

import json
from decimal import Decimal

import pytest
import requests

from chalicelib.payments.daraja.answers import NotSent, Requested, Reversal, Unknown, Why
from chalicelib.payments.daraja.callbacks import Malformed
from chalicelib.payments.daraja.reversals import DONE, REFUSALS, parse
from devstack.daraja_simulator import Config, running
from tests.actors import reversal_body
from tests.payments.daraja.test_client import Failing, mpesa, prompt, server

ASKED = Reversal("TKX1234567", 100, "http://127.0.0.1:9/a/reversal", "http://127.0.0.1:9/b/reversal")
OURS = {"initiator": "local-initiator", "security_credential": "local-security-credential"}


@pytest.fixture(scope="module")
def simulator():
    with running(Config(delay=0.0, hang=0.5)) as running_simulator:
        yield running_simulator


def paid(simulator, phone: str) -> str:
    client = mpesa(simulator.url, **OURS)
    push = client.push(prompt(phone))
    payments = simulator.books()["payments"]
    return next(one["receipt"] for one in payments if one["checkout_request_id"] == push.checkout_request_id)


def test_a_reversal_is_requested_and_the_money_goes_back(simulator):
    asked = ASKED._replace(receipt=paid(simulator, "254708374149"))

    answer = mpesa(simulator.url, **OURS).reverse(asked)

    assert isinstance(answer, Requested)
    assert answer.conversation
    payment = next(one for one in simulator.books()["payments"] if one["receipt"] == asked.receipt)
    assert payment["reversed_at"]


@pytest.mark.parametrize(
    ("phone", "outcome"),
    [("254700200006", Unknown), ("254700200009", Unknown), ("254700200008", NotSent)],
)
def test_an_answer_that_leaves_it_open_is_unknown(simulator, phone, outcome):
    answer = mpesa(simulator.url, **OURS).reverse(ASKED._replace(receipt=paid(simulator, phone)))

    assert isinstance(answer, outcome)


def test_a_request_that_the_gateway_does_not_take_was_not_sent(simulator):
    answer = mpesa(simulator.url, **OURS).reverse(ASKED._replace(amount=0))

    assert isinstance(answer, NotSent)
    assert answer.why is Why.REFUSED


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b'{"ResponseCode": "0"}', Unknown),
        (200, b"<html>", Unknown),
        (200, b'{"ResponseCode": "21", "ResponseDescription": "no"}', NotSent),
        (503, b"", Unknown),
        (429, b"", NotSent),
        (500, b'{"errorCode": "500.003.1001", "errorMessage": "Internal Server Error"}', Unknown),
        (500, b'{"errorCode": "500.003.02", "errorMessage": "Spike"}', NotSent),
    ],
)
def test_only_what_proves_that_nothing_was_taken_counts_as_not_sent(status, body, outcome):
    with server(status, body) as url:
        assert isinstance(mpesa(url, **OURS).reverse(ASKED), outcome)


def test_a_connection_that_broke_is_unknown():
    client = mpesa("http://x", session=Failing(requests.ReadTimeout()), **OURS)
    client._tokens = type("Known", (), {"token": lambda self: "t"})()

    assert isinstance(client.reverse(ASKED), Unknown)


def test_a_result_is_read():
    result = parse(json.dumps(reversal_body(0, ASKED, "AG_1")))

    assert (result.code, result.is_done, result.is_refused) == ("0", True, False)
    assert result.conversations == ("AG_1", "AG_20261124_00004d7ee675c0c7ee0b")
    assert (result.receipt, result.original) == ("TKY7654321", "TKX1234567")
    assert result.amount == Decimal(100)


def test_a_single_parameter_comes_without_its_list():
    item = {"Key": "OriginalTransactionID", "Value": "TKX1234567"}

    assert parse(
        json.dumps({"Result": {"ResultCode": "0", "ResultParameters": {"ResultParameter": item}}})
    ).original == ("TKX1234567")


@pytest.mark.parametrize("code", [*sorted(DONE), *REFUSALS])
def test_each_code_is_done_or_refused_as_a_number_or_as_text(code):
    for told in (code, code.lower(), int(code) if code.isdigit() else code):
        result = parse(json.dumps({"Result": {"ResultCode": told}}))
        assert (result.is_done, result.is_refused) == (code in DONE, code in REFUSALS)


@pytest.mark.parametrize("code", ["17", "15", "SFC_IC0003", "", None, True, 4999])
def test_any_other_code_leaves_it_open(code):
    result = parse(json.dumps({"Result": {"ResultCode": code}}))

    assert not result.is_done
    assert not result.is_refused


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"Result": []}',
        '{"Result": {}}',
        '{"Body": {"stkCallback": {"ResultCode": 0}}}',
        '{"Result": {"ResultCode": 0, "ResultParameters": {"ResultParameter": [1]}}}',
        "[" * 100_000,
    ],
)
def test_what_is_no_result_is_malformed(body):
    with pytest.raises(Malformed):
        parse(body)


def test_what_became_of_a_request_is_asked_by_its_conversation(simulator):
    client = mpesa(simulator.url, **OURS)
    asked = client.reverse(ASKED._replace(receipt=paid(simulator, "254711000009")))

    assert isinstance(client.status(asked.conversation, ASKED.result_url), Requested)

    assert isinstance(mpesa(simulator.url).status("", ASKED.result_url), NotSent)
