"""No line of a log says who somebody is, or lets its reader act for them."""

import logging
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from chalicelib.accounts import resetting
from chalicelib.core import log
from chalicelib.core.queues import QUEUES, STK_RESULTS
from chalicelib.payments import archive
from chalicelib.payments.daraja.answers import Unknown
from chalicelib.tickets import links
from chalicelib.tickets.models import Ticket
from tests.personal import addresses_in

#: Of somebody who is called so, whatever a text says besides.
_NAMES = re.compile("amina|zuhura|kamau|otieno|wanjiru", re.IGNORECASE)


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """Every line as it is written."""
    written: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(log._Line().format(record))

    handler = Kept()
    logging.getLogger().addHandler(handler)
    logging.getLogger("tiketi").addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)
    logging.getLogger("tiketi").removeHandler(handler)


def personal(lines: list[str], secrets: set[str]) -> list[str]:
    """The lines that tell of somebody, or have a secret in them."""
    return [
        line
        for line in lines
        if addresses_in(line) or _NAMES.search(line) or any(secret in line for secret in secrets)
    ]


def journeys(town, organizer, buyer) -> set[str]:
    """What people do here, well and not so well; returns what lets one act for them."""
    town.post.sends_sms = True
    secrets = {buyer.token, organizer.token, "Tiketi@123", "the-key-of-an-order", "JAZZ-20"}
    town.asks("POST", "/login", {"email": "amina@example.com", "password": "Tiketi@124"})
    town.asks("POST", "/login", {"email": "nobody@example.com", "password": "Tiketi@124"})
    town.asks("POST", "/password-resets", {"email": "amina@example.com"})
    link = resetting.new_link(buyer.id, town.clock())
    secrets.add(link.rsplit("/", 1)[1])
    assert town.asks("PUT", urlsplit(link).path, {"password": "Tiketi@125"}).status == 200
    said = town.asks("POST", "/login", {"email": "amina@example.com", "password": "Tiketi@125"})
    buyer.token = said.body["token"]
    secrets |= {buyer.token, "Tiketi@125"}
    event = organizer.event(regular_price=500)
    codes = f"/events/{event['id']}/promo-codes"
    assert organizer.asks("POST", codes, {"code": "JAZZ-20", "percent_off": 20}).status == 201
    paid = buyer.buys(event, 2, key="the-key-of-an-order", promo_code="JAZZ-20")
    town.safaricom.calls_back(receipt="TKX0000001")
    town.safaricom.calls_back(receipt="TKX0000002")
    buyer.buys(event)
    town.safaricom.calls_back(1032)
    town.safaricom.next_pushes = [Unknown("Read timed out.")]
    buyer.buys(event)
    secrets |= {prompt.callback_url.rsplit("/", 1)[1] for prompt in town.safaricom.prompts}
    path = urlsplit(town.safaricom.prompts[-1].callback_url).path
    assert town.asks("POST", path[:-1] + "x", {"Body": {}}).status == 404
    assert town.asks("POST", path, b"254712345678").status == 400
    town.clock.passes(minutes=6)
    town.reconciles()
    assert organizer.orders(event, payment_type="Cash", phone="0733 000 001").status == 202
    town.posts()
    town.mends()
    ticket = buyer.payment(paid)["tickets"][0]
    secrets |= {ticket["code"], links.url_of(Ticket.get(ticket["id"]), town.clock()).rsplit("=", 1)[1]}
    gate = f"/events/{event['id']}/checkins"
    assert organizer.asks("POST", gate, {"code": ticket["code"], "device": "Kamau's"}).status == 200
    assert organizer.asks("POST", gate, {"code": ticket["code"]}).status == 409
    refund = {"reason": "Amina is ill.", "method": "reversal", "refund_id": 1}
    assert organizer.asks("POST", f"/payments/{paid['id']}/refund", refund).status == 202
    town.refunds()
    town.safaricom.tells()
    assert buyer.payment(paid)["refunds"][0]["status"] == "done"
    assert buyer.asks("POST", f"/payments/{paid['id']}/messages").status == 202
    town.posts()
    return secrets


def test_what_people_do_leaves_nothing_personal_in_any_line(
    town, organizer, buyer, lines, capsys, monkeypatch
):
    monkeypatch.setattr(log, "without_secrets", lambda text: text)  # none of it is there to be taken out

    secrets = journeys(town, organizer, buyer)

    assert len(lines) > 20
    assert personal(lines, secrets) == []
    assert personal(capsys.readouterr().out.splitlines(), secrets) == []


def test_texts_of_errors_are_written_without_what_is_personal(
    town, organizer, buyer, safaricom, lines, monkeypatch
):
    """AWS, carriers and libraries put what they were given into their texts."""
    told = (
        "amina@example.com, 254712345678, +254 712 345 678 and 0712345678: $argon2id$v=19$m=8,t=1,p=1$c2FsdA$"
        f"aGFzaA, Bearer {buyer.token}, /password-resets/4f5d, T1.k1.{'ABCDEFGH' * 4}, /lnmo/01a2/1/9f8e7d"
    )
    secrets = {buyer.token, "aGFzaA", "4f5d", "ABCDEFGH" * 4, "9f8e7d"}

    def fails(*given: object, **more: object) -> None:
        raise ClientError({"Error": {"Code": "ValidationException", "Message": told}}, "PutItem")

    payment = buyer.buys(organizer.event())
    monkeypatch.setattr(archive, "_write", fails)
    monkeypatch.setattr(archive, "settings", lambda: type("Kept", (), {"callback_archive": "s3://kept"}))
    safaricom.calls_back()
    assert buyer.payment(payment)["status"] == "Completed"
    town.post.next_outcomes.append(ValueError(told))
    town.posts()
    monkeypatch.setattr("chalicelib.payments.listing.of_caller", fails)
    assert buyer.asks("GET", "/payments").status == 500

    traces = [line for line in lines if "ValidationException" in line]
    assert len(traces) == 2
    assert all("[e-mail], [phone], [phone] and [phone]: [hash], Bearer [token]" in line for line in traces)
    assert personal(lines, secrets) == []


def test_what_must_not_be_said_would_be_seen(town, lines):
    """The control: the test's own eyes."""
    log.event("something.said", phone="0712 345 678", mail="amina@example.com")
    logging.getLogger().error("Amina has %s", "secret")

    assert len(personal(lines, {"secret"})) == 1
    assert '"phone": "[phone]", "mail": "[e-mail]"' in lines[0]


def test_the_queue_of_results_is_the_only_one_with_phones_in_it(town, organizer, buyer, safaricom):
    """What waits there is what Safaricom sent; settling reads it, and nothing else is kept of it."""
    buyer.buys(organizer.event())
    safaricom.calls_back(settle=False)
    organizer.orders(organizer.event(), payment_type="Cash", phone="0733 000 001")

    bodies = {queue: _bodies(town, queue.name) for queue in QUEUES}

    assert [queue for queue, found in bodies.items() if addresses_in(" ".join(found))] == [STK_RESULTS]


def _bodies(town, queue: str) -> list[str]:
    found = town.sqs.receive_message(QueueUrl=town._url(queue), MaxNumberOfMessages=10)
    return [message["Body"] for message in found.get("Messages", [])]
