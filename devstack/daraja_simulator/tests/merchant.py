"""A merchant, as the tests need one: it pushes, it queries, and it takes callbacks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from ..checks import nairobi_timestamp, password_for
from ..config import Config
from ..server import OAUTH, PUSH, QUERY, REVERSAL, STATUS
from ..simulator import Simulator

ORDINARY_PHONE = "254708374149"


def eventually(condition: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Wait until a condition holds, and return what it gave."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)
    return found


def push_body(now: datetime | None = None, **changes: Any) -> dict[str, Any]:
    """A good push, with some fields changed; a change to None leaves the field out."""
    timestamp = nairobi_timestamp(now or datetime.now(UTC))
    phone = changes.pop("phone", ORDINARY_PHONE)
    body = {
        **query_body("", now),
        "Timestamp": timestamp,
        "TransactionType": "CustomerPayBillOnline",
        "Amount": 100,
        "PartyA": phone,
        "PartyB": "174379",
        "PhoneNumber": phone,
        "CallBackURL": "https://shop.example/callbacks/1",
        "AccountReference": "TT-1",
        "TransactionDesc": "Tickets",
        **changes,
    }
    del body["CheckoutRequestID"]
    return {name: value for name, value in body.items() if value is not None}


def query_body(checkout_request_id: str, now: datetime | None = None, **changes: Any) -> dict[str, Any]:
    """A good query, with some fields changed."""
    config = Config()
    timestamp = nairobi_timestamp(now or datetime.now(UTC))
    return {
        "BusinessShortCode": config.shortcode,
        "Password": password_for(config.shortcode, config.passkey, timestamp),
        "Timestamp": timestamp,
        "CheckoutRequestID": checkout_request_id,
        **changes,
    }


def reversal_body(receipt: str, **changes: Any) -> dict[str, Any]:
    """A good request for a reversal, with some fields changed; a change to None leaves the field out."""
    body = {
        "Initiator": "local-initiator",
        "SecurityCredential": "local-security-credential",
        "CommandID": "TransactionReversal",
        "TransactionID": receipt,
        "Amount": 100,
        "ReceiverParty": "174379",
        "RecieverIdentifierType": "11",
        "ResultURL": "https://shop.example/results/1",
        "QueueTimeOutURL": "https://shop.example/timeouts/1",
        "Remarks": "Refund",
        "Occasion": "",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


class Receiver:
    """Takes callbacks; `status` is how it answers them."""

    def __init__(self) -> None:
        self.callbacks: list[dict[str, Any]] = []
        self.results: list[tuple[str, dict[str, Any]]] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told = requests.models.complexjson.loads(body)
                if "Result" in told:
                    receiver.results.append((self.path, told["Result"]))
                else:
                    receiver.callbacks.append(told["Body"]["stkCallback"])
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/callbacks"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def has_results(self, count: int) -> list[tuple[str, dict[str, Any]]]:
        """The results of reversals with their paths, once there are so many."""
        return eventually(lambda: self.results if len(self.results) >= count else None)

    def has(self, count: int) -> list[dict[str, Any]]:
        """The callbacks, once there are so many."""
        return eventually(lambda: self.callbacks if len(self.callbacks) >= count else None)


class Merchant:
    """Speaks Daraja with the simulator over HTTP."""

    def __init__(self, simulator: Simulator, receiver: Receiver) -> None:
        self.simulator = simulator
        self.receiver = receiver
        self.session = requests.Session()
        self.session.trust_env = False
        self.renew()

    def renew(self) -> str:
        token = self.token().json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"
        return token

    def token(
        self, secret: str = "local-consumer-secret", grant: str = "client_credentials"
    ) -> requests.Response:
        url = f"{self.simulator.url}{OAUTH}"
        return requests.get(url, params={"grant_type": grant}, auth=("local-consumer-key", secret), timeout=5)

    def post(self, path: str, body: Any, timeout: float = 5) -> requests.Response:
        return self.session.post(f"{self.simulator.url}{path}", json=body, timeout=timeout)

    def pushes(self, phone: str = ORDINARY_PHONE, timeout: float = 5, **changes: Any) -> requests.Response:
        body = push_body(phone=phone, **{"CallBackURL": self.receiver.url, **changes})
        return self.post(PUSH, body, timeout)

    def prompts(self, phone: str = ORDINARY_PHONE, **changes: Any) -> str:
        """The CheckoutRequestID of a push that was taken."""
        answer = self.pushes(phone, **changes)
        assert answer.status_code == 200, answer.text
        return answer.json()["CheckoutRequestID"]

    def paid_by(self, phone: str = ORDINARY_PHONE) -> str:
        """The receipt of a new payment of KES 100."""
        push = self.prompts(phone)
        assert self.learns(push, "0")
        (payment,) = [one for one in self.simulator.books()["payments"] if one["checkout_request_id"] == push]
        return str(payment["receipt"])

    def reverses(self, receipt: str, timeout: float = 5, **changes: Any) -> requests.Response:
        urls = {"ResultURL": f"{self.receiver.url}/result", "QueueTimeOutURL": f"{self.receiver.url}/late"}
        return self.post(REVERSAL, reversal_body(receipt, **urls, **changes), timeout)

    def asks_status(self, conversation: str, **changes: Any) -> requests.Response:
        body = {
            "Initiator": "local-initiator",
            "SecurityCredential": "local-security-credential",
            "CommandID": "TransactionStatusQuery",
            "OriginatorConversationID": conversation,
            "PartyA": "174379",
            "IdentifierType": "4",
            "ResultURL": f"{self.receiver.url}/status",
            "QueueTimeOutURL": f"{self.receiver.url}/late",
            "Remarks": "Status",
            **changes,
        }
        return self.post(STATUS, {name: value for name, value in body.items() if value is not None})

    def asks(self, checkout_request_id: str, **changes: Any) -> requests.Response:
        return self.post(QUERY, query_body(checkout_request_id, **changes))

    def result(self, checkout_request_id: str) -> str:
        """What the query says: a ResultCode, or the error body's code while the payment is pending."""
        answer = self.asks(checkout_request_id).json()
        return answer.get("ResultCode") or answer["errorCode"]

    def learns(self, checkout_request_id: str, result: str) -> bool:
        """Whether the query says so, sooner or later."""
        return eventually(lambda: self.result(checkout_request_id) == result)

    def settled(self) -> bool:
        """Whether every callback is out."""
        return eventually(lambda: self.simulator.pending_callbacks == 0)

    def total(self) -> int:
        return self.simulator.books()["total"]
