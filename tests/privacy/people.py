"""Helpers of the tests about what is held of people."""

from typing import Any

from chalicelib.payments.models import Payment
from tests.actors import Person, Town
from tests.personal import addresses_in

PHONE, OTHER = "254733000001", "254733000002"


def everything_of(person: Person, asked_by: Person | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """All that we hold of somebody, page by page."""
    path, found = f"/users/{person.id}/data", []
    query = f"?limit={limit}"
    while query:
        answer = (asked_by or person).asks("GET", path + query)
        assert answer.status == 200, answer.body
        found += answer.body
        query = (answer.header("Link") or "").partition("<")[2].partition(">")[0]
    return found


def phones_of(payment_id: str) -> set[str]:
    """The phones that are stored with a payment."""
    return addresses_in(str(Payment.get(payment_id, consistent_read=True).to_simple_dict()))


def is_over(town: Town, days: float = 60) -> None:
    """The event ends, and some weeks pass."""
    town.clock.passes(days=days)


def logs_in(town: Town, person: Person, name: str = "amina") -> None:
    """A log-in is over by then; a new one."""
    said = town.asks("POST", "/login", {"email": f"{name}@example.com", "password": "Tiketi@123"})
    person.token = said.body["token"]
