"""Many who pay out at the same moment, on ministack; beside it a control."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.accounts.models import User
from chalicelib.catalog.models import Event, Stock, Takings
from chalicelib.core.problems import Busy
from chalicelib.payments.problems import MoreThanOwed
from chalicelib.reports import payouts
from chalicelib.reports.models import Payout, PayoutAccount
from chalicelib.reports.schemas import PayoutForm
from chalicelib.web.caller import Caller, Identity

pytestmark = pytest.mark.stack

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
THREADS = 32
OWED = 8_000


@pytest.fixture(autouse=True)
def event(emulator, clock):
    """An event that owes its organizer, who is verified."""
    User(
        "u1", username="otieno", email="o@example.com", phone_number="", verified_at=AT, created_at=AT
    ).save()
    Event(
        "e1",
        user_id="u1",
        organizer_ids=["u1"],
        name="Tamasha",
        location="Lamu",
        starts_at=AT,
        ends_at=AT + timedelta(hours=3),
        early_booking_ends_at=AT,
        timezone="Africa/Nairobi",
        capacity=10,
        status="published",
        created_at=AT,
    ).save()
    Stock("e1#0", on_sale=True, remaining={"shared": 6}, held={}, sold={"regular": 4}, revenue={}).save()
    Takings("e1#0", "2026-11-24#regular", sold=4, revenue=OWED).save()


def at_once(reference) -> Counter[str]:
    """32 Admins pay out all that is owed, each with a reference; what became of it, counted."""
    start = threading.Barrier(THREADS)

    def pays(number: int) -> str:
        caller = Caller(AT, identity=Identity(f"admin{number}", (1,), frozenset({"*"}), "session", AT))
        form = PayoutForm(amount=OWED, reference=reference(number))
        start.wait()
        try:
            return payouts.record("e1", form, caller).id
        except (MoreThanOwed, Busy) as refused:
            return refused.code

    with ThreadPoolExecutor(THREADS) as threads:
        return Counter(threads.map(pays, range(THREADS)))


def paid_out() -> int:
    recorded = sum(int(one.amount) for one in Payout.query("e1", consistent_read=True))
    assert PayoutAccount.get("e1", consistent_read=True).paid_out == recorded
    return recorded


def test_of_32_who_pay_out_all_that_is_owed_one_does():
    said = at_once(lambda number: f"FT{number}")

    assert paid_out() == OWED
    assert said.total() - said["conflict"] - said["busy"] == 1


def test_32_times_the_same_is_one_payout():
    said = at_once(lambda _: "FT1")

    assert paid_out() == OWED
    assert said.total() - said["conflict"] - said["busy"] > 0
    assert len(said - Counter(conflict=THREADS, busy=THREADS)) == 1, (
        "all who were told yes are told of the same"
    )


def test_without_the_accounts_version_more_is_paid_out_than_is_owed(monkeypatch):
    """The control of the tests above."""
    write = payouts._write

    class Careless:
        """A transaction that forgets the condition on the account."""

        def __init__(self, writing):
            self._writing = writing

        def update(self, item, actions, condition):
            self._writing.update(item, actions=actions)

        def __getattr__(self, name):
            return getattr(self._writing, name)

    monkeypatch.setattr(payouts, "_write", lambda writing, *rest: write(Careless(writing), *rest))

    at_once(lambda number: f"FT{number}")

    assert paid_out() > OWED
