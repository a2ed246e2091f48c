"""Actors for the tests of the local stack: a tiny application, a server of it, an emulator, a stack."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chalice.app import Chalice
from local_actors import PROJECT, Emulator, load

from devstack.server import create_server
from devstack.stack import Stack
from devstack.start_page import StartPage


@pytest.fixture
def app() -> Chalice:
    made: Chalice = load("tiny").make()
    return made


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Serves an application on a free port; gives its URL."""
    running = []

    def start(app: Chalice, frontend: Path | None = None, start_page: StartPage | None = None) -> str:
        local = create_server(app, 0, frontend, start_page)
        thread = threading.Thread(target=local.server.serve_forever, args=(0.02,))
        thread.start()
        running.append((local, thread))
        return f"http://127.0.0.1:{local.server.server_port}"

    yield start
    for local, thread in running:
        local.shutdown()
        thread.join()
        local.server.server_close()


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    """One that keeps its state."""
    made = Emulator(tmp_path, tmp_path / "state")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def forgetful(tmp_path: Path) -> Iterator[Emulator]:
    """One that keeps everything in memory."""
    made = Emulator(tmp_path, None)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def tiny_stack() -> Iterator[Stack]:
    """The local stack around the tiny application, without the simulator."""
    with Stack({"RECONCILE_SECONDS": "0.2"}, project=PROJECT, parts=("emulator", "api", "worker")) as stack:
        yield stack
