"""The largest order that there is fits into one of DynamoDB's transactions, each time that its seats move.

Fifty tickets of three types out of all 32 shards, by a code whose tickets lie in all its shares, of an event
with both limits. (DynamoDB takes 100 items, and so does moto.)
"""

import botocore.client
import pytest

from chalicelib.core.outbox import OutboxMessage
from chalicelib.core.settings import settings
from chalicelib.offers import counting, rules
from chalicelib.offers.models import Count
from chalicelib.payments.models import Payment
from tests.offers.shop import CODE, made
from tests.payments.test_sales_from_shards import lies

TYPES = {"regular": 17, "MVP": 17, "early_booking": 16}


@pytest.fixture
def largest(monkeypatch):
    """The number of items of the largest transaction so far."""
    found, call = [0], botocore.client.BaseClient._make_api_call

    def measuring(self, operation, parameters):
        if operation == "TransactWriteItems":
            found[0] = max(found[0], len(parameters["TransactItems"]))
        return call(self, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", measuring)
    return found


@pytest.fixture
def event(organizer, monkeypatch):
    monkeypatch.setenv("MAX_TICKETS", "50")
    settings.cache_clear()
    prices = {"regular_price": 100, "MVP_price": 200, "early_booking_price": 50}
    event = organizer.event(available_tickets=40_000, max_per_customer=500, max_per_phone=500, **prices)
    lies(event, *[2] * 18, *[1] * 14)
    yield event
    monkeypatch.undo()
    settings.cache_clear()


def orders(buyer, organizer, event, **code):
    """An order whose tickets are gathered from everywhere."""
    most = rules.MOST_SHARES * rules.TICKETS_A_SHARE
    made(organizer, event, max_tickets=most, max_per_customer=500, **code)
    for share in range(rules.MOST_SHARES):
        Count(counting.of_share(event["id"], CODE, share), used=40).save()
    items = [{"ticket_type": kind, "quantity": n} for kind, n in TYPES.items()]
    payment = buyer.buys(event, items=items, promo_code=CODE, key="k")
    holds = Payment.get(payment["id"]).holds
    assert {hold.share for hold in holds} == set(range(rules.MOST_SHARES))
    assert {hold.shard for hold in holds} == set(range(32))
    return payment


def refunds(organizer, payment):
    form = {"reason": "Rain.", "method": "manual", "reference": "SKT7AB12CD"}
    key = {"Idempotency-Key": "r"}
    return organizer.asks("POST", f"/payments/{payment['id']}/refund", form, key)


def test_the_largest_free_order_is_made_and_taken_back(buyer, organizer, event, largest):
    payment = orders(buyer, organizer, event, percent_off=100)

    assert (payment["status"], payment["amount"]) == ("Completed", 0)
    assert refunds(organizer, payment).status == 202
    assert 90 < largest[0] <= 100


def test_the_largest_order_is_paid_late_and_taken_back(buyer, organizer, event, safaricom, largest):
    payment = orders(buyer, organizer, event, percent_off=10)
    assert buyer.asks("DELETE", f"/payments/{payment['id']}").status == 200

    safaricom.calls_back(0)

    assert buyer.payment(payment)["status"] == "Completed"
    assert refunds(organizer, payment).body["status"] == "Refunded"
    assert 90 < largest[0] <= 100


def test_the_largest_sale_for_cash_is_told_to_as_many_phones_as_there_is_room_for(organizer, event, largest):
    items = [{"ticket_type": kind, "quantity": n} for kind, n in TYPES.items()]

    payment = organizer.buys(event, items=items, payment_type="Cash", phone="0733 000 111", key="k")

    assert payment["status"] == "Completed"
    assert sum(one.channel == "sms" for one in OutboxMessage.scan()) == 11
    assert refunds(organizer, payment).body["status"] == "Refunded"
    assert largest[0] == 100
