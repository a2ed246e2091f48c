"""What middleware in front of the emulator needs of ASGI: requests and answers as a whole."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_OF_THE_BODY: Final = (b"content-length", b"x-amz-crc32")


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, whole."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def data(self) -> Any:
        """Its JSON."""
        return json.loads(self.body or b"{}")

    def but(self, data: Any) -> "Answer":
        """The same with another body."""
        body = json.dumps(data).encode()
        kept = [(name, value) for name, value in self.headers if name.lower() not in _OF_THE_BODY]
        return Answer(self.status, [*kept, (b"content-length", str(len(body)).encode())], body)

    async def give(self, send: Send) -> None:
        """Answer with it."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def refusal(data: Any, status: int = 400) -> Answer:
    """What AWS answers in its JSON protocol when it says no."""
    return Answer(status, [(b"content-type", b"application/x-amz-json-1.0")], b"").but(data)


def target_of(scope: Scope) -> str:
    """The `X-Amz-Target` of a request, such as `DynamoDB_20120810.GetItem`; empty where there is none."""
    return dict(scope["headers"]).get(b"x-amz-target", b"").decode() if scope["type"] == "http" else ""


async def body_of(receive: Receive) -> bytes:
    """The body of a request."""
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def ask(app: App, scope: Scope, body: bytes) -> Answer:
    """Give a request to an application; its answer."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = next(one for one in sent if one["type"] == "http.response.start")
    return Answer(
        start["status"],
        list(start.get("headers", ())),
        b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body"),
    )
