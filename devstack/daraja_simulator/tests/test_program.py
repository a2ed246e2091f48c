"""The simulator as a program, and its configuration."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ..config import TILL, Config, WrongConfig, port_from
from ..server import running

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", __package__.rpartition(".")[0]]


@pytest.fixture
def program() -> Iterator[subprocess.Popen]:
    environment = {**os.environ, "DARAJA_CONSUMER_KEY": "mine"}
    process = subprocess.Popen(
        [*COMMAND, "--port", "0"], cwd=ROOT, env=environment, stdout=-1, stderr=-1, text=True
    )
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("wanted", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_ends_cleanly(program, wanted):
    url = program.stdout.readline().strip().removeprefix("Daraja simulator: ")
    query = {"grant_type": "client_credentials"}
    address = f"{url}/oauth/v1/generate"

    answer = requests.get(address, params=query, auth=("mine", "local-consumer-secret"), timeout=5)
    program.send_signal(wanted)

    assert answer.status_code == 200
    assert program.wait(timeout=5) == 0
    assert program.stderr.read() == ""


def test_a_taken_port_gets_one_clear_sentence():
    with running() as simulator:
        port = simulator.url.rpartition(":")[2]
        done = subprocess.run(
            [*COMMAND, "--port", port], cwd=ROOT, capture_output=True, text=True, check=False, timeout=20
        )

    assert done.returncode == 1
    assert (
        done.stderr == f"Cannot listen on port {port}: Address already in use. Choose another with --port.\n"
    )


def test_the_environment_configures_it():
    config = Config.from_environment(
        {
            "DARAJA_SHORTCODE": "600000",
            "DARAJA_PARTY_B": "512345",
            "DARAJA_TRANSACTION_TYPE": TILL,
            "DARAJA_SIM_DELAY": "0.25",
            "DARAJA_SIM_HANG": "",
        }
    )

    assert (config.shortcode, config.payee, config.transaction_type) == ("600000", "512345", TILL)
    assert (config.delay, config.late, config.hang) == (0.25, 310, 20)
    assert Config.from_environment({}) == Config()
    assert (port_from({}), port_from({"SIMULATOR_PORT": "9001"})) == (8001, 9001)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DARAJA_SIM_DELAY", "soon"),
        ("DARAJA_SIM_LATE", "-1"),
        ("DARAJA_SIM_HANG", "nan"),
        ("DARAJA_TRANSACTION_TYPE", "x"),
    ],
)
def test_a_wrong_variable_is_named(name, value):
    with pytest.raises(WrongConfig, match=name):
        Config.from_environment({name: value})


def test_no_secret_is_in_the_configurations_repr():
    assert "local-passkey" not in repr(Config())
    assert "local-consumer-secret" not in repr(Config())


def test_a_stopped_simulator_cuts_the_connections_that_are_kept():
    with requests.Session() as session:
        with running() as simulator:
            assert session.get(f"{simulator.url}/simulator/health", timeout=5).ok
        with pytest.raises(requests.ConnectionError):
            session.get(f"{simulator.url}/simulator/health", timeout=5)
