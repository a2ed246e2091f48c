"""What tests of refunds begin with."""

import pytest


@pytest.fixture
def paid(organizer, buyer, safaricom):
    """An order of two tickets that M-Pesa has said is paid."""
    payment = buyer.buys(organizer.event(), 2)
    safaricom.calls_back(0, receipt="TKX1234567")
    return payment
