"""The client against the simulator over HTTP, and against servers that misbehave."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests

from chalicelib.payments.daraja import access
from chalicelib.payments.daraja import client as module
from chalicelib.payments.daraja.access import NoAccess
from chalicelib.payments.daraja.client import (
    Accepted,
    Account,
    Mpesa,
    NoAnswer,
    NotSent,
    Prompt,
    Unknown,
    Why,
    nairobi_timestamp,
)
from devstack.daraja_simulator import Config, running

PHONE = "254708374149"


class Keeper:
    """Keeps the token in memory, and counts how often a new one was fetched."""

    def __init__(self, base_url: str, secret: str = "local-consumer-secret") -> None:
        self._fetch = lambda: access.fetch(requests.Session(), base_url, "local-consumer-key", secret)
        self._text = ""
        self.fetched = 0

    def token(self) -> str:
        return self._text or self.renewed("")

    def renewed(self, bad: str) -> str:
        self.fetched += 1
        self._text = self._fetch().text
        return self._text


def now() -> datetime:
    return datetime.now(UTC)


class Known:
    """A token that is there already."""

    def token(self) -> str:
        return "t"

    def renewed(self, bad: str) -> str:
        raise NoAccess


class Failing:
    """A session whose every request fails so."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def post(self, *given, **options):
        raise self._error


def mpesa(base_url: str, clock=now, keeper=None, session=None, **account) -> Mpesa:
    given = {
        "base_url": base_url,
        "shortcode": "174379",
        "party_b": "174379",
        "transaction_type": "CustomerPayBillOnline",
        "passkey": "local-passkey",
    } | account
    return Mpesa(Account(**given), keeper or Keeper(base_url), session or requests.Session(), clock)


def prompt(phone: str = PHONE, **more) -> Prompt:
    given = {
        "phone": phone,
        "amount": 100,
        "reference": "abc",
        "callback_url": "http://127.0.0.1:9/lnmo/1/1/a",
    }
    return Prompt(**(given | more))


@pytest.fixture(scope="module")
def simulator():
    with running(Config(delay=0.01, hang=1.0)) as running_simulator:
        yield running_simulator


