"""Cash goes back by hand only, and out of the drawer of whoever gives it."""

from dataclasses import replace

import pytest

from chalicelib.core.outbox import OutboxMessage
from chalicelib.core.settings import settings
from chalicelib.payments import audit, refunding
from chalicelib.payments.models import LedgerLine, Payment
from tests.payments.test_selling import drawers, event, seats, seller, sells  # noqa: F401 - fixtures

BY_HAND = {"reason": "The buyer fell ill.", "method": "manual"}
BY_REVERSAL = {"reason": "Rain.", "method": "reversal"}


@pytest.fixture
def sale(seller, organizer, event):  # noqa: F811
    """Three tickets sold for cash by somebody at the gate."""

    class Sale:
        payment = sells(seller, event, 3, phone="0733 000 111").body

        def refunds(self, who=organizer, payment=None, **form):
            path = f"/payments/{(payment or self.payment)['id']}/refund"
            return who.asks("POST", path, {**BY_HAND, **form})

        def now(self):
            return organizer.payment(self.payment)

        def cash(self):
            return {one["username"]: one["in_hand"] for one in drawers(organizer, event)}

        def lines(self):
            return [(line.kind, line.amount) for line in LedgerLine.query(self.payment["id"])]

    return Sale()


@pytest.fixture
def reversals_work(monkeypatch):
    ready = replace(settings(), daraja_initiator="tiketi")
    monkeypatch.setattr(refunding, "settings", lambda: ready)


def cancels(town, organizer, event):  # noqa: F811
    assert organizer.asks("POST", f"/events/{event['id']}/cancel", {}).status == 200
    town.unwinds()


def test_all_of_it_goes_back_by_hand_and_out_of_the_drawer_of_who_gives_it(sale, seller, event):  # noqa: F811
    answer = sale.refunds()

    assert (answer.status, answer.body["status"], answer.body["refunded_amount"]) == (202, "Refunded", 6000)
    assert sale.cash() == {"kamau": 6000, "otieno": -6000}
    assert seats(event) == {"remaining": 10, "held": 0, "sold": 0, "revenue": 0}
    assert [ticket["status"] for ticket in seller.tickets()] == ["revoked"] * 3
    assert sale.lines() == [("received", 6000), ("refund_due", 6000), ("refunded", 6000)]
    assert sale.refunds().status == 409
    assert audit.differences(Payment.scan()) == []


def test_some_tickets_go_back_likewise(sale):
    tickets = [ticket["id"] for ticket in sale.now()["tickets"]]

    part = sale.refunds(tickets=tickets[:1])
    rest = sale.refunds()

    assert (part.body["status"], part.body["refunded_amount"]) == ("Completed", 2000)
    assert (rest.body["status"], rest.body["refunded_amount"]) == ("Refunded", 6000)
    assert sale.cash() == {"kamau": 6000, "otieno": -6000}
    assert audit.differences(Payment.scan()) == []


def test_cash_is_not_reversed(sale, reversals_work):
    tickets = [ticket["id"] for ticket in sale.now()["tickets"]]

    for answer in (sale.refunds(method="reversal"), sale.refunds(method="reversal", tickets=tickets[:1])):
        assert (answer.status, answer.body["code"]) == (409, "conflict")
        assert "paid in cash" in answer.body["message"]
    assert sale.now()["status"] == "Completed"
    assert sale.cash() == {"kamau": 6000}


def test_gate_staff_give_nothing_back(sale, seller):  # noqa: F811
    assert sale.refunds(who=seller).status == 403


def test_above_the_limit_it_comes_out_of_the_drawer_of_who_asked(sale, town, monkeypatch):
    monkeypatch.setattr(refunding, "settings", lambda: replace(settings(), refund_approval=1_000))
    admin = town.admin()

    asked = sale.refunds()
    before = sale.cash()
    approved = admin.asks("POST", f"/payments/{sale.payment['id']}/refund/1/approve")

    assert (asked.body["status"], before) == ("RefundDue", {"kamau": 6000})
    assert approved.body["status"] == "Refunded"
    assert sale.cash() == {"kamau": 6000, "otieno": -6000}


def test_what_waits_for_approval_can_be_asked_for_otherwise(sale, town, monkeypatch):
    """Another organizer gives it back after all, and nobody twice."""
    monkeypatch.setattr(refunding, "settings", lambda: replace(settings(), refund_approval=1_000))
    sale.refunds()
    monkeypatch.undo()
    admin = town.admin()

    assert sale.refunds(who=admin).body["status"] == "Refunded"
    assert sale.cash() == {"kamau": 6000, "wanjiru": -6000}


