"""DynamoDB, SQS and S3 on this machine: ministack as a server on 127.0.0.1.

`python -m devstack.emulator --port 4566 --state DIR` keeps everything in DIR over a restart, and saves
every two seconds while there are writes, so that a SIGKILL loses the last seconds only. Without `--state`
all is in memory. With `--slow-motion 100` it keeps to DynamoDB's limits (`dynamodb_limits/`), a hundred times
slower; with `--faulty` it can be told to fail now and then (`faults.py`).
"""

import argparse
import asyncio
import os
import signal
import sys
import time
import warnings
from pathlib import Path
from random import Random
from typing import Any

from devstack.asgi import Receive, Scope, Send
from devstack.dynamodb_limits.layer import Limiting
from devstack.dynamodb_limits.limits import Limits
from devstack.faults import Faulty

#: Seconds from one save to the next.
SAVE_SECONDS = 2.0
#: Seconds until a save that does not end is given up; the next one tries again.
SAVE_LIMIT_SECONDS = 60.0
#: Requests whose action starts so change nothing worth saving; everything else counts as a write. A receive
#: does change a message's count and time-out, but losing that only brings the message back sooner, as SQS
#: may anyway.
READS = ("Get", "Query", "Scan", "BatchGet", "TransactGet", "Describe", "List", "ReceiveMessage")


def main() -> None:
    """Serve until SIGTERM or SIGINT, saving the state at the end."""
    parser = argparse.ArgumentParser(description="DynamoDB, SQS and S3 on 127.0.0.1.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, help="folder that keeps the data; without it, all is in memory")
    parser.add_argument("--slow-motion", type=float, help="keep to DynamoDB's limits, so many times slower")
    parser.add_argument("--faulty", action="store_true", help="take chances of faults at /_front/faults")
    parser.add_argument("--lambda-python", help="the Python that runs Lambda functions; without it, this one")
    options = parser.parse_args()
    os.environ.update(settings(options.port, options.state))
    if options.lambda_python:
        sys.executable = options.lambda_python  # what ministack starts its Lambda processes with
    asyncio.run(_serve(options.port, options.state, options.slow_motion, options.faulty))


def settings(port: int, state: Path | None) -> dict[str, str]:
    """What ministack must find in its environment before it is imported."""
    chosen = {
        "BIND_HOST": "127.0.0.1",
        "LOG_LEVEL": "WARNING",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        "GATEWAY_PORT": str(port),
        # At start and end ministack removes containers that it thinks are its own; it must leave this
        # machine's.
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
    }
    if state:
        chosen |= {
            "PERSIST_STATE": "1",
            "STATE_DIR": str(state),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(state / "s3"),
            # Queue URLs are kept in the state and name this port, while the real one is another at every
            # start. ministack replaces it by the one the caller used, but only where it equals its own
            # setting.
            "GATEWAY_PORT": "4566",
        }
    return chosen


async def _serve(port: int, state: Path | None, slow_motion: float | None, faulty: bool) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.loglevel = "WARNING"
    config.keep_alive_timeout = 75
    config.graceful_timeout = 0.5
    config.backlog = 1024
    server = _Saving() if state else _Server()
    if slow_motion:
        server.keep_to(Limits().scaled(slow_motion))
    if faulty:
        server.fail_now_and_then()
    await serve(server.answer, config)  # type: ignore[arg-type]  # hypercorn names ASGI's types otherwise


class _Server:
    """ministack's ASGI application."""

    def __init__(self) -> None:
        from ministack.app import app  # type: ignore[import-untyped]

        self._app = app

    def keep_to(self, limits: Limits) -> None:
        """Let no more through than DynamoDB would."""
        self._app = Limiting(self._app, limits, time.monotonic)

    def fail_now_and_then(self) -> None:
        """Fail by chance, as often as one is told to."""
        self._app = Faulty(self._app, Random())  # noqa: S311 - disorder, not secrecy

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


class _Saving(_Server):
    """The same, saving its state now and then.

    A fork writes the files: it has the state as it was between two requests, and nobody waits for it.
    (Saving in this process would stop all answers for 90 ms with 1,000 items, for 2 s with 20,000.)
    """

    def __init__(self) -> None:
        super().__init__()
        self._changed = False
        self._task: asyncio.Task[None] | None = None
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            self._task = asyncio.create_task(self._save_now_and_then())
            await super().answer(scope, lambda: self._last(receive), send)
            return
        await super().answer(scope, receive, send)
        if scope["type"] == "http" and _writes(scope):
            self._changed = True

    async def _last(self, receive: Receive) -> Any:
        message = await receive()
        if message["type"] == "lifespan.shutdown" and self._task:
            # ministack is about to save for the last time, to the same files.
            self._task.cancel()
            await asyncio.wait([self._task])
        return message

    async def _save_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            if self._changed:
                self._changed = False
                if not await _save_in_a_fork():
                    self._changed = True


async def _save_in_a_fork() -> bool:
    """Save, and return when the files are there, or False when that takes too long.

    DynamoDB's file is written before SQS's. If a SIGKILL falls between them, a message that was already
    worked off is delivered again, which handlers must bear anyway; the other way round it would be lost.
    """
    from ministack.app import _build_persistence_save_dict
    from ministack.core.persistence import save_all  # type: ignore[import-untyped]

    child = os.fork()
    if child == 0:
        try:
            save_all(_build_persistence_save_dict())
        finally:
            os._exit(0)
    deadline = time.monotonic() + SAVE_LIMIT_SECONDS
    try:
        while time.monotonic() < deadline:
            if os.waitpid(child, os.WNOHANG)[0]:
                child = 0
                return True
            await asyncio.sleep(0.01)
        return False
    finally:
        if child:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _writes(scope: Scope) -> bool:
    target = next((value for name, value in scope["headers"] if name == b"x-amz-target"), b"")
    action = target.decode("latin-1").rpartition(".")[2]
    if action:
        return not action.startswith(READS)
    return scope["method"] not in ("GET", "HEAD", "OPTIONS")


if __name__ == "__main__":
    main()
