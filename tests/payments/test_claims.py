"""Claims that keep many containers from doing one thing many times; in threads, with controls."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.catalog.models import Stock
from chalicelib.core.settings import settings
from chalicelib.payments import reconciliation
from chalicelib.payments.daraja.access import AccessToken
from chalicelib.payments.models import Attempt, Hold, Item, Payment
from chalicelib.payments.shared_token import SharedToken
from chalicelib.payments.till import Till
from tests.actors import Pace

pytestmark = pytest.mark.stack

N = 16
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class SlowMpesa:
    """Takes its time for each query, so that overlapping runs do overlap; the answer is always "pending"."""

    def __init__(self) -> None:
        self.queries = 0
        self._lock = threading.Lock()

    def query(self, checkout_request_id: str) -> None:
        with self._lock:
            self.queries += 1
        threading.Event().wait(0.05)


def pending_payment() -> str:
    payment_id = "0" * 31 + "1"
    nothing = {"early_booking": 0, "regular": 0, "MVP": 0}
    Stock(
        "event#0", on_sale=True, remaining={"shared": 8}, held={**nothing, "regular": 2}, sold=nothing,
        revenue=nothing,
    ).save()  # fmt: skip
    Payment(
        id=payment_id,
        status="Pending",
        user_id="buyer",
        seller="seller#1",
        sale="event#1",
        month="2026-11#1",
        event_id="event",
        event_name="Event",
        amount=200,
        items=[Item(ticket_type="regular", label="Regular", quantity=2, price=100)],
        holds=[Hold(shard=0, type="regular", n=2, pool="shared", price=100)],
        attempts=[Attempt(number=1, phone="254712345678", asked_at=NOW, checkout_request_id="ws_CO_1")],
        attempt_count=1,
        version=1,
        payer_phone="254712345678",
        created_at=NOW,
        expires_at=NOW,
        pending="pending#1",
        due_at=NOW,
    ).save()
    return payment_id


def together(act) -> list:
    gate = threading.Barrier(N)

    def one(_: int):
        gate.wait()
        return act()

    with ThreadPoolExecutor(N) as threads:
        return list(threads.map(one, range(N)))


def test_overlapping_schedules_ask_about_a_payment_once_and_give_its_seats_back_once(emulator):
    payment_id, mpesa = pending_payment(), SlowMpesa()
    till = Till(mpesa, settings(), Pace(), lambda: NOW + timedelta(seconds=1))

    together(lambda: reconciliation.run(till))

    assert mpesa.queries == 1
    assert Payment.get(payment_id, consistent_read=True).status == "Expired"
    shard = Stock.get("event#0", consistent_read=True)
    assert (shard.remaining["shared"], shard.held["regular"]) == (10, 0)


def test_without_claims_they_ask_many_times(emulator, monkeypatch):
    """The control of the test above. (The seats are still given back once: that is another condition.)"""
    pending_payment()
    mpesa = SlowMpesa()
    till = Till(mpesa, settings(), Pace(), lambda: NOW + timedelta(seconds=1))
    monkeypatch.setattr(reconciliation, "_claim", lambda payment_id, at, till: Payment.get(payment_id))

    together(lambda: reconciliation.run(till))

    assert mpesa.queries > 1
    assert Stock.get("event#0", consistent_read=True).remaining["shared"] == 10


class Oauth:
    """M-Pesa's OAuth, slow enough that many could ask at once."""

    def __init__(self) -> None:
        self.fetched = 0
        self._lock = threading.Lock()

    def __call__(self) -> AccessToken:
        with self._lock:
            self.fetched += 1
            number = self.fetched
        threading.Event().wait(0.05)
        return AccessToken(f"token-{number}", 3599)


def test_many_containers_that_start_at_once_fetch_one_token(emulator):
    oauth = Oauth()

    tokens = together(lambda: SharedToken(oauth).token())

    assert set(tokens) == {"token-1"}
    assert oauth.fetched == 1


def test_without_the_claim_they_end_each_others_tokens(emulator, monkeypatch):
    """The control of the test above."""
    oauth = Oauth()
    monkeypatch.setattr(SharedToken, "_claim", lambda self, kept: 1.0)

    together(lambda: SharedToken(oauth).token())

    assert oauth.fetched > 1
