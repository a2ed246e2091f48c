"""M-Pesa's ids of prompts end with the digits of the phone: they are forgotten, masked and unsaid with it."""

from datetime import UTC, datetime

import pytest

from chalicelib.core import phones
from chalicelib.core.log import without_secrets
from chalicelib.payments import archive
from chalicelib.payments.models import Payment
from devstack.daraja_simulator import names
from tests.actors import callback_body

PHONE = "254733000001"
DIGITS = PHONE[3:]


@pytest.fixture
def paid(town, organizer, buyer, safaricom):
    """A payment whose prompt has an id such as M-Pesa gives, for an event that is over."""
    payment = buyer.buys(organizer.event(), phone=PHONE)
    safaricom.calls_back()
    town.posts()
    town.clock.passes(days=60)
    answer = town.asks("POST", "/login", {"email": "amina@example.com", "password": "Tiketi@123"})
    buyer.token = answer.body["token"]
    prompt_id = names.checkout_request_id(PHONE, town.clock())
    Payment(payment["id"]).update(actions=[Payment.attempts[0]["checkout_request_id"].set(prompt_id)])
    return Payment.get(payment["id"])


def leaves(town, buyer) -> None:
    assert buyer.asks("DELETE", f"/users/{buyer.id}").status == 204
    town.clock.passes(minutes=2)
    town.mends()


def test_who_leaves_leaves_no_digits_in_them(town, buyer, paid):
    assert DIGITS in paid.attempts[0].checkout_request_id

    leaves(town, buyer)

    assert DIGITS not in str(Payment.get(paid.id).to_simple_dict())


def test_a_late_callback_is_still_told_from_that_of_another_prompt(town, buyer, paid, safaricom):
    from chalicelib.payments.daraja.callbacks import Result
    from chalicelib.payments.verdicts import _is_foreign

    ours = paid.attempts[0].checkout_request_id
    leaves(town, buyer)
    forgotten = Payment.get(paid.id)

    assert not _is_foreign(forgotten, 1, Result(0, ours))
    assert _is_foreign(forgotten, 1, Result(0, names.checkout_request_id(PHONE, town.clock())))


def test_archive_and_log_tell_none():
    prompt_id = names.checkout_request_id(PHONE, datetime.now(UTC))
    body = str(callback_body(0, 500.0, "TKX1", prompt_id))

    assert prompt_id in body
    for text in (archive.without_phones(body), without_secrets(body), phones.hidden(body)):
        assert DIGITS not in text
        assert prompt_id[:23] in text  # the time stays, by which it is found


def test_an_order_whose_phone_was_forgotten_asks_for_one(town, organizer, buyer, safaricom):
    payment = buyer.buys(organizer.event(), phone=PHONE)
    safaricom.calls_back(1032)
    Payment(payment["id"]).update(actions=[Payment.payer_phone.set("")])

    refused = buyer.asks("POST", "/lnmo", {"payment_id": payment["id"]})

    assert refused.status == 422
    assert set(refused.body["fields"]) == {"phone"}
    again = buyer.asks("POST", "/lnmo", {"payment_id": payment["id"], "phone": "0712345678"})
    assert again.status == 202
