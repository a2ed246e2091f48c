"""At the gate, on the running stack: many scans of one ticket at once, and gates that were offline."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from devstack.stack import Stack
from tests.scenarios.gate import Gate, now
from tests.scenarios.shop import CARELESS, Shop

pytestmark = pytest.mark.stack

SCANS = 64


@pytest.fixture(scope="module")
def careless_gate() -> Iterator[Shop]:
    """The same service with the condition on tickets taken out (tests/scenarios/careless/app.py)."""
    with Stack({"CARELESS_OF": "Ticket"}, project=CARELESS) as stack:
        yield Shop(stack)


def test_of_64_scans_at_once_one_is_admitted(shop):
    for _ in range(3):
        assert Gate(shop).scans_at_once(SCANS) == {200: 1, 409: SCANS - 1}


def test_without_the_condition_the_same_scans_admit_several(careless_gate):
    """The control of the test above."""
    for _ in range(3):  # a race may end well by luck; three do not
        if Gate(careless_gate).scans_at_once(SCANS)[200] > 1:
            return
    pytest.fail("the race admits one even without the condition, so it proves nothing")


def test_one_scan_sent_by_one_device_again_and_again_is_one_admission(shop):
    gate = Gate(shop)
    body = gate.scan("Gate A", now())

    with ThreadPoolExecutor(16) as threads:
        answers = list(
            threads.map(lambda _: gate.organizer.asks("POST", gate.path, json=body).status_code, range(16))
        )

    assert answers == [200] * 16


@pytest.mark.parametrize("order", ["the first one first", "the first one last", "at once"])
def test_two_gates_without_a_network_admit_the_same_ticket_and_tell_of_it_later(shop, order):
    """Gate A's clock is right, and it trusts it. Gate B scanned a moment later; its clock is a day behind."""
    gate, day = Gate(shop), timedelta(days=1)
    sold = now()
    first = gate.scan("Gate A", sold)
    second = gate.scan("Gate B", sold + timedelta(milliseconds=2) - day)

    def gate_a() -> dict[str, Any]:
        return gate.uploads(first)[0]

    def gate_b() -> dict[str, Any]:
        return gate.uploads(second, sent_at=(now() - day).isoformat())[0]

    if order == "at once":
        with ThreadPoolExecutor(2) as threads:
            running = [threads.submit(one) for one in (gate_b, gate_a)]
        told_b, told_a = (one.result() for one in running)
    elif order == "the first one first":
        told_a, told_b = gate_a(), gate_b()
    else:
        told_b, told_a = gate_b(), gate_a()

    assert told_a["outcome"] == "admitted"
    if "instead_of" in told_a:
        assert told_a["instead_of"]["device"] == "Gate B"
    else:
        assert (told_b["outcome"], told_b["device"]) == ("already_admitted", "Gate A")
    listed = gate.organizer.calls("GET", f"/events/{gate.event['id']}/gate", 200)
    assert (listed["admitted"], listed["revoked"]) == ([gate.ticket["id"]], [])
    again = gate.organizer.asks("POST", gate.path, json={"code": gate.ticket["code"]})
    assert (again.status_code, again.json()["device"]) == (409, "Gate A")
