"""What people are told, on the running stack: e-mails and SMS lie in its folder."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from pynamodb.transactions import TransactWrite

from chalicelib.accounts import resetting
from chalicelib.accounts.models import User
from chalicelib.core import clock, outbox
from chalicelib.core.outbox import OutboxMessage
from chalicelib.delivery import letters, posting, ways
from chalicelib.delivery.outcomes import Sent
from tests.scenarios.shop import awaited

pytestmark = pytest.mark.stack

WORKERS = 32


def pdfs(letter):
    return [part for part in letter.iter_attachments() if part.get_content_type() == "application/pdf"]


def test_who_buys_gets_an_e_mail_with_the_tickets_and_again_when_they_ask(shop, buyer):
    payment = buyer.buys(shop.event(), 2)
    buyer.awaits(payment, "Completed")

    (letter,) = awaited(lambda: shop.mail(buyer.email))
    again = buyer.asks("POST", f"/payments/{payment}/messages")
    _, second = awaited(lambda: letters_of(shop, buyer, 2))
    at_once = buyer.asks("POST", f"/payments/{payment}/messages")

    assert (again.status_code, at_once.status_code) == (202, 429)
    for one in (letter, second):
        assert pdfs(one)
        assert all(part.get_content().startswith(b"%PDF") for part in pdfs(one))
    assert awaited(lambda: shop.texts("254712345678"))
    told = awaited(lambda: all_sent(buyer, payment))
    assert {(one["channel"], one["status"]) for one in told} == {("email", "sent"), ("sms", "sent")}


def letters_of(shop, buyer, n):
    found = shop.mail(buyer.email)
    return found if len(found) == n else None


def all_sent(buyer, payment):
    told = buyer.calls("GET", f"/payments/{payment}/messages", 200)
    return told if len(told) == 4 and all(one["status"] == "sent" for one in told) else None


def test_a_free_order_is_told_too(shop, buyer):
    buyer.buys(shop.event(price=0))

    assert awaited(lambda: shop.mail(buyer.email))


class Carrier:
    """Counts what it is given, by claim."""

    def __init__(self):
        self.claims = []

    def takes(self, letter, message, at):
        self.claims.append(message.claim)
        time.sleep(0.05)
        return Sent()


@pytest.fixture
def carrier():
    made = Carrier()
    ways.open_with(lambda: {"email": made.takes})
    yield made
    ways.open_with(None)


def deliver_at_once(monkeypatch):
    """A message that all the workers have read as waiting before any of them claims it."""
    at = clock.now()
    User("u1", username="amina", email="amina@example.com", phone_number="254712345678", created_at=at).save()
    asked_for = resetting.hash_of("amina@example.com")
    message = outbox.new("password_reset", "u1", at, about="0" * 32, which=asked_for)
    message.save()
    gate, write = threading.Barrier(WORKERS), letters.write

    def together(*given):
        gate.wait()
        return write(*given)

    monkeypatch.setattr(letters, "write", together)
    with ThreadPoolExecutor(WORKERS) as workers:
        list(workers.map(lambda _: posting.post(message.id, clock.now), range(WORKERS)))
    return OutboxMessage.get(message.id, consistent_read=True)


def test_one_message_delivered_by_many_at_once_goes_out_once(emulator, carrier, monkeypatch):
    message = deliver_at_once(monkeypatch)

    assert carrier.claims == [message.claim]
    assert (message.state, message.tries) == ("sent", 1)


def test_without_the_condition_the_same_message_goes_out_many_times(emulator, carrier, monkeypatch):
    """The control of the test above."""
    update = TransactWrite.update
    monkeypatch.setattr(
        TransactWrite, "update", lambda self, model, actions, condition=None: update(self, model, actions)
    )

    deliver_at_once(monkeypatch)

    assert len(carrier.claims) > 1
