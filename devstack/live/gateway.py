"""The clients' side: WebSockets whose coming, messages and going are handed to the application's functions.

The functions run in threads, as many at once as Lambda would run containers; what one client says is handed
over one after the other. So a client, however slow, holds up only itself.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, Final
from urllib.parse import urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from devstack.live import events
from devstack.live.connection import CLOSE_SECONDS, FRAME_BYTES, MESSAGE_BYTES, Connection
from devstack.timer import in_one_line

#: The only path.
PATH: Final = "/live"

log = logging.getLogger(__name__)

#: Calls the function of a route key with an event; what it answers.
Call = Callable[[str, dict[str, Any]], Any]


class LiveGateway:
    """All open connections.

    Args:
        call: calls the application's function for a route key; runs in a thread.
        threads: where it is called.
    """

    def __init__(self, call: Call, threads: Executor) -> None:
        self._call = call
        self._threads = threads
        self._open: dict[str, Connection] = {}
        self._coming: dict[ServerConnection, Connection] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: Server | None = None

    async def start(self, port: int) -> int:
        """Listen on a port of 127.0.0.1, which it returns; 0 picks one."""
        self._server = await serve(
            self._stay,
            "127.0.0.1",
            port,
            process_request=self._admit,
            max_size=(MESSAGE_BYTES, FRAME_BYTES),
            compression=None,
            ping_interval=None,  # API Gateway asks nobody whether he is still there
            open_timeout=None,  # else the application could be left believing that somebody came
            close_timeout=CLOSE_SECONDS,
            backlog=1024,
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close all connections. The application is not told: it learns so when it sends."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*(connection.close() for connection in list(self._open.values())))
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    def find(self, connection_id: str) -> Connection | None:
        """The open connection with that id."""
        found = self._open.get(connection_id)
        return found if found and found.is_open else None

    async def _admit(self, socket: ServerConnection, request: Request) -> Response | None:
        """Ask the application whether somebody may connect; the refusal if not."""
        if urlsplit(request.path).path != PATH:
            return socket.respond(403, "Forbidden")
        connection = Connection(socket, request)
        status = await self._ask(events.CONNECT, events.connect(connection, request))
        if not 200 <= status < 300:
            return socket.respond(status, "")
        self._coming[socket] = connection
        # From here on it is told of the end too, even if the client is gone before it has an answer.
        self._keep(self._bid_farewell(socket, connection))
        return None

    async def _stay(self, socket: ServerConnection) -> None:
        """Hand over what a client says, until it goes."""
        connection = self._coming[socket]
        self._open[connection.id] = connection
        due = asyncio.create_task(connection.close_when_due())
        try:
            async for data in socket:
                connection.touch()
                status = await self._ask(events.MESSAGE, event := events.message(connection, data))
                if status >= 500:
                    connection.send(_failure(event))
        except ConnectionClosed:
            pass  # without a close frame
        finally:
            due.cancel()

    async def _bid_farewell(self, socket: ServerConnection, connection: Connection) -> None:
        await socket.wait_closed()
        del self._coming[socket]
        self._open.pop(connection.id, None)
        event = events.disconnect(connection, socket.close_code, socket.close_reason)
        await self._ask(events.DISCONNECT, event)

    async def _ask(self, route: str, event: dict[str, Any]) -> int:
        """The status of the function's answer; 502 if it failed."""
        loop, started = asyncio.get_running_loop(), time.perf_counter()
        try:
            answer = await loop.run_in_executor(self._threads, self._call, route, event)
            status = int(answer["statusCode"])
        except Exception as problem:
            log.warning("%s failed: %s", route, in_one_line(problem))
            return 502
        log.info("%s: %s in %.0f ms", route, status, 1000 * (time.perf_counter() - started))
        return status

    def _keep(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)  # the loop itself keeps only a weak reference
        task.add_done_callback(self._tasks.discard)


def _failure(event: dict[str, Any]) -> bytes:
    """What API Gateway tells a client whose message the function failed at."""
    context = event["requestContext"]
    told = {
        "message": "Internal server error",
        "connectionId": context["connectionId"],
        "requestId": context["requestId"],
    }
    return json.dumps(told).encode()
