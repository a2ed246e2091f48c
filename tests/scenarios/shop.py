"""The actors of the scenarios: people with HTTP clients, and M-Pesa's simulator."""

import email
import itertools
import os
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar
from unittest.mock import patch

import requests

from devstack.stack import Stack
from tests import promises
from tests.conftest import reconnect

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Value = TypeVar("Value")

_names = itertools.count(1)

#: Seconds.
LONGEST_PAUSE = 0.2

#: The service without the conditions of the models that CARELESS_OF names.
CARELESS = Path(__file__).parent / "careless"
#: The service whose letters are one line, for loads.
TERSE = Path(__file__).parent / "terse"


def a_phone_that_pays() -> str:
    """One that nobody has used before: a phone shows one prompt at a time."""
    return f"25471{next(_names):07d}"


def awaited(look: Callable[[], Value | None], seconds: float = 20, *, pause: float = 0.03) -> Value:
    """What `look` finds in the end; fails the test if it finds nothing in time.

    `pause` is how many seconds the first two looks are apart. The longer it takes, the rarer they are: a look
    is a request, which takes the time of those that are looked at.
    """
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(pause)
        pause = max(pause, min(1.3 * pause, LONGEST_PAUSE))
    return found


class Person:
    """Somebody with an account and a browser."""

    def __init__(self, shop: "Shop", role_id: int = 3, name: str = "p") -> None:
        self.shop = shop
        self.http = requests.Session()
        name = f"{name}{next(_names)}-{uuid.uuid4().hex[:8]}"
        self.email = f"{name}@example.com"
        account = self.calls(
            "POST",
            "/signup",
            201,
            json={
                "username": name,
                "email": self.email,
                "_password_hash": "Tiketi@123",
                "phone_number": "0712345678",
                "role_id": role_id,
            },
        )
        self.id = account["id"]
        self.http.headers["Authorization"] = f"Bearer {account['token']}"

    def asks(self, method: str, path: str, **options: Any) -> requests.Response:
        answer = self.http.request(method, f"{self.shop.stack.url}{path}", timeout=40, **options)
        promises.check(method, path, answer.status_code, answer.headers, answer.content)
        return answer

    def calls(self, method: str, path: str, status: int, **options: Any) -> Any:
        answer = self.asks(method, path, **options)
        assert answer.status_code == status, answer.text
        return answer.json()

    def orders(
        self, event: dict[str, Any], n: int, phone: str = "", key: str | None = None
    ) -> requests.Response:
        phone = phone or a_phone_that_pays()
        body = {"event_id": event["id"], "ticket_type": "regular", "quantity": n, "phone": phone}
        return self.asks("POST", "/payments", json=body, headers={"Idempotency-Key": key} if key else {})

    def buys(self, event: dict[str, Any], n: int = 1, phone: str = "") -> str:
        """Order; returns the payment's id."""
        answer = self.orders(event, n, phone)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def payment(self, payment_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.calls("GET", f"/payments/{payment_id}", 200)
        return found

    def awaits(self, payment_id: str, *states: str, seconds: float = 20) -> dict[str, Any]:
        """The payment, once it has left Pending or reached one of the states."""

        def look() -> dict[str, Any] | None:
            payment = self.payment(payment_id)
            there = payment["status"] in states if states else payment["status"] != "Pending"
            return payment if there else None

        return awaited(look, seconds)

    def tickets(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.calls("GET", "/tickets", 200)
        return found


class Shop:
    """The running service, and what can be seen of it from outside."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def person(self) -> Person:
        return Person(self)

    def event(self, seats: int = 10, price: int = 500) -> dict[str, Any]:
        """An event of a new organizer's."""
        event: dict[str, Any] = Person(self, role_id=2).calls(
            "POST", "/events", 201, json=_form(seats, price)
        )
        return event

    def sharded_event(self, seats: int, price: int = 500, *, shards: int = 8) -> dict[str, Any]:
        """The same in eight shards: 10,000 seats have so many, and they never get fewer."""
        organizer = Person(self, role_id=2)
        event = organizer.calls("POST", "/events", 201, json=_form(shards * 1_250, price))
        small: dict[str, Any] = organizer.calls(
            "PATCH", f"/events/{event['id']}", 200, json={"capacity": seats}
        )
        assert len(self.shards(small)) == shards
        return small

    def left(self, event: dict[str, Any]) -> int:
        answer = requests.get(f"{self.stack.url}/events/{event['id']}/availability", timeout=10)
        return int(answer.json()["available_tickets"])

    def log(self, kind: str, **wanted: Any) -> list[dict[str, Any]]:
        """What the simulator has seen, of one kind."""
        entries = requests.get(f"{self.stack.simulator_url}/simulator/log", {"kind": kind}, timeout=10).json()
        return [entry for entry in entries if all(entry[name] == value for name, value in wanted.items())]

    def prompts(self, payment_id: str) -> int:
        """How many prompts the simulator has shown for a payment."""
        return len(self.log("push", account_reference=payment_id[-12:], status=200))

    def books(self) -> int:
        """What M-Pesa holds for us, in KES."""
        return int(requests.get(f"{self.stack.simulator_url}/simulator/books", timeout=10).json()["total"])

    def changes_simulator(self, **settings: Any) -> Self:
        answer = requests.put(f"{self.stack.simulator_url}/simulator/settings", json=settings, timeout=10)
        assert answer.status_code == 200, answer.text
        return self

    def stock(self, event: dict[str, Any]) -> dict[str, int]:
        """The columns of the event's stock, summed up, read below the service."""
        shards = self.shards(event)
        return {
            name: sum(int(sum(shard[name].values())) for shard in shards)
            for name in ("remaining", "held", "sold", "revenue")
        }

    def shards(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        """The event's stock, shard by shard."""
        import boto3

        table = boto3.resource("dynamodb", **self.aws).Table("tiketi-local-stock")
        keys = (f"{event['id']}#{number}" for number in itertools.count())
        found = (table.get_item(Key={"key": key}, ConsistentRead=True).get("Item") for key in keys)
        return list(itertools.takewhile(lambda shard: shard is not None, found))

    def mail(self, to: str) -> list[EmailMessage]:
        """The e-mails to an address that lie in the folder, oldest first."""
        files = sorted(Path(self.stack.folder, "mail").glob("*.eml"))
        letters = (email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in files)
        return [letter for letter in letters if to in str(letter["To"])]

    def letters(self) -> Counter[str]:
        """How often each message of the outbox lies in the folder, by its id."""
        return Counter(path.name.split("-")[-2] for path in Path(self.stack.folder, "mail").glob("*.*"))

    def texts(self, to: str) -> list[str]:
        """The SMS to a number, likewise."""
        files = sorted(Path(self.stack.folder, "mail").glob("*.sms.txt"))
        found = (path.read_text().split("\n\n", 1) for path in files)
        return [text.strip() for head, text in found if head == f"To: {to}"]

    def queues_are_empty(self) -> bool:
        """Whether no message waits or is being worked on, dead ones apart."""
        sqs, urls = self._queues()
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"] for url in urls]
        return not any(int(one[name]) for one in found for name in names)

    def brings_again_after(self, seconds: int) -> None:
        """Let the queues bring a message again so soon, if whoever took it has not deleted it."""
        sqs, urls = self._queues()
        for url in urls:
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})

    def _queues(self) -> "tuple[SQSClient, list[str]]":
        import boto3

        sqs = boto3.client("sqs", **self.aws)
        return sqs, [url for url in sqs.list_queues()["QueueUrls"] if not url.endswith("-dead")]

    @property
    def aws(self) -> dict[str, str]:
        """What boto3 needs to look below the service."""
        return {
            "endpoint_url": self.stack.aws_endpoint,
            "region_name": self.stack.environment["AWS_DEFAULT_REGION"],
            "aws_access_key_id": "local",
            "aws_secret_access_key": "local",
        }


@contextmanager
def seen_below(stack: Stack) -> Iterator[Shop]:
    """A shop whose tables this process sees through the models."""
    with patch.dict(os.environ, stack.environment):
        reconnect()
        try:
            yield Shop(stack)
        finally:
            reconnect()


def _form(seats: int, price: int) -> dict[str, Any]:
    return {
        "event_name": "Sauti za Busara",
        "location": "Uhuru Gardens, Nairobi",
        "start_time": "2099-06-01T16:00:00Z",
        "end_time": "2099-06-01T22:00:00Z",
        "regular_price": price,
        "available_tickets": seats,
    }
