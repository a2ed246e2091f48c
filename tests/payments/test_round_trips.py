"""What a purchase costs: counted at the client, below PynamoDB, on a warm container."""

from collections.abc import Iterator
from contextlib import contextmanager

import botocore.client
import pytest


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The DynamoDB calls made meanwhile, by name."""
    calls: list[str] = []
    call = botocore.client.BaseClient._make_api_call

    def counting(self, operation, parameters):
        if self.meta.service_model.service_name == "dynamodb":
            calls.append(operation)
        return call(self, operation, parameters)

    with monkeypatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", counting)
        yield calls


@pytest.fixture
def event(buyer, organizer, safaricom):
    """An event, with a purchase made before, so that the container is warm."""
    made = organizer.event()
    buyer.buys(made)
    return made


def test_a_purchase_costs_four_round_trips(buyer, event, monkeypatch):
    with counted(monkeypatch) as calls:
        buyer.buys(event, 2)

    assert calls == ["GetItem", "BatchGetItem", "TransactWriteItems", "UpdateItem"]


def test_an_idempotency_key_costs_no_round_trip_more(buyer, event, monkeypatch):
    with counted(monkeypatch) as calls:
        buyer.buys(event, 2, key="k1")

    assert calls == ["GetItem", "BatchGetItem", "TransactWriteItems", "UpdateItem"]


def test_a_callback_costs_none(event, safaricom, monkeypatch):
    with counted(monkeypatch) as calls:
        safaricom.calls_back(0, settle=False)

    assert calls == []


@pytest.mark.parametrize("code", [0, 1032])
def test_settlement_costs_two(town, event, safaricom, monkeypatch, code):
    safaricom.calls_back(code, settle=False)

    with counted(monkeypatch) as calls:
        town.settles()

    assert calls == ["GetItem", "TransactWriteItems"]


def test_reads_cost_one_or_two(town, buyer, event, monkeypatch):
    for path, expected in (
        (f"/events/{event['id']}", ["BatchGetItem"]),
        (f"/events/{event['id']}/availability", ["BatchGetItem"]),
        ("/events", ["Query", "BatchGetItem"]),
    ):
        with counted(monkeypatch) as calls:
            assert town.asks("GET", path).status == 200
        assert calls == expected, path
