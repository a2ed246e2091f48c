"""The people and machines that the tests are about, hand-written instead of mocked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from chalicelib.core.settings import settings
from chalicelib.delivery.letter import Letter
from chalicelib.delivery.outcomes import Outcome, Refused, Sent
from chalicelib.payments.daraja.answers import Accepted, Prompt, Push, Requested, Reversal, Reversing
from chalicelib.payments.daraja.callbacks import Result
from chalicelib.payments.daraja.transactions import Page, Transaction
from tests import promises

PHONE = "0712 345 678"


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = self.start = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def passes(self, **how_long: float) -> None:
        self.at += timedelta(**how_long)


@dataclass
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)


class Town:
    """The application, the people who use it, and M-Pesa."""

    def __init__(self, clock: Clock) -> None:
        import app
        from devstack.gateway import test_client

        self.clock = clock
        self.app = app
        self.safaricom = Safaricom(self)
        self.post = Post()
        self.pace = Pace()
        self._phones = 0
        self._http = test_client(app.app).http

    def another_phone(self) -> str:
        """A phone on which no prompt is open."""
        self._phones += 1
        return f"2547123{self._phones:05d}"

    def till(self) -> Any:
        from chalicelib.payments.till import Till

        return Till(self.safaricom, settings(), self.pace, self.clock)

    def asks(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One HTTP request to the application."""
        sent = dict(headers or {})
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if data and "Content-Type" not in sent:
            sent["Content-Type"] = "application/json"
        answer = self._http.request(method, path, headers=sent, body=data)
        promises.check(method, path, answer.status_code, answer.headers, answer.body)
        return Answer(answer.status_code, answer.headers, answer.body)

    def signs_up(self, name: str, role_id: int = 3, **more: Any) -> "Person":
        answer = self.asks("POST", "/signup", sign_up_form(name, role_id=role_id, **more))
        assert answer.status == 201, answer.body
        return Person(self, answer.body["id"], answer.body["token"])

    def organizer(self, name: str) -> "Organizer":
        person = self.signs_up(name, role_id=2)
        return Organizer(self, person.id, person.token)

    def admin(self, name: str = "wanjiru") -> "Person":
        """Nobody signs up as Admin; the role is given as `make admin` does."""
        from chalicelib.accounts.bootstrapping import make_admin

        person = self.signs_up(name)
        make_admin(person.id, self.clock())
        return person

    def settles(self) -> int:
        """Work off the results as Lambda would; returns how many messages there were."""
        from chalicelib.core.queues import STK_RESULTS

        return self._works_off(STK_RESULTS.name, self.app.settle)

    def pushes_queued(self) -> int:
        """Work off the pushes that wait, as Lambda would; returns how many messages there were."""
        from chalicelib.core.queues import STK_PUSH

        return self._works_off(STK_PUSH.name, self.app.push)

    def unwinds(self) -> int:
        """Give back payments of cancelled events as Lambda would; returns how many messages there were."""
        from chalicelib.core.queues import CANCELLED_EVENTS

        return self._works_off(CANCELLED_EVENTS.name, self.app.unwind)

    def refunds(self) -> int:
        """Work off what is to be reversed, and what became of it; returns how many messages there were."""
        from chalicelib.core.queues import REFUNDS

        return self._works_off(REFUNDS.name, self.app.refund)

    def forgets_queued_pushes(self) -> None:
        """As if the process had died before the pushes reached the queue."""
        from chalicelib.core.queues import STK_PUSH

        self._loses(STK_PUSH.name)

    def forgets_deliveries(self) -> None:
        """The same of messages of the outbox."""
        from chalicelib.core.queues import DELIVERIES

        self._loses(DELIVERIES.name)

    def _loses(self, queue: str) -> None:
        url = self._url(queue)
        while messages := self.sqs.receive_message(QueueUrl=url).get("Messages"):
            for message in messages:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def indexes(self) -> int:
        """Let the search follow what has changed; returns how many messages there were."""
        from chalicelib.core.queues import EVENT_CHANGES

        return self._works_off(EVENT_CHANGES.name, self.app.index)

    def posts(self) -> int:
        """Send what waits in the outbox as Lambda would; returns how many messages there were."""
        from chalicelib.core.queues import DELIVERIES

        return self._works_off(DELIVERIES.name, self.app.deliver)

    def mends(self) -> None:
        """The tick of the schedule that looks after the search and the outbox."""
        self.ticks(self.app.mend)

    def _url(self, queue: str) -> str:
        return str(self.sqs.get_queue_url(QueueName=queue)["QueueUrl"])

    def _works_off(self, queue: str, handler: Any) -> int:
        worked_off = 0
        url = self.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        while messages := self.sqs.receive_message(QueueUrl=url).get("Messages"):
            for message in messages:
                record = {"body": message["Body"], "receiptHandle": message["ReceiptHandle"]}
                handler({"Records": [record]}, None)
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                worked_off += 1
        return worked_off

    @property
    def sqs(self) -> Any:
        from chalicelib.core import queues

        return queues._client()

    def reconciles(self) -> None:
        """The schedule's tick."""
        self.ticks(self.app.reconcile)

    def ticks(self, handler: Any) -> None:
        """One tick of a schedule."""
        handler(
            {
                "version": "0",
                "account": "",
                "region": "",
                "detail": {},
                "detail-type": "Scheduled Event",
                "source": "aws.events",
                "time": "",
                "id": "",
                "resources": [],
            },
            None,
        )


