"""`make run`: what it says, and how it ends. This runs the real application with its demo data."""

import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from local_actors import alive, until

from devstack.ports import free_ports
from devstack.stack import ROOT

pytestmark = pytest.mark.stack


class Run:
    """`python -m devstack run`, but with its data and `.env` in a folder of the test's."""

    def __init__(self, folder: Path, **environment: str) -> None:
        program = f"""
        import sys
        from pathlib import Path
        import devstack.__main__ as command
        command.ROOT = Path({str(folder)!r})
        sys.argv[1:] = ["run"]
        sys.exit(command.main())
        """
        self.said = folder / "said.txt"
        with self.said.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", textwrap.dedent(program)],
                env={**os.environ, **environment},
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def text(self) -> str:
        return self.said.read_text()

    def await_banner(self) -> str:
        until(lambda: "Ctrl-C ends it" in self.text() or self.process.poll() is not None, seconds=40)
        assert self.process.poll() is None, self.text()
        return self.text()

    def children(self) -> list[int]:
        listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
        pairs = [map(int, line.split()) for line in listed.stdout.splitlines()]
        return [child for child, parent in pairs if parent == self.process.pid]


@pytest.fixture
def ports() -> dict[str, str]:
    names = ("PORT", "SIMULATOR_PORT", "LIVE_PORT")
    return {name: str(port) for name, port in zip(names, free_ports(len(names)), strict=True)}


@pytest.fixture
def run(tmp_path: Path, ports: dict[str, str]) -> Iterator[Callable[..., Run]]:
    running = []

    def start(**environment: str) -> Run:
        running.append(Run(tmp_path, **{**ports, **environment}))
        return running[-1]

    yield start
    for each in running:
        if each.process.poll() is None:
            each.process.send_signal(signal.SIGINT)
        each.process.wait(30)


def test_a_newcomer_sees_where_things_are_and_ctrl_c_ends_everything(run, ports):
    started = run()
    said = started.await_banner()
    children = started.children()

    assert f"http://127.0.0.1:{ports['PORT']}" in said
    assert f"http://127.0.0.1:{ports['SIMULATOR_PORT']}/simulator/log" in said
    assert f"ws://127.0.0.1:{ports['LIVE_PORT']}/live" in said
    assert "user@tiketi.test" in said
    assert requests.get(f"http://127.0.0.1:{ports['PORT']}/events", timeout=5).json()
    [start_page] = re.findall(r"Start page +(http\S+)", said)
    assert "user@tiketi.test" in requests.get(start_page, timeout=5).text
    assert len(children) >= 5

    started.process.send_signal(signal.SIGINT)

    assert started.process.wait(15) == 0
    assert not any(alive(child) for child in children)
    assert "Traceback" not in started.text()


def test_a_part_that_dies_is_named_and_ends_the_rest(run):
    started = run()
    started.await_banner()
    listed = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,args="], capture_output=True, text=True, check=True
    ).stdout
    worker = next(
        int(line.split()[0])
        for line in listed.splitlines()
        if "devstack.worker" in line and int(line.split()[0]) in started.children()
    )

    os.kill(worker, signal.SIGKILL)

    assert started.process.wait(15) == 1
    assert "worker has ended with code -9" in started.text()
    assert "worker.log" in started.text()
    assert started.children() == []


def test_a_taken_port_is_one_sentence(run):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        started = run(PORT=str(port))

        assert started.process.wait(15) == 1
    said = started.text().strip()
    assert said == f"Port {port} is taken; stop what uses it or run `make run PORT={port + 10}`."


def test_a_front_end_that_is_not_there_is_one_sentence(run):
    started = run(FRONTEND="no/such/build")

    assert started.process.wait(15) == 1
    assert started.text().strip() == "FRONTEND=no/such/build has no index.html: name the folder of a build."


def test_a_port_that_is_no_number_is_one_sentence(run):
    started = run(PORT="http")

    assert started.process.wait(15) == 1
    assert started.text().strip() == "PORT=http is not a port: give a number from 1 to 65535."
