"""What the tests about what is held of people begin with."""

import pytest

from tests.privacy.people import PHONE, is_over, logs_in


@pytest.fixture
def paid(town, organizer, buyer, safaricom):
    """A payment of the buyer's for an event that is over, with a refund, and all messages sent."""
    payment = buyer.buys(organizer.event(), 2, phone=PHONE)
    safaricom.calls_back()
    town.posts()
    ticket = buyer.payment(payment)["tickets"][0]["id"]
    form = {"reason": "Amina is ill.", "method": "manual", "tickets": [ticket]}
    assert organizer.asks("POST", f"/payments/{payment['id']}/refund", form).status == 202
    town.posts()
    is_over(town)
    logs_in(town, buyer)
    return payment
