"""Buy tickets over HTTP, as the front end would, from a stack of our own; then let a phone cancel a purchase.

Every step is checked: the exit code is 0 only if all of it happened.
"""

import json
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from devstack import start_page
from devstack.demo_accounts import ACCOUNTS, PASSWORD
from devstack.stack import ROOT, Stack

ACCOUNT: Final = ACCOUNTS["user"]
#: Phones that the simulator treats so (devstack/daraja_simulator).
PAYS: Final = "254708374149"
CANCELS: Final = "254700001032"
#: Seconds until the simulator sends its callback: long enough to see a seat held.
CALLBACK_SECONDS: Final = 2
#: The longest to wait for anything, in seconds, and the time between two looks.
PATIENCE_SECONDS: Final = 20.0
LOOK_SECONDS: Final = 0.1
PICTURE: Final = ROOT / ".local" / "demo-ticket.png"


class DemoFailed(Exception):
    """Something that should have happened did not; the text says what."""


def main() -> int:
    """Run the demo; the exit code says whether all of it happened."""
    story = _Story()
    try:
        with Stack({"DARAJA_SIM_DELAY": str(CALLBACK_SECONDS)}, demo=True) as stack:
            story.tell(
                "stack started", "API, queue worker, timer, WebSockets, DynamoDB, SQS, M-Pesa simulator"
            )
            story.tell("start page", f"{stack.url}{start_page.PATH}, where the numbers move while this runs")
            shopper = _Shopper(stack.url)
            payment = buys(shopper, story, stack.live_url)
            gets_letter(shopper, story, payment)
            cancels(shopper, story)
    except (DemoFailed, requests.RequestException) as problem:
        print(f"\nThe demo failed: {problem}", file=sys.stderr)
        return 1
    print(f"\nAll of it happened. The ticket: {PICTURE.relative_to(ROOT)}")
    return 0


class _Story:
    """Prints each step with the time since the start, in seconds."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def chapter(self, title: str) -> None:
        print(f"\n{title}")

    def tell(self, step: str, detail: str = "") -> None:
        print(f"{time.monotonic() - self._started:7.2f} s  {step:<22} {detail}".rstrip(), flush=True)


class _Shopper:
    """A front end: JSON over HTTP, with a bearer token after logging in."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy stands before 127.0.0.1

    def log_in(self) -> None:
        answer = self.call("POST", "/login", 200, json={"email": ACCOUNT, "_password_hash": PASSWORD})
        self._session.headers["Authorization"] = f"Bearer {answer['token']}"

    def call(self, method: str, path: str, status: int, **options: Any) -> Any:
        answer = self._request(method, path, status, **options)
        return answer.json()

    def picture(self, path: str) -> bytes:
        return self._request("GET", path, 200, headers={"Accept": "image/png"}).content

    def available(self, event: str) -> int:
        """Tickets of the regular type that can be bought now."""
        types = self.call("GET", f"/events/{event}/availability", 200)["ticket_types"]
        return int(types["regular"]["available"])

    def pay(self, event: str, quantity: int, phone: str) -> dict[str, Any]:
        order = {
            "event_id": event,
            "phone": phone,
            "items": [{"ticket_type": "regular", "quantity": quantity}],
        }
        key = {"Idempotency-Key": str(uuid.uuid4())}
        payment: dict[str, Any] = self.call("POST", "/payments", 202, json=order, headers=key)
        return payment

    def _request(self, method: str, path: str, status: int, **options: Any) -> requests.Response:
        answer = self._session.request(method, f"{self._url}{path}", timeout=30, **options)
        wanted = answer.status_code == status
        expect(wanted, f"{method} {path} answered {answer.status_code}, not {status}: {answer.text[:300]}")
        return answer


class _Page:
    """A page of somebody else's that shows the event and follows it by WebSocket."""

    def __init__(self, line: ClientConnection, event: str) -> None:
        self._line = line
        self._line.send(json.dumps({"action": "subscribe", "event_id": event}))
        self.left = self._hears()

    def sees(self, count: int) -> int:
        """Wait until it shows so many left; the milliseconds that took."""
        began = time.monotonic()
        while self.left != count:
            self.left = self._hears()
        return round(1000 * (time.monotonic() - began))

    def _hears(self) -> int:
        try:
            told = json.loads(self._line.recv(PATIENCE_SECONDS))
        except (TimeoutError, ConnectionClosed) as problem:
            raise DemoFailed(f"no word of what is left came by WebSocket ({problem!r})") from None
        expect("available_tickets" in told, f"the WebSocket says {told}")
        return int(told["available_tickets"])


