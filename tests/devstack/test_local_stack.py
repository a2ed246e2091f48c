"""The stack as a whole, around the tiny application."""

import os
import signal
import socket
import subprocess
import sys
import textwrap

import pytest
import requests
from local_actors import PROJECT, alive, processes_of, until

from devstack.part import PartFailed
from devstack.stack import ROOT, PortTaken, Stack, StateTaken

pytestmark = pytest.mark.stack

LOCAL = ("emulator", "api", "worker")


def notes(stack):
    return requests.get(f"{stack.url}/notes", timeout=5).json()


def test_a_request_a_message_and_a_timer_reach_the_application(tiny_stack):
    requests.post(f"{tiny_stack.url}/notes", json={"text": "hello"}, timeout=5).raise_for_status()

    until(lambda: {"hello", "tick"} <= set(notes(tiny_stack)))


def test_settings_reach_the_processes():
    with Stack({"HOLD_SECONDS": "3"}, project=PROJECT, parts=("emulator", "api")) as stack:
        assert requests.get(f"{stack.url}/health", timeout=5).json() == {
            "ok": True,
            "stage": "local",
            "hold": "3",
        }
        assert stack.environment["PUBLIC_URL"] == stack.url
        assert stack.environment["AWS_ENDPOINT_URL"] == stack.aws_endpoint


def test_nothing_is_left_after_stopping():
    with Stack(project=PROJECT, parts=LOCAL) as stack:
        processes = [stack.process_id(part) for part in LOCAL]
        assert all(alive(process) for process in processes)

    assert not any(alive(process) for process in processes)
    assert not stack.folder.exists()
    assert processes_of(stack.folder) == []


def test_no_child_survives_its_killed_parent(tmp_path):
    program = textwrap.dedent(
        f"""
        import sys, time
        from pathlib import Path
        from devstack.stack import Stack
        stack = Stack(project=Path({str(PROJECT)!r}), parts={LOCAL!r}, state=Path({str(tmp_path)!r}))
        stack.start_all()
        print(*[stack.process_id(part) for part in {LOCAL!r}], flush=True)
        time.sleep(60)
        """
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert parent.stdout
    children = [int(word) for word in parent.stdout.readline().split()]
    assert len(children) == len(LOCAL)

    parent.send_signal(signal.SIGKILL)
    parent.wait()

    until(lambda: not any(alive(child) for child in children))
    parent.stdout.close()


def test_data_outlives_the_stack_and_a_crash_of_every_part(tmp_path):
    with Stack(project=PROJECT, parts=LOCAL, state=tmp_path) as stack:
        requests.post(f"{stack.url}/notes", json={"text": "first"}, timeout=5).raise_for_status()
        until(lambda: "first" in notes(stack))
    with Stack(project=PROJECT, parts=LOCAL, state=tmp_path) as stack:
        assert "first" in notes(stack)
        saved = tmp_path / "state" / "dynamodb.json"
        requests.post(f"{stack.url}/notes", json={"text": "second"}, timeout=5).raise_for_status()
        until(lambda: '"second"' in saved.read_text())
        for part in LOCAL:
            stack.kill(part)
            assert stack.dead() is not None
            stack.start(part)
        assert stack.dead() is None
        requests.post(f"{stack.url}/notes", json={"text": "third"}, timeout=5).raise_for_status()
        until(lambda: {"first", "second", "third"} <= set(notes(stack)))


def test_a_part_that_does_not_start_says_why_and_takes_the_others_down(tmp_path):
    (tmp_path / "app.py").write_text("raise RuntimeError('no settings')")
    (tmp_path / "chalicelib").symlink_to(PROJECT / "chalicelib")
    stack = Stack(project=tmp_path, parts=("emulator", "api"))

    with pytest.raises(PartFailed, match=r"(?s)api ended with code 1.*no settings"):
        stack.start_all()

    assert not alive(stack.process_id("emulator"))


def test_a_taken_port_is_named_with_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} is taken; .* PORT={port + 10}"):
            Stack(port=port)
        with pytest.raises(PortTaken, match=f"SIMULATOR_PORT={port + 10}"):
            Stack(simulator_port=port)


def test_two_stacks_do_not_share_a_state(tmp_path):
    second = Stack(project=PROJECT, parts=("emulator",), state=tmp_path)
    with (
        Stack(project=PROJECT, parts=("emulator",), state=tmp_path),
        pytest.raises(StateTaken, match="stop that one first"),
    ):
        second.start_all()


def test_this_machines_own_aws_settings_do_not_count(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    with Stack(project=PROJECT, parts=("emulator", "api")) as stack:
        assert notes(stack) == []
