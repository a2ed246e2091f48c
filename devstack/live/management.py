"""The application's side: a stand-in of API Gateway's management API, `/@connections/{id}`.

Source: "Use @connections commands in your backend service", Amazon API Gateway Developer Guide; botocore's
model of `apigatewaymanagementapi`.
"""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote

from devstack.asgi import Answer, Receive, Scope, Send, body_of
from devstack.live.connection import MESSAGE_BYTES, Connection

_PATH: Final = re.compile("/@connections/([^/]+)")


class Management:
    """An ASGI application that sends to connections, shows and closes them.

    Args:
        find: the open connection with an id.
    """

    def __init__(self, find: Callable[[str], Connection | None]) -> None:
        self._find = find
        self._closing: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            await self._answer(scope, await body_of(receive)).give(send)

    def _answer(self, scope: Scope, body: bytes) -> Answer:
        path = _PATH.fullmatch(unquote(scope["path"]))
        if not path:
            return _refusal(403, "ForbiddenException", "Forbidden")
        connection = self._find(path[1])
        if connection is None:
            return _refusal(410, "GoneException", "")
        match scope["method"]:
            case "POST":
                return _post(connection, body)
            case "GET":
                return _answer(200, _shown(connection))
            case "DELETE":
                task = asyncio.create_task(connection.close())
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)
                return _answer(204)
            case _:
                return _refusal(403, "ForbiddenException", "Forbidden")


def _post(connection: Connection, body: bytes) -> Answer:
    if len(body) > MESSAGE_BYTES:
        return _refusal(413, "PayloadTooLargeException", "Message too long")
    if not connection.send(body):
        return _refusal(429, "LimitExceededException", "The client reads too slowly.")
    return _answer(200)


def _shown(connection: Connection) -> dict[str, Any]:
    return {
        "connectedAt": connection.connected_at.isoformat(),
        "lastActiveAt": connection.active_at.isoformat(),
        "identity": {"sourceIp": connection.source_ip, "userAgent": connection.user_agent},
    }


def _refusal(status: int, kind: str, message: str) -> Answer:
    refused = _answer(status, {"message": message})
    refused.headers.append((b"x-amzn-errortype", kind.encode()))
    return refused


def _answer(status: int, data: dict[str, Any] | None = None) -> Answer:
    body = b"" if data is None else json.dumps(data).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    return Answer(status, headers if status != 204 else [], body)
