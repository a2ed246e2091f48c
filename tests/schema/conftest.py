"""A stack with things in it, and one fresh person of each kind for every test."""

from collections.abc import Callable, Iterator

import pytest
import requests

from devstack.demo_data import PASSWORD
from devstack.stack import Stack
from tests.scenarios.shop import Person, Shop, awaited
from tests.schema.things import Things


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    settings = {"DARAJA_SIM_DELAY": "0.1", "DARAJA_SIM_HANG": "1", "LIMITS_FACTOR": "1000"}
    with Stack(settings, demo=True) as stack:
        yield Shop(stack)


@pytest.fixture(scope="session")
def things(shop: Shop) -> Things:
    """What a random id may be exchanged for, so that more than 404s are seen."""
    events = requests.get(f"{shop.stack.url}/events", timeout=10).json()
    buyer = shop.person()
    payments = [buyer.buys(shop.event()) for _ in range(2)]
    for payment in payments:
        buyer.awaits(payment, "Completed")
    tickets = awaited(buyer.tickets)
    return Things(
        token=_token_of(buyer),
        users=[shop.person().id],
        events=[event["id"] for event in events],
        payments=payments,
        tickets=[ticket["id"] for ticket in tickets],
    )


@pytest.fixture
def token(shop: Shop, things: Things) -> Callable[[str, str], str]:
    """A token of a person of that kind; each test asks for its own, since some of them end it.

    The user is the one whose payments and tickets there are, where it is about those, else somebody new.
    """

    def of(kind: str, path: str) -> str:
        if kind == "stranger":
            return ""
        if kind == "user":
            return (
                things.token
                if path.startswith(("/payments", "/lnmo", "/tickets"))
                else _token_of(shop.person())
            )
        form = {"email": f"{kind}@tiketi.test", "password": PASSWORD}
        return str(requests.post(f"{shop.stack.url}/login", json=form, timeout=10).json()["token"])

    return of


def _token_of(person: Person) -> str:
    return str(person.http.headers["Authorization"]).removeprefix("Bearer ")