@contextmanager
def server(status: int, body: bytes) -> Iterator[str]:
    """A server that gives one answer to everything but the token, and counts the pushes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(200, b'{"access_token": "t", "expires_in": "3599"}')

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.reply(status, body)

        def reply(self, code: int, text: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *given: object) -> None:
            pass

    listening = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    listening.server_close()


def test_the_simulator_takes_our_push(simulator):
    push = mpesa(simulator.url).push(prompt())

    assert isinstance(push, Accepted)
    assert push.checkout_request_id.startswith("ws_CO_")


def test_the_timestamp_is_nairobis_wherever_the_server_stands():
    assert nairobi_timestamp(datetime(2026, 12, 31, 22, 30, 5, tzinfo=UTC)) == "20270101013005"


def test_a_utc_timestamp_would_be_refused(simulator, monkeypatch):
    """The control of the test above: the simulator does look at the time."""
    monkeypatch.setattr(module, "NAIROBI", UTC)

    assert isinstance(mpesa(simulator.url).push(prompt()), NotSent)


def test_a_token_that_another_has_ended_is_renewed_once_and_the_push_sent_once(simulator):
    keeper = Keeper(simulator.url)
    client = mpesa(simulator.url, keeper=keeper)
    client.push(prompt("254708374150"))
    Keeper(simulator.url).token()  # somebody else's new token ends ours

    push = client.push(prompt("254708374151"))

    assert isinstance(push, Accepted)
    assert keeper.fetched == 2
    accepted = [entry for entry in simulator.log(kind="push", phone="254708374151") if entry["status"] == 200]
    assert len(accepted) == 1


@pytest.mark.parametrize(
    ("phone", "why"), [("254700100007", Why.PHONE_BUSY), ("254700100008", Why.M_PESA_BUSY)]
)
def test_refused_pushes_are_certainly_not_sent(simulator, phone, why):
    push = mpesa(simulator.url).push(prompt(phone))

    assert isinstance(push, NotSent)
    assert push.why is why


@pytest.mark.parametrize(
    ("account", "why"),
    [({"passkey": "wrong"}, Why.OUR_FAULT), ({"shortcode": "999999"}, Why.OUR_FAULT)],
)
def test_wrong_credentials_are_our_fault_and_not_sent(simulator, account, why):
    push = mpesa(simulator.url, **account).push(prompt())

    assert isinstance(push, NotSent)
    assert push.why is why
    assert "wrong" not in push.detail


def test_wrong_fields_are_refused(simulator):
    push = mpesa(simulator.url).push(prompt(reference="more than 12 characters"))

    assert isinstance(push, NotSent)
    assert push.why is Why.REFUSED


def test_a_wrong_consumer_secret_means_not_sent(simulator):
    push = mpesa(simulator.url, keeper=Keeper(simulator.url, secret="wrong")).push(prompt())

    assert isinstance(push, NotSent)


def test_an_answer_that_never_comes_is_unknown_and_not_sent_again(simulator, monkeypatch):
    monkeypatch.setattr(module, "TIMEOUTS", (1.0, 0.2))

    push = mpesa(simulator.url).push(prompt("254700100006"))

    assert isinstance(push, Unknown)
    assert len(simulator.log(kind="push", phone="254700100006")) == 1


def test_a_server_that_is_not_there_means_not_sent():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"

        assert isinstance(mpesa(nowhere, keeper=Known()).push(prompt()), NotSent)


@pytest.mark.parametrize(
    ("status", "body", "outcome", "why"),
    [
        (500, {"errorCode": "500.003.1001"}, Unknown, None),
        (500, {"errorCode": "500.003.02"}, NotSent, Why.M_PESA_BUSY),
        (500, {"errorCode": "500.003.03"}, NotSent, Why.M_PESA_BUSY),
        (429, {}, NotSent, Why.M_PESA_BUSY),
        (
            500,
            {"errorCode": "500.001.1001", "errorMessage": "Unable to lock subscriber"},
            NotSent,
            Why.PHONE_BUSY,
        ),
        (
            500,
            {"errorCode": "500.001.1001", "errorMessage": "Merchant does not exist"},
            NotSent,
            Why.OUR_FAULT,
        ),
        (500, {"errorCode": "500.001.1001", "errorMessage": "Wrong credentials"}, NotSent, Why.OUR_FAULT),
        (500, {"errorCode": "500.001.1001", "errorMessage": "Something else"}, Unknown, None),
        (400, {"errorCode": "400.002.02"}, NotSent, Why.REFUSED),
        (404, {"errorCode": "404.001.01"}, NotSent, Why.OUR_FAULT),
        (405, {"errorCode": "405.001"}, NotSent, Why.OUR_FAULT),
        (404, {"errorCode": "404.001.03"}, NotSent, Why.OUR_FAULT),
        (500, {"errorCode": "404.001.03"}, NotSent, Why.OUR_FAULT),
        (400, {"errorCode": "500.003.1001"}, Unknown, None),
        (404, {"errorCode": "500.003.1001"}, Unknown, None),
        (400, {"errorCode": "400.999.99"}, Unknown, None),
        (408, {}, Unknown, None),
        (302, {}, Unknown, None),
        (202, {"ResponseCode": "0", "CheckoutRequestID": "ws_CO_1"}, Unknown, None),
        (200, {"CheckoutRequestID": "ws_CO_1"}, Unknown, None),
        (200, {"message": "hi"}, Unknown, None),
        (503, "<html>outage</html>", Unknown, None),
        (200, "<html>proxy</html>", Unknown, None),
        (200, {"ResponseCode": "0"}, Unknown, None),
        (200, {"ResponseCode": "1"}, NotSent, Why.REFUSED),
        (200, [], Unknown, None),
    ],
)
def test_each_answer_has_its_outcome(status, body, outcome, why):
    text = body if isinstance(body, str) else json.dumps(body)

    with server(status, text.encode()) as url:
        push = mpesa(url).push(prompt())

    assert type(push) is outcome
    if isinstance(push, NotSent):
        assert push.why is why


def test_a_tls_error_while_reading_the_answer_is_unknown():
    """The push was delivered; only its answer could not be read."""
    cause = type("Cause", (), {"reason": OSError("[SSL: WRONG_VERSION_NUMBER] wrong version number")})()

    push = mpesa("https://x", keeper=Known(), session=Failing(requests.exceptions.SSLError(cause))).push(
        prompt()
    )

    assert isinstance(push, Unknown)


def test_a_refused_certificate_is_certainly_not_sent():
    cause = type("Cause", (), {"reason": OSError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed")})()

    push = mpesa("https://x", keeper=Known(), session=Failing(requests.exceptions.SSLError(cause))).push(
        prompt()
    )

    assert isinstance(push, NotSent)


@pytest.mark.parametrize("token", ["", None, 5])
def test_an_access_token_that_is_none_is_refused(token):
    class Session(requests.Session):
        def get(self, *given, **options):
            answer = requests.Response()
            answer.status_code = 200
            answer._content = json.dumps({"access_token": token, "expires_in": 3599}).encode()
            return answer

    with pytest.raises(NoAccess):
        access.fetch(Session(), "http://x", "key", "secret")


def test_a_query_tells_the_end_of_a_prompt(simulator):
    client = mpesa(simulator.url)
    paid = client.push(prompt("254708374160"))
    cancelled = client.push(prompt("254700001032"))
    wait_for_callbacks(simulator)

    assert client.query(paid.checkout_request_id).is_paid
    assert client.query(cancelled.checkout_request_id).failure.code == "cancelled_on_phone"


def test_both_shapes_of_still_pending_tell_nothing(simulator):
    client = mpesa(simulator.url)
    code_4999 = client.push(prompt("254700100009"))
    error_body = client.push(prompt("254700100010"))

    assert client.query(code_4999.checkout_request_id) is None
    assert client.query(code_4999.checkout_request_id) is None
    assert client.query(code_4999.checkout_request_id).is_paid
    assert client.query(error_body.checkout_request_id) is None
    assert client.query(error_body.checkout_request_id).failure.code == "cancelled_on_phone"


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"ResponseCode": "0"}'])
def test_a_query_without_a_clear_answer_is_no_answer(body):
    with server(200, body) as url, pytest.raises(NoAnswer):
        mpesa(url).query("ws_CO_1")


def test_no_secret_shows_in_the_objects_text():
    account = Account("http://x", "174379", "174379", "CustomerPayBillOnline", "the-passkey")

    assert "the-passkey" not in repr(account)
    assert "secret" not in repr(access.AccessToken("secret", 1))


def wait_for_callbacks(simulator) -> None:
    waiting = threading.Event()
    while simulator.pending_callbacks:
        waiting.wait(0.01)