def test_of_a_cancelled_event_cash_is_due_back_until_somebody_gives_it(sale, town, organizer, event):  # noqa: F811
    cancels(town, organizer, event)

    due = sale.now()
    assert (due["status"], sale.cash()) == ("RefundDue", {"kamau": 6000})
    (refund,) = due["refunds"]
    assert (refund["status"], refund["amount"], refund["receipt"]) == ("due", 6000, None)
    assert "paid in cash" in refund["message"]
    assert sale.refunds(method="reversal").status == 409
    assert sale.refunds().body["status"] == "Refunded"
    assert sale.cash() == {"kamau": 6000, "otieno": -6000}
    assert audit.differences(Payment.scan()) == []


def test_reversing_all_that_an_event_owes_leaves_cash_due(
    sale,
    town,
    organizer,
    buyer,
    safaricom,
    event,  # noqa: F811
    reversals_work,
):
    paid = buyer.buys(event)
    safaricom.calls_back(0, receipt="TKX1234567")
    cancels(town, organizer, event)

    assert organizer.asks("POST", f"/events/{event['id']}/refunds", {"reason": "Rain."}).status == 202
    town.refunds()
    safaricom.tells(0, original="TKX1234567")

    progress = organizer.asks("GET", f"/events/{event['id']}/refunds").body["refunds"]
    assert progress == {"due": {"count": 1, "amount": 6000}, "done": {"count": 1, "amount": 2000}}
    assert sale.now()["refunds"][0]["status"] == "due"
    assert buyer.payment(paid)["status"] == "Refunded"
    assert len(safaricom.reversals) == 1


def test_the_buyer_is_told_by_sms(sale, town, seller):  # noqa: F811
    town.post.sends_sms = True
    town.posts()
    town.post.taken.clear()

    sale.refunds()
    town.posts()

    (one,) = town.post.taken
    assert (one.channel, one.letter.phone) == ("sms", "254733000111")
    assert "KES 6,000" in one.letter.sms
    assert "has been returned to you" in one.letter.sms


def test_who_paid_in_cash_is_told_by_sms_to_ask_for_it_when_the_event_is_cancelled(
    sale,
    town,
    organizer,
    event,  # noqa: F811
):
    town.post.sends_sms = True
    town.posts()
    town.post.taken.clear()

    cancels(town, organizer, event)
    town.posts()

    (one,) = town.post.taken
    assert (one.channel, one.letter.phone) == ("sms", "254733000111")
    assert "KES 6,000 that you paid in cash" in one.letter.sms
    assert "Ask the organizers" in one.letter.sms


def test_an_sms_of_tickets_that_are_taken_back_meanwhile_is_not_sent(sale, town):
    town.post.sends_sms = True
    sale.refunds(tickets=[sale.now()["tickets"][0]["id"]])
    town.posts()

    told = sorted((one.kind, one.which or "", one.state) for one in OutboxMessage.scan())
    assert told == [
        ("refunded", "refund-1", "sent"),
        ("tickets_issued", "1", "dropped"),
        ("tickets_issued", "2", "sent"),
        ("tickets_issued", "3", "sent"),
    ]


def test_a_complimentary_ticket_is_taken_back_with_nothing_to_pay(organizer, event):  # noqa: F811
    gift = sells(organizer, event, 2, payment_type="Complimentary").body
    path = f"/payments/{gift['id']}/refund"

    reversal = organizer.asks("POST", path, BY_REVERSAL)
    by_hand = organizer.asks("POST", path, BY_HAND)

    assert reversal.status == 409
    assert (by_hand.body["status"], by_hand.body["refunded_amount"]) == ("Refunded", 0)
    assert seats(event)["sold"] == 0
    assert drawers(organizer, event) == []


def test_complimentary_tickets_end_with_their_event(town, organizer, event):  # noqa: F811
    gift = sells(organizer, event, payment_type="Complimentary").body

    cancels(town, organizer, event)

    detail = organizer.payment(gift)
    assert (detail["status"], detail["refunds"]) == ("Refunded", [])
    assert [ticket["status"] for ticket in detail["tickets"]] == ["revoked"]
    assert audit.differences(Payment.scan()) == []


def test_a_refund_counts_with_what_was_cashed_up(sale, organizer, seller, event):  # noqa: F811
    """All cash of an event is what was taken less what went back, whoever has it."""
    path = f"/events/{event['id']}/cash-ups"
    assert organizer.asks("POST", path, {"seller_id": seller.id, "amount": 6000}).status == 201

    sale.refunds()

    found = drawers(organizer, event)
    assert sale.cash() == {"kamau": 0, "otieno": -6000}
    assert sum(one["handed_over"] + one["in_hand"] for one in found) == 0
