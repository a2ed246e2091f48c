from collections.abc import Iterator

import pytest

from ..config import Config
from ..server import running
from ..simulator import Simulator
from .merchant import Merchant, Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with running(Config(delay=0.05, late=0.4, hang=0.3)) as simulator:
        yield simulator


@pytest.fixture
def merchant(simulator: Simulator, receiver: Receiver) -> Iterator[Merchant]:
    merchant = Merchant(simulator, receiver)
    yield merchant
    merchant.session.close()
