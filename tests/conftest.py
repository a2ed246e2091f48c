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

import pytest
from moto import mock_aws

from tests.actors import Clock, Organizer, Person, Safaricom, Town


@pytest.fixture
def clock() -> Iterator[Clock]:
    from chalicelib.core import clock as real

    held = Clock()
    real.set_clock(held)
    yield held
    real.set_clock(None)


@pytest.fixture
def aws() -> Iterator[None]:
    """Tables and queues in memory, empty but for the built-in roles."""
    from chalicelib.accounts import roles
    from chalicelib.core import queues
    from chalicelib.tables import TABLES
    from devstack.provision import make_queues

    with mock_aws():
        queues._client.cache_clear()
        queues._url.cache_clear()
        roles.forget_cached()
        for table in TABLES:
            table.create_table()
        make_queues(queues.QUEUES)
        roles.put_built_in()
        yield


@pytest.fixture
def town(aws: None, clock: Clock) -> Iterator[Town]:
    """The whole application over AWS in memory, with a Safaricom that does as it is told."""
    from chalicelib.payments import till

    town = Town(clock)
    till.open_with(town.till)
    yield town
    till.open_with(None)


@pytest.fixture
def safaricom(town: Town) -> Safaricom:
    return town.safaricom


@pytest.fixture
def buyer(town: Town) -> Person:
    return town.signs_up("amina")


@pytest.fixture
def organizer(town: Town) -> Organizer:
    return town.organizer("otieno")
