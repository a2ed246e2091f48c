"""Helpers of the tests about what is held of people."""

from typing import Any

from chalicelib.payments.models import Payment
from tests.actors import Person
from tests.personal import addresses_in


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
