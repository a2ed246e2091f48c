"""What the unit and route tests share: a local stage, AWS in memory (moto, one thread), a clock to hold."""

import os

os.environ |= {
    "STAGE": "local",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
os.environ.pop("AWS_ENDPOINT_URL", None)

from collections.abc import Iterator
from unittest.mock import patch

import pytest
import requests
from hypothesis import HealthCheck, settings

from devstack.stack import Stack
from tests.actors import Clock, Organizer, Person, Safaricom, Town
from tests.memory import aws_in_memory, spare_the_garbage_collector

# Counts decide, not seconds: on a busy machine the first example, which imports what it needs, takes long.
settings.register_profile("counts", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("counts")


#: Where tests are dealt out to processes, none of these should be left for the end.
LONGEST_FILES = [
    f"test_{name}.py"
    for name in ("stateful", "faults_under_load", "mixture", "load", "races", "records_of_m_pesa")
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    by_length = {name: number for number, name in enumerate(LONGEST_FILES)}
    items.sort(key=lambda item: by_length.get(item.path.name, len(by_length)))


def pytest_collection_finish() -> None:
    spare_the_garbage_collector()


@pytest.fixture(scope="session", autouse=True)
def hashes_as_deployed() -> Iterator[dict[str, int]]:
    """What a password's hash costs where deployed; here it costs little, for everybody signs up."""
    from chalicelib.accounts import passwords

    as_deployed = {name: getattr(passwords, name) for name in ("_OPERATIONS", "_MEMORY_BYTES")}
    with patch.multiple(passwords, _OPERATIONS=1, _MEMORY_BYTES=8192):
        yield as_deployed


@pytest.fixture
def clock() -> Iterator[Clock]:
    from chalicelib.core import clock as real

    held = Clock()
    real.set_clock(held)
    yield held
    real.set_clock(None)


@pytest.fixture
def aws() -> Iterator[None]:
    with aws_in_memory():
        yield


@pytest.fixture
def town(aws: None, clock: Clock) -> Iterator[Town]:
    """The whole application over AWS in memory, with a Safaricom that does as it is told."""
    from chalicelib.delivery import ways
    from chalicelib.payments import till

    town = Town(clock)
    till.open_with(town.till)
    ways.open_with(town.post.ways)
    yield town
    till.open_with(None)
    ways.open_with(None)


@pytest.fixture
def safaricom(town: Town) -> Safaricom:
    return town.safaricom


@pytest.fixture
def buyer(town: Town) -> Person:
    return town.signs_up("amina")


@pytest.fixture
def organizer(town: Town) -> Organizer:
    return town.organizer("otieno")


@pytest.fixture(params=["moto", pytest.param("ministack", marks=pytest.mark.stack)])
def store(request: pytest.FixtureRequest) -> str:
    """Both stand-ins for AWS, one after the other: what holds on one only is not known to hold."""
    request.getfixturevalue("aws" if request.param == "moto" else "emulator")
    return str(request.param)


@pytest.fixture(scope="session")
def emulator_server() -> Iterator[Stack]:
    """ministack, started once, with the tables and queues."""
    with Stack(parts=["emulator"]) as stack:
        yield stack


@pytest.fixture
def emulator(emulator_server: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """ministack for this process, with empty tables."""
    from chalicelib.core.queues import QUEUES
    from chalicelib.tables import TABLES
    from devstack.provision import make_queues, make_tables

    for name, value in emulator_server.environment.items():
        monkeypatch.setenv(name, value)
    reconnect()
    requests.post(f"{emulator_server.aws_endpoint}/_ministack/reset", timeout=10).raise_for_status()
    make_tables(TABLES)
    make_queues(QUEUES)
    yield emulator_server
    monkeypatch.undo()
    reconnect()


def reconnect() -> None:
    """Forget every open connection, so that the next call reads the environment again."""
    from chalicelib.core import dynamo, queues
    from chalicelib.tables import TABLES

    for table in TABLES:
        table._connection = None
    for cached in (dynamo.connection, queues._client, queues._url):
        cached.cache_clear()