def buys(shopper: _Shopper, story: _Story, live_url: str) -> str:
    """Log in, find an event, pay for two tickets, fetch them and a picture of one; returns their payment."""
    story.chapter("A purchase")
    shopper.log_in()
    story.tell("logged in", ACCOUNT)
    event = _find(shopper, story)
    before = shopper.available(event["id"])
    price = int(event["regular_price"])
    story.tell("availability", f"{before} regular tickets at KES {price:,}")
    with connect(live_url, proxy=None, open_timeout=30) as line:
        page = _Page(line, event["id"])
        payment = shopper.pay(event["id"], 2, PAYS)
        expect(payment["status"] == "Pending", f"a new payment is {payment['status']}, not Pending")
        expect(payment["amount"] == 2 * price, f"two tickets cost {payment['amount']}, not {2 * price}")
        story.tell("asked to pay", f"KES {payment['amount']:,} from {PAYS}: Pending, 2 seats held")
        wanted = page.left - 2
        story.tell("another page is told", f"{wanted:,} left, by WebSocket {page.sees(wanted)} ms later")
    payment = _settled(shopper, payment["id"])
    expect(payment["status"] == "Completed", f"the payment is {payment['status']}, not Completed")
    expect(bool(payment["receipt"]), "the payment has no M-Pesa receipt")
    story.tell("paid", f"Completed, M-Pesa receipt {payment['receipt']}")
    _await_available(shopper, event["id"], before - 2)
    story.tell("availability", f"{before - 2} left")
    _fetch_tickets(shopper, story, payment["id"])
    return str(payment["id"])


def _find(shopper: _Shopper, story: _Story) -> dict[str, Any]:
    events = shopper.call("GET", "/events", 200)
    wanted = [one for one in events if one["regular_price"] and one["available_tickets"] >= 10]
    expect(bool(wanted), "no event in the demo data has ten tickets left")
    word = max(wanted[0]["event_name"].split(), key=len)

    def found() -> dict[str, Any] | None:
        hits = shopper.call("GET", "/search", 200, params={"q": word})
        return next((hit for hit in hits if hit["id"] == wanted[0]["id"]), None)

    _await(lambda: found() is not None, f"a search for {word} does not find {wanted[0]['event_name']}")
    story.tell("searched", f"q={word}: {wanted[0]['event_name']}")
    event: dict[str, Any] = shopper.call("GET", f"/events/{wanted[0]['id']}", 200)
    story.tell("looked at it", f"{event['location']}, {event['start_time']}")
    return event


def _fetch_tickets(shopper: _Shopper, story: _Story, payment: str) -> None:
    tickets = [one for one in shopper.call("GET", "/tickets", 200) if one["payment_id"] == payment]
    expect(len(tickets) == 2, f"the payment brought {len(tickets)} tickets, not 2")
    states = {ticket["status"] for ticket in tickets}
    expect(states == {"valid"}, f"the tickets are {', '.join(sorted(states))}, not valid")
    story.tell("tickets", f"{len(tickets)}, valid")
    picture = shopper.picture(f"/tickets/{tickets[0]['id']}/ticket.png")
    expect(picture.startswith(b"\x89PNG\r\n\x1a\n"), "the ticket's picture is not a PNG")
    _write(PICTURE, picture)
    story.tell("picture of a ticket", f"{PICTURE.relative_to(ROOT)}, {len(picture):,} bytes")


def gets_letter(shopper: _Shopper, story: _Story, payment: str) -> None:
    """Wait until the e-mail with the tickets is out."""
    sent: list[dict[str, Any]] = []

    def is_sent() -> bool:
        told = shopper.call("GET", f"/payments/{payment}/messages", 200)
        sent[:] = [one for one in told if one["channel"] == "email" and one["status"] == "sent"]
        return bool(sent)

    _await(is_sent, "no e-mail with the tickets was sent")
    story.tell("e-mail with tickets", f"sent to {sent[0]['to']}")


def cancels(shopper: _Shopper, story: _Story) -> None:
    """Buy one ticket with a phone whose owner says no: the seat is held, then comes back."""
    story.chapter("A purchase that is cancelled on the phone")
    event = _find(shopper, story)["id"]
    before = shopper.available(event)
    story.tell("availability before", f"{before}")
    payment = shopper.pay(event, 1, CANCELS)
    expect(payment["status"] == "Pending", f"a new payment is {payment['status']}, not Pending")
    story.tell("asked to pay", f"KES {payment['amount']:,} from {CANCELS}: Pending, 1 seat held")
    _await_available(shopper, event, before - 1)
    story.tell("availability held", f"{before - 1}")
    payment = _settled(shopper, payment["id"])
    code = (payment.get("failure") or {}).get("code")
    expect(payment["status"] == "Failed", f"the payment is {payment['status']}, not Failed")
    expect(code == "cancelled_on_phone", f"the payment failed by {code}, not cancelled_on_phone")
    story.tell("cancelled", f"Failed: {payment['failure']['message']}")
    _await_available(shopper, event, before)
    story.tell("availability after", f"{before}")


def _settled(shopper: _Shopper, payment: str) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def settled() -> bool:
        seen.update(shopper.call("GET", f"/payments/{payment}", 200))
        return bool(seen["status"] != "Pending")

    _await(settled, "the payment stayed Pending")
    return seen


def _await_available(shopper: _Shopper, event: str, count: int) -> None:
    _await(lambda: shopper.available(event) == count, f"availability did not become {count}")


def _await(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        expect(time.monotonic() < deadline, f"{otherwise}, after {PATIENCE_SECONDS:g} s")
        time.sleep(LOOK_SECONDS)


def expect(condition: bool, otherwise: str) -> None:
    """Go on if so.

    Raises:
        DemoFailed: it is not so; `otherwise` says what is.
    """
    if not condition:
        raise DemoFailed(otherwise)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
