"""`python -m devstack.live --port 8002 --connections-port 8003` serves the application's WebSocket API.

The application is loaded when somebody first connects: most stacks of tests are never asked.
"""

import argparse
import asyncio
import logging
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from typing import Any, Final

from chalice.app import Chalice
from chalice.local import LambdaContext
from hypercorn.asyncio import serve
from hypercorn.config import Config

from devstack.live.gateway import LiveGateway
from devstack.live.management import Management

#: Functions at work at once.
THREADS: Final = 32


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description="Serve app.py's WebSocket API on 127.0.0.1.")
    parser.add_argument("--port", type=int, required=True, help="for clients")
    parser.add_argument("--connections-port", type=int, required=True, help="for the application")
    options = parser.parse_args()
    logging.basicConfig(
        stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    for chatty in ("botocore", "pynamodb", "websockets"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    asyncio.run(_serve(options.port, options.connections_port))


async def _serve(port: int, connections_port: int) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    with ThreadPoolExecutor(THREADS) as threads:
        gateway = LiveGateway(call, threads)
        await gateway.start(port)
        await serve(
            Management(gateway.find),  # type: ignore[arg-type]  # hypercorn names ASGI's types otherwise
            _config(connections_port),
            shutdown_trigger=stopping.wait,
        )
        await gateway.stop()


def _config(port: int) -> Config:
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.loglevel = "WARNING"
    config.keep_alive_timeout = 75
    config.graceful_timeout = 0.5
    config.backlog = 1024
    return config


def call(route: str, event: dict[str, Any]) -> Any:
    """Call the application's function for a route key, as Lambda does."""
    app = _app()
    name = app.websocket_handlers[route].name
    return app.handler_map[name](event, LambdaContext(name, 256, 29_000))


@cache
def _app() -> Chalice:
    app: Chalice = import_module("app").app
    return app


if __name__ == "__main__":
    main()
