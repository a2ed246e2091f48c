"""What the tests of the local stack share, apart from fixtures."""

import importlib.util
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3

from devstack.part import Part, answers
from devstack.ports import free_ports
from devstack.stack import ROOT

PROJECT = Path(__file__).parent / "project"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"fake_{name}", PROJECT / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def until(condition: Callable[[], Any], seconds: float = 15) -> Any:
    """The condition's first true value; fails the test after that many seconds."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return value


class Emulator:
    """ministack as a process, and clients of it."""

    def __init__(self, folder: Path, state: Path | None) -> None:
        self._folder = folder
        self._state = state
        self.temporary = folder / "tmp"
        self.temporary.mkdir()

    def start(self) -> None:
        port = free_ports(1)[0]  # another at every start, as in the stack
        self.url = f"http://127.0.0.1:{port}"
        state = ["--state", str(self._state)] if self._state else []
        self.part = Part(
            "emulator",
            ["devstack.emulator", "--port", str(port), *state],
            {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(self.temporary)},
            self._folder,
            self._folder / "emulator.log",
            answers(f"{self.url}/_ministack/health"),
        )
        self.part.start()
        self.part.await_ready()

    def stop(self) -> None:
        self.part.ask_to_stop()
        self.part.await_end()

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )


def processes_of(folder: Path) -> list[str]:
    """The command lines of live processes that mention the folder."""
    listed = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if str(folder) in line]


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
