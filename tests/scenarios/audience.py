"""People who have an event's page open and see its numbers move, each over a WebSocket of its own."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

Result = TypeVar("Result")

#: How long one waits for all of them, in seconds.
PATIENCE_SECONDS = 300
#: Handshakes at once: more of them only wait for each other.
COMING_AT_ONCE = 16


@dataclass
class Watcher:
    """One of them, and what was told: when (`time.monotonic()`), and the availability."""

    line: ClientConnection
    told: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)

    @property
    def shown(self) -> list[int]:
        """The numbers that the page has shown; what was overtaken on its way, or came twice, it drops."""
        newest, shown = -1, []
        for _, state in self.told:
            if state["version"] > newest:
                newest = state["version"]
                shown.append(int(state["available_tickets"]))
        return shown

    @property
    def left(self) -> int | None:
        """The number on the page now."""
        return self.shown[-1] if self.told else None

    async def listens(self) -> None:
        try:
            async for text in self.line:
                message = json.loads(text)
                if "version" in message:
                    self.told.append((time.monotonic(), message))
                else:
                    self.refused.append(message)
        except ConnectionClosed:
            return


class Audience:
    """So many watchers of an event, in a thread of their own; within the block all have seen its state."""

    def __init__(self, url: str, event_id: str, count: int) -> None:
        self._url, self._event_id, self._count = url, event_id, count
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._listening: list[asyncio.Task[None]] = []
        self.watchers: list[Watcher] = []

    def __enter__(self) -> Self:
        self._thread.start()
        self._does(self._come())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._does(self._go())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def all_see(self, left: int) -> bool:
        """Whether everybody's page has that number."""
        return all(watcher.left == left for watcher in self.watchers)

    def messages(self) -> int:
        """How many they got, all together."""
        return sum(len(watcher.told) for watcher in self.watchers)

    def stop_reading(self) -> None:
        """All read no more, and say nothing: their phones are in a tunnel."""
        for watcher in self.watchers:
            self._loop.call_soon_threadsafe(watcher.line.transport.pause_reading)

    def asks(self, message: object) -> None:
        """One of them says something."""
        text = message if isinstance(message, str) else json.dumps(message)
        self._does(self.watchers[0].line.send(text))

    def _does(self, work: Coroutine[Any, Any, Result]) -> Result:
        done: Future[Result] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return done.result(PATIENCE_SECONDS)

    async def _come(self) -> None:
        turn = asyncio.Semaphore(COMING_AT_ONCE)
        await asyncio.gather(*(self._comes(turn) for _ in range(self._count)))
        await _until(lambda: all(watcher.told for watcher in self.watchers))

    async def _comes(self, turn: asyncio.Semaphore) -> None:
        async with turn:
            line = await connect(
                self._url,
                proxy=None,
                ping_interval=None,
                compression=None,
                open_timeout=PATIENCE_SECONDS,
                close_timeout=1,
            )
            watcher = Watcher(line)
            self.watchers.append(watcher)
            self._listening.append(asyncio.create_task(watcher.listens()))
            await line.send(json.dumps({"action": "subscribe", "event_id": self._event_id}))
            await _until(lambda: watcher.told)

    async def _go(self) -> None:
        await asyncio.gather(*(watcher.line.close() for watcher in self.watchers))
        for task in self._listening:
            task.cancel()


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)
