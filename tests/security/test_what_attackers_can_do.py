"""What somebody can do with what should not be theirs: what docs/threat-model.md says, and no more."""

import hashlib
import json
from urllib.parse import urlsplit

import pytest

from chalicelib.accounts import resetting
from chalicelib.payments.difference_models import OPEN, Difference
from chalicelib.tables import TABLES
from chalicelib.tickets import links
from chalicelib.tickets.models import Ticket
from tests.actors import PHONE, callback_body
from tests.payments.test_statement import Portal


@pytest.fixture
def event(organizer):
    return organizer.event()


def ticket_of(buyer, event, safaricom):
    """A ticket that was paid for, as its owner sees it."""
    payment = buyer.buys(event, phone=PHONE)
    safaricom.calls_back()
    return next(one for one in buyer.tickets() if one["payment_id"] == payment["id"])


def test_a_copy_of_all_tables_lets_nobody_in(town, buyer, event, safaricom, clock):
    ticket = ticket_of(buyer, event, safaricom)
    reset = resetting.new_link(buyer.id, clock())
    link = links.url_of(Ticket.get(ticket["id"]), clock())
    secrets = {
        "password": "Tiketi@123",
        "session": buyer.token,
        "its signature": buyer.token.rpartition(".")[2],
        "code": ticket["code"],
        "link": link.rpartition(".")[2],
        "reset link": urlsplit(reset).path.rpartition("/")[2],
        "callback": urlsplit(safaricom.prompts[-1].callback_url).path.rpartition("/")[2],
    }

    copy = "".join(
        json.dumps(row.to_dynamodb_dict(), default=str) for table in TABLES for row in table.scan()
    )

    assert [name for name, secret in secrets.items() if secret in copy] == []
    assert hashlib.sha256(secrets["reset link"].encode()).hexdigest() in copy  # the control: it looked there
    assert all(word in copy for word in (buyer.id, ticket["id"], "argon2id"))


def test_who_has_the_address_of_a_callback_can_lie_about_one_payment(
    town, buyer, event, safaricom, clock, tmp_path
):
    """Accepted, since Safaricom signs nothing; M-Pesa's statement lacks that money, and says so."""
    lied, other = buyer.buys(event, phone=PHONE), buyer.buys(event)
    address = urlsplit(safaricom.prompts[-2].callback_url).path
    claim = callback_body(0, 2000.0, "TKX7777777", "ws_CO_1")
    del claim["Body"]["stkCallback"]["CheckoutRequestID"]  # which they cannot know

    assert town.asks("POST", address, claim).status == 200
    town.settles()

    assert buyer.payment(lied)["status"] == "Completed"
    assert buyer.payment(other)["status"] == "Pending"
    assert Portal(tmp_path, clock).compares() == 1
    assert ("known_but_unpaid", "TKX7777777") in {
        (one.kind, one.about) for one in Difference.by_open.query(OPEN)
    }


def test_who_has_the_address_of_a_reversal_can_only_have_m_pesa_asked(
    town, buyer, organizer, event, safaricom, clock
):
    payment = buyer.buys(event, phone=PHONE)
    safaricom.calls_back(0)
    form = {"reason": "The buyer fell ill.", "method": "reversal"}
    organizer.asks("POST", f"/payments/{payment['id']}/refund", form)
    town.refunds()
    address = urlsplit(safaricom.reversals[-1].result_url).path

    for lie in ({"ResultCode": 0}, {"ResultCode": 1}, {"ResultCode": 0, "ConversationID": "AG_9"}):
        assert town.asks("POST", address, {"Result": lie | {"TransactionID": "TKY7654321"}}).status == 200
        town.refunds()
    clock.passes(minutes=6)
    town.reconciles()

    (refund,) = organizer.payment(payment)["refunds"]
    assert (organizer.payment(payment)["status"], refund["status"]) == ("RefundDue", "unknown")
    assert len(safaricom.questions) == 1
    safaricom.tells_status("Failed", Amount=2000)
    assert organizer.payment(payment)["refunds"][0]["code"] == "NOT_DONE"


def test_a_stolen_gate_phone_knows_no_name_phone_or_code(town, buyer, organizer, event, safaricom):
    ticket = ticket_of(buyer, event, safaricom)
    gate = town.signs_up("gatekeeper")
    organizer.asks("PUT", f"/events/{event['id']}/staff/{gate.id}", {"role": "gate"})
    path = f"/events/{event['id']}"
    gate.asks("POST", f"{path}/checkins", {"code": ticket["code"], "device": "Gate A"})

    known = gate.asks("GET", f"{path}/gate").raw.decode()

    assert ticket["id"] in known
    assert [word for word in ("amina", "254712345678", ticket["code"], buyer.id) if word in known] == []
    assert gate.asks("GET", f"/tickets/{ticket['id']}").status == 404
    assert gate.asks("GET", f"{path}/report").status == 403
    assert gate.asks("POST", f"/payments/{ticket['payment_id']}/refund", {"reason": "Rain."}).status in (
        403,
        404,
    )


def test_a_thief_who_is_logged_in_may_set_another_password_and_every_other_log_in_ends(town, buyer):
    """Accepted: no old password is asked for. Who has the address gets the account back by a link."""
    thief, town_hall = (
        buyer.token,
        town.asks("POST", "/login", {"email": "amina@example.com", "password": "Tiketi@123"}),
    )
    assert buyer.asks("PATCH", f"/users/{buyer.id}", {"password": "the thief's own"}).status == 200

    back = {"Authorization": f"Bearer {town_hall.body['token']}"}
    assert town.asks("GET", f"/users/{buyer.id}", headers=back).status == 401

    link = urlsplit(resetting.new_link(buyer.id, town.clock())).path
    assert town.asks("PUT", link, {"password": "amina's new one"}).status == 200
    assert town.asks("GET", f"/users/{buyer.id}", headers={"Authorization": f"Bearer {thief}"}).status == 401