class Pace:
    """Our pace as a test wants it: while `turns` is None everybody may push, else so many may."""

    def __init__(self) -> None:
        self.turns: int | None = None

    def take(self, *, waited: bool = False) -> bool:
        if self.turns is None:
            return True
        self.turns -= 1
        return self.turns >= 0

    def put_back(self) -> None:
        if self.turns is not None:
            self.turns += 1


@dataclass
class Person:
    """Somebody with an account."""

    town: Town
    id: str
    token: str = field(repr=False)

    def asks(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        return self.town.asks(method, path, body, sent)

    def orders(self, event: Mapping[str, Any], n: int = 1, key: str | None = None, **more: Any) -> Answer:
        phone = self.town.another_phone()
        body = {"event_id": event["id"], "ticket_type": "regular", "quantity": n, "phone": phone} | more
        return self.asks("POST", "/payments", body, {"Idempotency-Key": key} if key else None)

    def buys(self, event: Mapping[str, Any], n: int = 1, **more: Any) -> dict[str, Any]:
        answer = self.orders(event, n, **more)
        assert answer.status == 202, answer.body
        payment: dict[str, Any] = answer.body
        return payment

    def payment(self, payment: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.asks("GET", f"/payments/{payment['id']}")
        assert answer.status == 200, answer.body
        detail: dict[str, Any] = answer.body
        return detail

    def tickets(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.asks("GET", "/tickets").body
        return found


class Organizer(Person):
    """Somebody who may put events on sale."""

    def event(self, **more: Any) -> dict[str, Any]:
        answer = self.asks("POST", "/events", event_form(**more))
        assert answer.status == 201, answer.body
        event: dict[str, Any] = answer.body
        return event

    def sharded_event(self, seats: int, **more: Any) -> dict[str, Any]:
        """An event of few seats in eight shards: 10,000 seats have so many, and they never get fewer."""
        event = self.event(available_tickets=10_000, **more)
        answer = self.asks("PATCH", f"/events/{event['id']}", {"capacity": seats})
        assert answer.status == 200, answer.body
        small: dict[str, Any] = answer.body
        return small


class Safaricom:
    """M-Pesa as the tests want it: takes every push, and calls back when told to."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.prompts: list[Prompt] = []
        self.next_pushes: list[Push] = []
        self.query_says: dict[str, Result] = {}
        self.queries = 0
        self.reversals: list[Reversal] = []
        self.next_reversals: list[Reversing] = []
        self.questions: list[tuple[str, str]] = []
        self.transactions: list[Transaction] = []
        self.pulls: list[tuple[datetime, datetime, int]] = []
        self.page = 100

    def status(self, conversation: str, result_url: str) -> Reversing:
        self.questions.append((conversation, result_url))
        return Requested(f"AG_S{len(self.questions)}")

    def tells_status(self, status: str, code: int = 0, *, body: bytes | None = None, **told: Any) -> Answer:
        """Post what became of the request that was asked about last, and let the queue be worked off."""
        conversation, url = self.questions[-1]
        data = body or json.dumps(status_body(status, code, conversation, **told)).encode()
        answer = self.town.asks("POST", urlsplit(url).path, data)
        self.town.refunds()
        return answer

    def pull(self, since: datetime, until: datetime, offset: int) -> Page:
        self.pulls.append((since, until, offset))
        within = [one for one in self.transactions if since <= one.at <= until]
        page = within[offset : offset + self.page]
        return Page(page, len(page))

    def reverse(self, reversal: Reversal) -> Reversing:
        self.reversals.append(reversal)
        if self.next_reversals:
            return self.next_reversals.pop(0)
        return Requested(f"AG_{len(self.reversals)}")

    def tells(
        self,
        code: int | str = 0,
        *,
        reversal: int = -1,
        timed_out: bool = False,
        body: bytes | None = None,
        settle: bool = True,
        **told: Any,
    ) -> Answer:
        """Post what became of a reversal (the latest) to its URL, and let the queue be worked off."""
        asked = self.reversals[reversal]
        url = asked.timeout_url if timed_out else asked.result_url
        number = reversal + 1 if reversal >= 0 else len(self.reversals) + reversal + 1
        data = body or json.dumps(reversal_body(code, asked, f"AG_{number}", **told)).encode()
        answer = self.town.asks("POST", urlsplit(url).path, data)
        if settle:
            self.town.refunds()
        return answer

    def push(self, prompt: Prompt) -> Push:
        self.prompts.append(prompt)
        if self.next_pushes:
            return self.next_pushes.pop(0)
        return Accepted(f"ws_CO_{len(self.prompts)}", f"merchant-{len(self.prompts)}")

    def query(self, checkout_request_id: str) -> Result | None:
        self.queries += 1
        return self.query_says.get(checkout_request_id)

    def calls_back(
        self,
        code: int | str = 0,
        *,
        prompt: int = -1,
        amount: float | None = None,
        receipt: str = "TKX1234567",
        body: bytes | None = None,
        settle: bool = True,
    ) -> Answer:
        """Post the result of a prompt (the latest) to its callback URL, and let the queue be worked off."""
        sent = self.prompts[prompt]
        number = prompt + 1 if prompt >= 0 else len(self.prompts) + prompt + 1
        data = (
            body
            or json.dumps(
                callback_body(code, amount or float(sent.amount), receipt, f"ws_CO_{number}")
            ).encode()
        )
        answer = self.town.asks("POST", urlsplit(sent.callback_url).path, data)
        if settle:
            self.town.settles()
        return answer


@dataclass
class Posted:
    """What a carrier was given, and whether it certainly did not take it."""

    channel: str
    message_id: str
    claim: str
    letter: Letter
    refused: bool = False


class Post:
    """Whoever carries e-mail and SMS: takes everything, and answers `next_outcomes` first, if there are."""

    def __init__(self) -> None:
        self.taken: list[Posted] = []
        self.next_outcomes: list[Outcome | Exception] = []
        self.sends_sms = False

    def ways(self) -> Mapping[str, Any]:
        return dict.fromkeys(("email", "sms") if self.sends_sms else ("email",), self.takes)

    def takes(self, letter: Letter, message: Any, at: datetime) -> Outcome:
        outcome = self.next_outcomes.pop(0) if self.next_outcomes else Sent(f"carried-{len(self.taken) + 1}")
        refused = isinstance(outcome, Refused)
        self.taken.append(Posted(message.channel, message.id, message.claim, letter, refused))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def callback_body(code: int | str, amount: float, receipt: str, checkout: str) -> dict[str, Any]:
    """A callback in Safaricom's shape."""
    callback: dict[str, Any] = {
        "MerchantRequestID": "merchant-1",
        "CheckoutRequestID": checkout,
        "ResultCode": code,
        "ResultDesc": "The service request is processed successfully.",
    }
    if code == 0:
        callback["CallbackMetadata"] = {
            "Item": [
                {"Name": "Amount", "Value": amount},
                {"Name": "MpesaReceiptNumber", "Value": receipt},
                {"Name": "Balance"},
                {"Name": "TransactionDate", "Value": 20261124120115},
                {"Name": "PhoneNumber", "Value": 254712345678},
            ]
        }
    return {"Body": {"stkCallback": callback}}


def reversal_body(
    code: int | str, asked: Reversal, conversation: str, receipt: str = "TKY7654321", **told: Any
) -> dict[str, Any]:
    """The result of a reversal in Safaricom's shape."""
    result: dict[str, Any] = {
        "ResultType": 0,
        "ResultCode": code,
        "ResultDesc": "The service request is processed successfully.",
        "OriginatorConversationID": conversation,
        "ConversationID": "AG_20261124_00004d7ee675c0c7ee0b",
        "TransactionID": receipt,
    }
    if code == 0:
        result["ResultParameters"] = {
            "ResultParameter": [
                {"Key": "Amount", "Value": told.get("amount", asked.amount)},
                {"Key": "TransCompletedTime", "Value": 20261124120115},
                {"Key": "OriginalTransactionID", "Value": told.get("original", asked.receipt)},
                {"Key": "Charge", "Value": 0},
                {"Key": "CreditPartyPublicName", "Value": "254712345678 - Amina"},
            ]
        }
    return {"Result": result}


def status_body(status: str, code: int, conversation: str, **told: Any) -> dict[str, Any]:
    """What Transaction Status says, in Safaricom's shape."""
    items = {
        "DebitPartyName": "174379 - Tiketi Tamasha",
        "TransactionStatus": status,
        "Amount": 4000.0,
        "ReceiptNo": "TKY7654321",
        "FinalisedTime": 20261124120115,
        "OriginatorConversationID": conversation,
        **told,
    }
    parameters = [{"Key": key, "Value": value} for key, value in items.items() if value is not None]
    return {
        "Result": {
            "ResultType": 0,
            "ResultCode": code,
            "ResultDesc": "The service request is processed successfully.",
            "OriginatorConversationID": "AG_S1",
            "TransactionID": "TKX0000000",
            "ResultParameters": {"ResultParameter": parameters},
        }
    }


def sign_up_form(name: str, **more: Any) -> dict[str, Any]:
    """What the front end sends to sign up."""
    return {
        "username": name,
        "email": f"{name}@example.com",
        "_password_hash": "Tiketi@123",
        "phone_number": PHONE,
        "role_id": 3,
    } | more


def event_form(**more: Any) -> dict[str, Any]:
    """What the front end sends to create an event."""
    return {
        "event_name": "Blankets & Wine",
        "description": "An afternoon of live music on the grass.",
        "tags": "music, outdoor",
        "location": "Loresho Gardens, Nairobi",
        "start_time": "2026-12-24T16:00:00Z",
        "end_time": "2026-12-24T22:00:00Z",
        "early_booking_price": "1500",
        "regular_price": 2000,
        "MVP_price": 5000,
        "available_tickets": "10",
        "category_id": "",
        "images": "/images/blankets.svg",
    } | more
