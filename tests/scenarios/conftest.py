"""The stacks of the scenarios: one with the usual hold for all, and others whose clocks run fast.

Those last no longer than their file: a schedule that ticks every second takes a tenth of a core.
"""

from collections.abc import Iterator

import pytest

from devstack.stack import Stack
from tests.scenarios.shop import Person, Shop

# Few people and phones stand for many, all at one address.
QUICK = {"DARAJA_SIM_DELAY": "0.1", "LIMITS_FACTOR": "1000"}


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    with Stack(QUICK) as stack:
        yield Shop(stack)


@pytest.fixture(scope="module")
def hasty_shop() -> Iterator[Shop]:
    """Holds last 2 seconds, the schedule ticks every second, late callbacks come after 4."""
    with Stack(QUICK | {"HOLD_SECONDS": "2", "RECONCILE_SECONDS": "1", "DARAJA_SIM_LATE": "4"}) as stack:
        yield Shop(stack)


@pytest.fixture(scope="module")
def asking_shop() -> Iterator[Shop]:
    """Prompts leave the phone after a second, and the schedule ticks every second: M-Pesa is asked soon."""
    with Stack(QUICK | {"PROMPT_SECONDS": "1", "RECONCILE_SECONDS": "1", "DARAJA_SIM_HANG": "16"}) as stack:
        yield Shop(stack)


@pytest.fixture
def buyer(shop: Shop) -> Person:
    return shop.person()
