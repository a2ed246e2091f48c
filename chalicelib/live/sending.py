"""Sending to open connections, through API Gateway's management API.

Source: "Use @connections commands in your backend service", Amazon API Gateway Developer Guide.
"""

from enum import StrEnum
from functools import cache
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core import log
from chalicelib.core.settings import settings

#: Messages on their way at once.
AT_ONCE: Final = 32
_GONE: Final = "GoneException"


class Sent(StrEnum):
    """What became of a message."""

    OK = "ok"
    GONE = "gone"
    FAILED = "failed"


def send(connection_id: str, text: str) -> Sent:
    """Send a message to one connection, within three seconds; never fails for good."""
    try:
        _client().post_to_connection(ConnectionId=connection_id, Data=text.encode())
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return Sent.GONE if code == _GONE else _failed(code)
    except BotoCoreError as error:
        return _failed(type(error).__name__)
    return Sent.OK


def close(connection_id: str) -> None:
    """Close a connection, unless that fails: API Gateway closes it at last."""
    try:
        _client().delete_connection(ConnectionId=connection_id)
    except (BotoCoreError, ClientError):
        return


def _failed(why: str) -> Sent:
    log.event("live.not_sent", why=why)
    return Sent.FAILED


@cache
def _client() -> Any:
    import boto3  # here, since most handlers never send
    from botocore.config import Config

    config = Config(
        connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1}, max_pool_connections=AT_ONCE
    )
    return boto3.client("apigatewaymanagementapi", endpoint_url=settings().connections_url, config=config)
