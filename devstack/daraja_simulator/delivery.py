"""Sending callbacks in the background: one thread that watches the clock, a few that post."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any, Final, Generic, Protocol, TypeVar

import requests

from .callbacks import Letter, Parcel

WORKERS: Final = 16
#: Seconds to connect and to wait for the answer. Together under the 15 s for which a client commonly
#: waits for its push: a callback that precedes the push's answer must not make that client give up.
TIMEOUT_SECONDS: Final = (3.0, 8.0)

Ticket = TypeVar("Ticket")


class Clerk(Protocol[Ticket]):
    """Who is told about letters. Methods are called by many threads."""

    def sending(self, letter: Letter) -> Ticket | None:
        """A letter is about to be sent. None: it no longer matters, leave it."""

    def sent(self, ticket: Ticket, status: int | None, outcome: str) -> None:
        """It was answered, or lost, or failed."""


class Delivery(Generic[Ticket]):
    """A heap of parcels by the instant at which they are due. Nothing is ever sent again by itself."""

    def __init__(
        self, clerk: Clerk[Ticket], clock: Callable[[], datetime], workers: int = WORKERS, trusted: str = ""
    ) -> None:
        self._clerk = clerk
        self._clock = clock
        self._changed = threading.Condition()
        self._heap: list[tuple[datetime, int, Parcel]] = []
        self._count = itertools.count()
        self._due: SimpleQueue[Parcel | None] = SimpleQueue()
        self._pending = 0
        self._stopped = False
        self._local = threading.local()
        self._trusted = trusted
        targets = [self._watch, *[self._work] * workers]
        self._threads = [threading.Thread(target=target, daemon=True) for target in targets]
        for thread in self._threads:
            thread.start()

    @property
    def pending(self) -> int:
        """How many parcels are waiting or on their way."""
        with self._changed:
            return self._pending

    def schedule(self, parcels: Iterable[Parcel]) -> None:
        """Send each parcel when it is due."""
        with self._changed:
            for parcel in parcels:
                heapq.heappush(self._heap, (parcel.due, next(self._count), parcel))
                self._pending += 1
            self._changed.notify_all()

    def cancel(self) -> None:
        """Drop every parcel that is not on its way yet."""
        with self._changed:
            self._pending -= len(self._heap)
            self._heap.clear()
            while self._next_due() is not None:
                self._pending -= 1

    def deliver(self, letters: Iterable[Letter]) -> None:
        """Send letters one after another, now, and wait for each answer."""
        for letter in letters:
            ticket = self._clerk.sending(letter)
            if ticket is None:
                continue
            status, outcome = (None, "lost") if letter.lost else self._post(letter)
            self._clerk.sent(ticket, status, outcome)

    def stop(self) -> None:
        """Drop what is pending and end the threads; one that is posting ends with its post."""
        self.cancel()
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for _ in self._threads:
            self._due.put(None)
        deadline = time.monotonic() + 1
        for thread in self._threads:
            thread.join(timeout=max(0.0, deadline - time.monotonic()))

    def _watch(self) -> None:
        with self._changed:
            while not self._stopped:
                seconds = (self._heap[0][0] - self._clock()).total_seconds() if self._heap else None
                if seconds is not None and seconds <= 0:
                    self._due.put(heapq.heappop(self._heap)[2])
                else:
                    self._changed.wait(seconds)

    def _work(self) -> None:
        while (parcel := self._due.get()) is not None:
            try:
                self.deliver(parcel.letters)
            finally:
                with self._changed:
                    self._pending -= 1

    def _next_due(self) -> Parcel | None:
        try:
            return self._due.get_nowait()
        except Empty:
            return None

    def _post(self, letter: Letter) -> tuple[int | None, str]:
        try:
            answer = self._session().post(
                letter.url, json=letter.body, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except Exception as error:
            # Whatever a strange address leads to belongs in the log; it must not end this worker.
            return None, type(error).__name__
        return answer.status_code, "delivered" if answer.ok and not answer.is_redirect else "refused"

    def _session(self) -> requests.Session:
        session: Any = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            # A proxy of the machine must not see local callbacks, and a kept connection that the
            # other side has just closed would look like a lost callback.
            session.trust_env = False
            session.verify = self._trusted or True
            session.headers["Connection"] = "close"
        return session  # type: ignore[no-any-return]
