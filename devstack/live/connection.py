"""One open WebSocket, with API Gateway's quotas.

Source: "Quotas for configuring and running a WebSocket API", Amazon API Gateway Developer Guide.
"""

import asyncio
import base64
import contextlib
import secrets
import time
from datetime import UTC, datetime
from typing import Final

from websockets.asyncio.server import ServerConnection, broadcast
from websockets.http11 import Request
from websockets.protocol import State

#: The largest message and the largest frame of one, in bytes, to and from clients.
MESSAGE_BYTES: Final = 128 * 1024
FRAME_BYTES: Final = 32 * 1024
#: A connection over which nothing went for so long is closed, and any after two hours, in seconds.
IDLE_SECONDS: Final = 10 * 60.0
LIFE_SECONDS: Final = 2 * 60 * 60.0
#: Bytes that may wait for a client that reads slowly; beyond them messages to it are refused.
WAITING_BYTES: Final = 128 * 1024
#: So long one waits for the good-bye of a client that is sent away, in seconds.
CLOSE_SECONDS: Final = 1.0
#: What a client is told that is closed for its quotas: RFC 6455's "going away".
GOING_AWAY: Final = 1001


class Connection:
    """A client: who it is, since when, and when anything last went over the line."""

    def __init__(self, socket: ServerConnection, request: Request) -> None:
        #: In the shape of API Gateway's, which needs escaping in a path.
        self.id: Final = base64.urlsafe_b64encode(secrets.token_bytes(11)).decode()
        self.connected_at: Final = datetime.now(UTC)
        self.active_at = self.connected_at
        self.source_ip: Final[str] = socket.remote_address[0]
        self.user_agent: Final = request.headers.get("User-Agent", "")
        self._socket = socket
        self._opened = self._last = time.monotonic()

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent to it."""
        return self._socket.state is State.OPEN

    def touch(self) -> None:
        """Note that something went over the line."""
        self.active_at, self._last = datetime.now(UTC), time.monotonic()

    def send(self, text: bytes) -> bool:
        """Send, without waiting for a client that reads slowly; whether there was room for it."""
        if self._socket.transport.get_write_buffer_size() > WAITING_BYTES:
            return False
        broadcast([self._socket], text, text=True)
        self.touch()
        return True

    async def close_when_due(self) -> None:
        """Wait until it has been idle, or there, for too long; then close it."""
        while (left := self._seconds_left()) > 0:
            await asyncio.sleep(left)
        await self.close()

    async def close(self) -> None:
        """Say good-bye, and hang up after `CLOSE_SECONDS` on a client that does not or cannot hear it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._socket.close(GOING_AWAY, "Going away")
        self._socket.transport.abort()

    def _seconds_left(self) -> float:
        return min(self._last + IDLE_SECONDS, self._opened + LIFE_SECONDS) - time.monotonic()
