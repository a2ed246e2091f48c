"""What EventBridge does: call the scheduled handlers, again and again."""

import logging
import os
import threading
import traceback
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chalice.app import Chalice, ScheduledEventConfig
from chalice.local import LambdaContext

log = logging.getLogger(__name__)


class Timer:
    """A thread for each `@app.schedule` handler, which it calls every `seconds`, whatever its schedule says.

    Deployed, a schedule is a minute at the least; locally nobody wants to wait so long.
    """

    def __init__(self, app: Chalice, seconds: float) -> None:
        self._seconds = seconds
        self._stopping = threading.Event()
        names = [config.name for config in app.event_sources if isinstance(config, ScheduledEventConfig)]
        self._threads = [
            threading.Thread(target=self._run, name=name, args=(name, app.handler_map[name]))
            for name in names
        ]

    def start(self) -> None:
        """Begin; the first call comes after one period, as EventBridge's does."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Make no more calls. `join` waits for one that is running."""
        self._stopping.set()

    def join(self) -> None:
        """Wait for the threads to end, after `stop`."""
        for thread in self._threads:
            thread.join()

    def _run(self, name: str, handler: Any) -> None:
        while not self._stopping.wait(self._seconds):
            try:
                handler(event(name), LambdaContext(name, 256, 60_000))
            except Exception as problem:  # the next call may succeed
                log.warning("%s failed: %s", name, in_one_line(problem))
                log.debug("traceback", exc_info=True)


def in_one_line(problem: Exception) -> str:
    """What went wrong and where, fit for one line of a log."""
    where = traceback.extract_tb(problem.__traceback__)[-1]
    what = " ".join(f"{type(problem).__name__}: {problem}".split())
    return f"{what} ({Path(where.filename).name}:{where.lineno})"


def event(rule: str) -> dict[str, Any]:
    """The event EventBridge sends for a schedule."""
    region = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [f"arn:aws:events:{region}:000000000000:rule/{rule}"],
        "detail": {},
    }
