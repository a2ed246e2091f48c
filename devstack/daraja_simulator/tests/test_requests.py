"""What is refused over HTTP, and with which error body."""

import http.client

import pytest
import requests

from ..server import OAUTH, PUSH, QUERY
from .merchant import Merchant, push_body, query_body


def told(answer: requests.Response) -> tuple[int, str]:
    body = answer.json()
    assert set(body) == {"requestId", "errorCode", "errorMessage"}
    return answer.status_code, body["errorCode"]


def test_a_token_says_how_long_it_lives(merchant: Merchant):
    answer = merchant.token()

    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "expires_in"}
    assert answer.json()["expires_in"] == "3599"


def test_wrong_credentials_and_a_wrong_grant_type_get_no_token(merchant: Merchant):
    assert told(merchant.token(secret="wrong")) == (400, "400.008.01")
    assert told(requests.get(f"{merchant.simulator.url}{OAUTH}", timeout=5)) == (400, "400.008.01")
    assert told(merchant.token(grant="password")) == (400, "400.008.02")


def test_a_new_token_invalidates_the_one_before(merchant: Merchant):
    merchant.prompts()

    merchant.token()

    assert told(merchant.pushes("254711000001")) == (404, "404.001.03")
    assert told(merchant.asks("ws_CO_1")) == (404, "404.001.03")
    merchant.renew()
    merchant.prompts("254711000001")


def test_a_request_without_a_token_is_told_so(merchant: Merchant):
    del merchant.session.headers["Authorization"]

    assert told(merchant.pushes()) == (404, "404.001.04")


@pytest.mark.parametrize(
    ("field", "value", "status", "code", "message"),
    [
        ("Amount", 10.5, 400, "400.002.02", "Bad Request - Invalid Amount"),
        ("Amount", 0, 400, "400.002.02", "Bad Request - Invalid Amount"),
        ("PhoneNumber", "0708374149", 400, "400.002.02", "Bad Request - Invalid PhoneNumber"),
        ("AccountReference", "THIRTEENCHARS", 400, "400.002.02", "Bad Request - Invalid AccountReference"),
        ("Timestamp", "20200101000000", 400, "400.002.02", "Bad Request - Invalid Timestamp"),
        ("CallBackURL", "https://x.example/mpesa", 400, "400.002.02", "Bad Request - Invalid CallBackURL"),
        ("Password", "d3Jvbmc=", 500, "500.001.1001", "Wrong credentials"),
        ("BusinessShortCode", "600000", 500, "500.001.1001", "Merchant does not exist"),
    ],
)
def test_a_wrong_push_is_refused_and_nothing_happens(merchant: Merchant, field, value, status, code, message):
    answer = merchant.post(PUSH, push_body(**{field: value}))

    assert told(answer) == (status, code)
    assert answer.json()["errorMessage"] == message
    assert merchant.simulator.pending_callbacks == 0
    assert merchant.simulator.log(kind="push")[0]["outcome"] == code


def test_a_body_that_is_no_json_is_refused(merchant: Merchant):
    answer = merchant.session.post(f"{merchant.simulator.url}{PUSH}", data="Amount=1", timeout=5)

    assert told(answer) == (400, "400.002.05")


def test_a_query_for_something_unknown_is_refused(merchant: Merchant):
    assert told(merchant.asks("ws_CO_none")) == (400, "400.002.02")
    assert told(merchant.post(QUERY, query_body("x", Password="wrong"))) == (500, "500.001.1001")


def test_a_wrong_method_and_a_wrong_url_are_told_apart(merchant: Merchant):
    base = merchant.simulator.url

    assert told(merchant.session.get(f"{base}{PUSH}", timeout=5)) == (405, "405.001")
    assert told(merchant.session.options(f"{base}{PUSH}", timeout=5)) == (405, "405.001")
    assert told(merchant.session.post(f"{base}{OAUTH}", timeout=5)) == (405, "405.001")
    assert told(merchant.post("/mpesa/b2c/v1/paymentrequest", {})) == (404, "404.001.01")


def test_a_connection_is_kept_even_after_refusals(merchant: Merchant):
    connection = http.client.HTTPConnection(merchant.simulator.url.removeprefix("http://"), timeout=5)
    connection.connect()
    socket = connection.sock
    for method, path in [
        ("POST", PUSH),
        ("GET", PUSH),
        ("POST", "/nowhere"),
        ("HEAD", OAUTH),
        ("GET", OAUTH),
    ]:
        connection.request(method, path, body=b"x" * 1000)
        answer = connection.getresponse()
        answer.read()
        assert answer.status in (400, 404, 405)

    assert connection.sock is socket
    connection.close()
