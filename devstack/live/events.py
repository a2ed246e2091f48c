"""The events that API Gateway gives to the functions of a WebSocket API.

Source: "Integration request of WebSocket APIs" and "$context variables", Amazon API Gateway Developer Guide.
"""

import base64
import time
import uuid
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from websockets.http11 import Request

from devstack.live.connection import Connection

CONNECT: Final = "$connect"
MESSAGE: Final = "$default"
DISCONNECT: Final = "$disconnect"
STAGE: Final = "local"
_API: Final = "local"


def connect(connection: Connection, request: Request) -> dict[str, Any]:
    """Somebody wants to connect."""
    event = _event(connection, CONNECT, "CONNECT")
    headers: dict[str, list[str]] = {}
    for name, value in request.headers.raw_items():
        headers.setdefault(name, []).append(value)
    query = parse_qs(urlsplit(request.path).query, keep_blank_values=True)
    return event | {
        **_both("headers", "multiValueHeaders", headers),
        **(_both("queryStringParameters", "multiValueQueryStringParameters", query) if query else {}),
    }


def message(connection: Connection, data: str | bytes) -> dict[str, Any]:
    """Somebody says something."""
    binary = isinstance(data, bytes)
    event = _event(connection, MESSAGE, "MESSAGE")
    event["requestContext"]["messageId"] = _id()
    return event | {
        "body": base64.b64encode(data).decode() if isinstance(data, bytes) else data,
        "isBase64Encoded": binary,
    }


def disconnect(connection: Connection, code: int | None, reason: str | None) -> dict[str, Any]:
    """Somebody is gone."""
    event = _event(connection, DISCONNECT, "DISCONNECT")
    event["requestContext"] |= {"disconnectStatusCode": code or 1006, "disconnectReason": reason or ""}
    return event


def _event(connection: Connection, route: str, kind: str) -> dict[str, Any]:
    identity = {"sourceIp": connection.source_ip, "userAgent": connection.user_agent}
    return {
        "requestContext": {
            "routeKey": route,
            "eventType": kind,
            "messageDirection": "IN",
            "stage": STAGE,
            "apiId": _API,
            "domainName": f"{_API}.execute-api.local",
            "connectionId": connection.id,
            "connectedAt": round(connection.connected_at.timestamp() * 1000),
            "requestId": _id(),
            "extendedRequestId": _id(),
            "requestTimeEpoch": round(time.time() * 1000),
            "identity": identity,
        },
        "isBase64Encoded": False,
    }


def _both(single: str, multiple: str, values: Mapping[str, list[str]]) -> dict[str, Any]:
    """Names with their last value, and with all."""
    return {single: {name: all_of[-1] for name, all_of in values.items()}, multiple: dict(values)}


def _id() -> str:
    return uuid.uuid4().hex
