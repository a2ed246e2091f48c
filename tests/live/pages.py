"""Open pages, API Gateway before the application, the stream of the stock, and the queue of rounds."""

import json
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.core import queues
from tests.actors import Town


class Page:
    """One page with a WebSocket."""

    def __init__(self, wire: "Wire", connection_id: str, address: str) -> None:
        self.wire = wire
        self.id = connection_id
        self.address = address
        self.heard: list[dict[str, Any]] = []
        self.open = True
        #: Messages that do not reach it, from now on.
        self.lost = 0

    def says(self, message: Any) -> list[dict[str, Any]]:
        """Send a message (text as it is, anything else as JSON); what it hears at once."""
        before = len(self.heard)
        body = message if isinstance(message, str) else json.dumps(message)
        self.wire.town.app.hear(self.wire.event(self, "MESSAGE", body), None)
        return self.heard[before:]

    def follows(self, event_id: str) -> list[dict[str, Any]]:
        return self.says({"action": "subscribe", "event_id": event_id})

    def leaves(self) -> None:
        """As API Gateway tells it; it need not."""
        self.open = False
        self.wire.town.app.leave(self.wire.event(self, "DISCONNECT"), None)

    @property
    def left(self) -> list[int]:
        return [message["available_tickets"] for message in self.heard]

    @property
    def versions(self) -> list[int]:
        return [message["version"] for message in self.heard]


class Wire:
    """Stands for the management API, the stream and the queue `availability`."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.pages: dict[str, Page] = {}
        self.waiting: list[tuple[dict[str, Any], int]] = []
        self.calls = 0

    def opens(self, address: str = "197.232.1.1") -> Page:
        page = Page(self, f"page{len(self.pages):06d}=", address)
        self.pages[page.id] = page
        answer = self.town.app.connect(self.event(page, "CONNECT"), None)
        page.open = answer["statusCode"] == 200
        return page

    def event(self, page: Page, kind: str, body: str | None = None) -> dict[str, Any]:
        """What API Gateway sends; source: "Set up a WebSocket API integration request", its guide."""
        context = {
            "routeKey": {"CONNECT": "$connect", "DISCONNECT": "$disconnect"}.get(kind, "$default"),
            "eventType": kind,
            "connectionId": page.id,
            "domainName": "abc.execute-api.eu-west-1.amazonaws.com",
            "apiId": "abc",
            "stage": "dev",
            "identity": {"sourceIp": page.address},
        }
        return {"requestContext": context, "isBase64Encoded": False} | ({"body": body} if body else {})

    # --- the management API -------------------------------------------------------------------------------
    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> None:  # noqa: N803
        self.calls += 1
        page = self.pages.get(ConnectionId)
        if page is None or not page.open:
            raise ClientError({"Error": {"Code": "GoneException", "Message": ""}}, "PostToConnection")
        if page.lost:
            page.lost -= 1
            raise ReadTimeoutError(endpoint_url="")
        page.heard.append(json.loads(Data))

    def delete_connection(self, *, ConnectionId: str) -> None:  # noqa: N803
        self.pages[ConnectionId].open = False

    # --- the stream, and the queue ------------------------------------------------------------------------
    def changed(self, *events: str, times: int = 1) -> None:
        """The stream tells of the first shard of each event, so many times."""
        records = [record(f"{event_id}#0") for event_id in events for _ in range(times)]
        self.town.app.notice({"Records": records}, None)

    def sends(self, queue: queues.Queue, body: str, delay_seconds: int = 0) -> None:
        """Instead of `queues.send`."""
        if queue == queues.AVAILABILITY:
            self.waiting.append((json.loads(body), delay_seconds))

    def hints(self, queue: queues.Queue, bodies: Iterable[str]) -> None:
        """Instead of `queues.hint_all`."""
        for body in bodies:
            self.sends(queue, body)

    def tells(self, seconds: int = 0) -> int:
        """Work off what is due within so many seconds, as the clock goes on; how many messages that was."""
        done = 0
        for second in range(seconds + 1):
            while due := [one for one in self.waiting if one[1] <= 0]:
                self.waiting = [one for one in self.waiting if one[1] > 0]
                for body, _ in due:
                    self.works_off(body)
                    done += 1
            if second < seconds:
                self.town.clock.passes(seconds=1)
                self.waiting = [(body, delay - 1) for body, delay in self.waiting]
        return done

    def works_off(self, body: dict[str, Any]) -> None:
        self.town.app.tell({"Records": [{"body": json.dumps(body), "receiptHandle": ""}]}, None)


def record(key: str) -> dict[str, Any]:
    """A record of the stream, as Lambda brings it; source: "Using AWS Lambda with Amazon DynamoDB"."""
    return {
        "eventID": "1",
        "eventName": "MODIFY",
        "awsRegion": "eu-west-1",
        "eventSourceARN": "arn:aws:dynamodb:eu-west-1:000000000000:table/tiketi-local-stock/stream/2026",
        "dynamodb": {
            "ApproximateCreationDateTime": 1,
            "Keys": {"key": {"S": key}},
            "SequenceNumber": "1",
            "SizeBytes": 1,
            "StreamViewType": "KEYS_ONLY",
        },
    }


def ids(pages: Iterable[Page]) -> list[str]:
    return [page.id for page in pages]
