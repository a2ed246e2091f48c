"""32 people, or one with 32 phones, who order at once; each race stands beside a control that can be lost."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from chalicelib.accounts.models import User
from chalicelib.catalog import editing, events
from chalicelib.catalog.editing_schemas import EventEdit
from chalicelib.catalog.models import Event
from chalicelib.catalog.schemas import NewEvent
from chalicelib.core.problems import Busy
from chalicelib.core.settings import settings
from chalicelib.offers import counting, managing, terms
from chalicelib.offers.problems import CodeUsedUp, LimitReached
from chalicelib.offers.schemas import PromoCodeForm
from chalicelib.payments import purchase
from chalicelib.payments.daraja.answers import Accepted
from chalicelib.payments.models import Payment
from chalicelib.payments.schemas import Purchase
from chalicelib.payments.till import Till
from chalicelib.web.caller import Caller, Identity
from tests.actors import Pace, event_form

pytestmark = pytest.mark.stack

THREADS = 32
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
ORGANIZER = Caller(AT, identity=Identity("u1", (2,), frozenset({"events:write"}), "s", AT))
CODE = "JAZZ-20"


class TakesAll:
    """An M-Pesa that takes every push."""

    def push(self, prompt):
        return Accepted(f"ws_CO_{prompt.phone}", "merchant")


TILL = Till(TakesAll(), settings(), Pace(), lambda: AT)


def an_event(**more) -> Event:
    User("u1", username="otieno", email="", phone_number="", created_at=AT).save()
    form = event_form(**({"available_tickets": 800} | more))
    return events.create(NewEvent.model_validate(form), ORGANIZER).event


def an_event_in_shards(**more) -> Event:
    event = an_event(available_tickets=10_000, **more)
    editing.edit(event.id, EventEdit.model_validate({"capacity": 800}), ORGANIZER)
    return event


def a_code(event: Event, **more) -> None:
    form = {"code": CODE, "percent_off": 20} | more
    managing.create(event.id, PromoCodeForm.model_validate(form), ORGANIZER)


@pytest.fixture
def all_at_once(monkeypatch):
    """Everybody has looked before anybody orders; who looks again later waits for nobody."""
    agree, looked, together = terms.agree, threading.local(), threading.Barrier(THREADS, timeout=60)

    def agree_together(*given):
        agreed = agree(*given)
        if not hasattr(looked, "once"):
            looked.once = True
            together.wait()
        return agreed

    monkeypatch.setattr(terms, "agree", agree_together)


def a_rush(event: Event, n: int, *, one_buyer: bool = False, code: str | None = None) -> list[bool]:
    """32 orders of `n` tickets at once; says who got theirs. Whoever finds us busy tries again."""

    def order(number: int) -> bool:
        form = {
            "event_id": event.id,
            "ticket_type": "regular",
            "quantity": n,
            "phone": f"2547123{number:05d}",
            "promo_code": code,
        }
        buyer = "buyer" if one_buyer else f"buyer-{number}"
        while True:
            try:
                purchase.start(Purchase.model_validate(form), buyer, None, TILL)
            except Busy:
                continue
            except (CodeUsedUp, LimitReached):
                return False
            return True

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(order, range(THREADS)))


def used(event: Event, of: str) -> int:
    return sum(int(one.used) for one in counting.Count.scan() if one.key.startswith(f"{event.id}#{of}"))


def tickets() -> int:
    """What payments say."""
    return sum(int(hold.n) for payment in Payment.scan() for hold in payment.holds)


@pytest.fixture
def uncounted(monkeypatch):
    """The condition is taken out."""
    count = counting.count
    monkeypatch.setattr(counting, "count", lambda writing, key, n, most=None: count(writing, key, n))


@pytest.mark.parametrize(
    ("make", "most", "n"),
    [(an_event, 20, 1), (an_event_in_shards, 104, 4)],
    ids=["one share", "three shares"],
)
def test_a_code_of_n_is_used_n_times_by_32_at_once(emulator, all_at_once, make, most, n):
    event = make()
    a_code(event, max_tickets=most)

    got = a_rush(event, n, code=CODE)

    assert sum(got) * n == used(event, CODE) == tickets() == most


def test_without_the_condition_a_code_is_used_too_often(emulator, all_at_once, uncounted):
    """The control."""
    event = an_event()
    a_code(event, max_tickets=20)

    got = a_rush(event, 1, code=CODE)

    assert sum(got) == tickets() == THREADS > 20


def test_one_person_with_32_phones_gets_as_many_as_they_may(emulator, all_at_once):
    event = an_event(max_per_customer=5)

    got = a_rush(event, 1, one_buyer=True)

    assert sum(got) == used(event, "customer#") == tickets() == 5


def test_without_the_condition_one_person_gets_too_many(emulator, all_at_once, uncounted):
    """The control."""
    event = an_event(max_per_customer=5)

    got = a_rush(event, 1, one_buyer=True)

    assert sum(got) == tickets() == THREADS


def test_one_person_uses_a_code_as_often_as_they_may(emulator, all_at_once):
    event = an_event_in_shards()
    a_code(event, max_tickets=104, max_per_customer=6)

    got = a_rush(event, 2, one_buyer=True, code=CODE)

    assert sum(got) * 2 == used(event, f"{CODE}#by#") == tickets() == 6
