"""Refunding by hand: all of a payment, some tickets, what is due already; with a second person or none."""

from dataclasses import replace

import pytest

from chalicelib.catalog import stock, takings
from chalicelib.catalog.models import Stock
from chalicelib.core.outbox import OutboxMessage
from chalicelib.core.settings import settings
from chalicelib.payments import audit, refunding, refunds
from chalicelib.payments.daraja.callbacks import Result
from chalicelib.payments.models import LedgerLine, Payment, Refund

BY_HAND = {"reason": "The buyer fell ill.", "method": "manual", "reference": "SKT7AB12CD"}


@pytest.fixture
def sale(organizer, buyer, safaricom):
    """Three paid tickets of an event with 10 seats."""

    class Sale:
        event = organizer.event(available_tickets=10)
        payment = buyer.buys(event, 3)

        def refunds(self, who=organizer, key=None, **more):
            headers = {"Idempotency-Key": key} if key else None
            path = f"/payments/{self.payment['id']}/refund"
            return who.asks("POST", path, {**BY_HAND, **more}, headers)

        def now(self):
            return organizer.payment(self.payment)

        def shard(self):
            return Stock.get(f"{self.event['id']}#0", consistent_read=True)

        def lines(self):
            return [(line.kind, line.amount) for line in LedgerLine.query(self.payment["id"])]

    sale = Sale()
    safaricom.calls_back(0, receipt="TKX1234567")
    sale.tickets = [ticket["id"] for ticket in buyer.payment(sale.payment)["tickets"]]
    return sale


@pytest.fixture
def limit(monkeypatch):
    """Refunds above KES 1,000 want a second person."""
    monkeypatch.setattr(refunding, "settings", lambda: replace(settings(), refund_approval=1_000))


def test_a_refund_by_hand_ends_at_once(sale, buyer):
    answer = sale.refunds()

    assert (answer.status, answer.body["status"]) == (202, "Refunded")
    assert answer.body["refunded_amount"] == 6_000
    (refund,) = answer.body["refunds"]
    assert (refund["of"], refund["status"], refund["amount"]) == ("whole", "manual", 6_000)
    assert (refund["receipt"], refund["reference"]) == ("TKX1234567", "SKT7AB12CD")
    assert [ticket["status"] for ticket in buyer.tickets()] == ["revoked"] * 3
    assert (sale.shard().remaining["shared"], sale.shard().sold["regular"]) == (10, 0)
    assert sale.lines()[-2:] == [("refund_due", 6_000), ("refunded", 6_000)]
    assert audit.differences(Payment.scan()) == []


def test_the_days_takings_and_the_buyer_are_told(sale, buyer):
    sale.refunds()

    rows = list(takings.read([stock.key(sale.event["id"], 0)]))
    assert [(row.sold, row.refunded, row.revenue) for row in rows] == [(3, 3, 0)]
    assert [one.user_id for one in OutboxMessage.scan(OutboxMessage.kind == "refunded")] == [buyer.id]


def test_a_part_by_hand_leaves_the_payment_complete(sale, buyer):
    answer = sale.refunds(tickets=sale.tickets[:1])

    assert (answer.status, answer.body["status"]) == (202, "Completed")
    assert answer.body["refunded_amount"] == 2_000
    assert [ticket["status"] for ticket in answer.body["tickets"]] == ["revoked", "valid", "valid"]
    assert (sale.shard().remaining["shared"], sale.shard().sold["regular"]) == (8, 2)
    assert sale.shard().revenue["regular"] == 4_000
    assert audit.differences(Payment.scan()) == []


def test_what_part_refunds_left_can_go_back_and_never_more(sale):
    sale.refunds(tickets=sale.tickets[:1])
    sale.refunds(tickets=sale.tickets[1:2])

    rest = sale.refunds()
    more = sale.refunds()

    assert (rest.body["status"], rest.body["refunded_amount"]) == ("Refunded", 6_000)
    assert [one["amount"] for one in rest.body["refunds"]] == [2_000, 2_000, 2_000]
    assert (more.status, more.body["code"]) == (409, "conflict")
    assert sale.shard().remaining["shared"] == 10


def test_a_ticket_goes_back_once(sale):
    sale.refunds(tickets=sale.tickets[:1])

    again = sale.refunds(tickets=sale.tickets[:1])
    strange = sale.refunds(tickets=["0" * 34])

    assert (again.status, strange.status) == (422, 422)
    assert "tickets" in again.body["fields"]
    assert sale.now()["refunded_amount"] == 2_000


def test_a_part_of_an_order_of_several_types_gives_back_its_own_price(organizer, buyer, safaricom):
    event = organizer.event(quotas={"MVP": 2})
    items = [{"ticket_type": "regular", "quantity": 1}, {"ticket_type": "MVP", "quantity": 1}]
    answer = buyer.asks(
        "POST", "/payments", {"event_id": event["id"], "items": items, "phone": "254712000001"}
    )
    safaricom.calls_back(0)
    dear = next(one for one in buyer.payment(answer.body)["tickets"] if one["ticket_type"] == "MVP")

    refunded = organizer.asks(
        "POST", f"/payments/{answer.body['id']}/refund", BY_HAND | {"tickets": [dear["id"]]}
    )

    assert refunded.body["refunded_amount"] == 5_000
    shard = Stock.get(f"{event['id']}#0")
    assert (shard.remaining["MVP"], shard.sold["MVP"], shard.sold["regular"]) == (2, 0, 1)


def test_seats_go_back_to_the_shards_that_they_came_from(organizer, buyer, safaricom):
    event = organizer.sharded_event(3)
    payment = buyer.buys(event, 2)
    safaricom.calls_back(0)
    (first, _) = [one["id"] for one in buyer.payment(payment)["tickets"]]

    path = f"/payments/{payment['id']}/refund"
    assert organizer.asks("POST", path, BY_HAND | {"tickets": [first]}).status == 202
    assert organizer.asks("POST", path, BY_HAND).body["status"] == "Refunded"

    shards = [Stock.get(stock.key(event["id"], number)) for number in range(8)]
    assert sum(shard.remaining["shared"] for shard in shards) == 3
    assert all(shard.sold["regular"] == 0 for shard in shards)


def test_money_without_seats_is_given_back_by_hand(organizer, buyer, safaricom):
    payment = buyer.buys(organizer.event())
    safaricom.calls_back(0, amount=1_999.0, receipt="TKX0000001")

    answer = organizer.asks("POST", f"/payments/{payment['id']}/refund", BY_HAND)

    assert (answer.body["status"], answer.body["refunded_amount"]) == ("Refunded", 1_999)
    assert audit.differences(Payment.scan()) == []


def test_a_second_receipt_is_a_refund_of_its_own(sale, organizer, safaricom):
    safaricom.calls_back(0, receipt="TKX7654321")
    (extra,) = sale.now()["refunds"]

    answer = sale.refunds(refund_id=extra["id"])

    assert (extra["of"], extra["status"], extra["receipt"]) == ("extra", "due", "TKX7654321")
    assert (answer.body["status"], answer.body["refunded_amount"]) == ("Completed", 6_000)
    assert sale.refunds(refund_id=extra["id"]).status == 409
    whole = sale.refunds()
    assert (whole.body["status"], whole.body["refunded_amount"]) == ("Refunded", 12_000)
    assert audit.differences(Payment.scan()) == []


def test_a_free_order_is_taken_back(organizer, buyer):
    payment = buyer.buys(organizer.event(regular_price=0), 2)

    answer = organizer.asks("POST", f"/payments/{payment['id']}/refund", BY_HAND)

    assert (answer.body["status"], answer.body["refunded_amount"]) == ("Refunded", 0)
    assert [one.kind for one in OutboxMessage.scan()] == ["tickets_issued", "tickets_revoked"]
    assert audit.differences(Payment.scan()) == []


def test_an_event_that_is_cancelled_later_owes_what_parts_have_left(sale, organizer, town):
    sale.refunds(tickets=sale.tickets[:1])

    organizer.asks("POST", f"/events/{sale.event['id']}/cancel")
    town.unwinds()

    assert [(one["of"], one["status"], one["amount"]) for one in sale.now()["refunds"]] == [
        ("part", "manual", 2_000),
        ("whole", "due", 4_000),
    ]
    assert sale.refunds().body["refunded_amount"] == 6_000
    assert audit.differences(Payment.scan()) == []


@pytest.mark.parametrize("code", [None, 1032])
def test_what_was_not_paid_does_not_go_back(organizer, buyer, safaricom, code):
    payment = buyer.buys(organizer.event())
    if code:
        safaricom.calls_back(code)

    answer = organizer.asks("POST", f"/payments/{payment['id']}/refund", BY_HAND)

    assert (answer.status, answer.body["code"]) == (409, "conflict")


def test_an_admitted_ticket_goes_back_only_by_its_name(sale, organizer, buyer):
    code = buyer.asks("GET", f"/tickets/{sale.tickets[0]}").body["code"]
    organizer.asks("POST", f"/events/{sale.event['id']}/checkins", {"code": code})

    refused = sale.refunds()
    named = sale.refunds(tickets=sale.tickets)

    assert (refused.status, refused.body["code"]) == (409, "already_admitted")
    assert refused.body["tickets"] == sale.tickets[:1]
    assert named.body["status"] == "Refunded"


def test_who_is_admitted_at_that_very_moment_is_not_refunded_unasked(sale, organizer, buyer, monkeypatch):
    code = buyer.asks("GET", f"/tickets/{sale.tickets[0]}").body["code"]
    real = refunds.write

    def too_late(*given, **more):
        organizer.asks("POST", f"/events/{sale.event['id']}/checkins", {"code": code})
        real(*given, **more)

    monkeypatch.setattr(refunds, "write", too_late)

    assert sale.refunds().body["code"] == "already_admitted"
    assert sale.now()["status"] == "Completed"


def test_of_two_who_refund_at_once_one_gives_back(sale, monkeypatch):
    real, waiting = refunds.write, [lambda: sale.refunds(tickets=sale.tickets[:2])]

    def after_another(*given, **more):
        if waiting:
            waiting.pop()()
        real(*given, **more)

    monkeypatch.setattr(refunds, "write", after_another)

    answer = sale.refunds()

    assert [one["amount"] for one in answer.body["refunds"]] == [4_000, 2_000]
    assert (answer.body["status"], answer.body["refunded_amount"]) == ("Refunded", 6_000)


def test_a_key_refunds_once(sale):
    first = sale.refunds(key="k1", tickets=sale.tickets[:1])
    again = sale.refunds(key="k1", tickets=sale.tickets[:1])
    other = sale.refunds(key="k1", tickets=sale.tickets[1:2])

    assert (first.status, again.status) == (202, 202)
    assert again.body["refunded_amount"] == 2_000
    assert (other.status, other.body["code"]) == (422, "idempotency_mismatch")


def test_only_the_events_organizers_refund(sale, buyer, town):
    stranger, admin = town.organizer("wafula"), town.admin()

    assert sale.refunds(who=buyer).status == 403
    assert sale.refunds(who=stranger).status == 404
    assert sale.refunds(who=admin).status == 202


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": ""},
        {"method": "cheque"},
        {"tickets": []},
        {"tickets": "all"},
        {"tickets": ["x" * 65]},
        {"refund_id": -1},
        {"refund_id": 10**12},
        {"reference": "x" * 201},
    ],
)
def test_what_makes_no_sense_is_a_wrong_field(sale, wrong):
    answer = sale.refunds(**wrong)

    assert (answer.status, answer.body["code"]) == (422, "validation_error")
    assert sale.now()["status"] == "Completed"


def test_a_refund_that_is_not_there_is_not_found(sale):
    assert sale.refunds(refund_id=7).status == 404


def test_a_part_is_not_reversed(sale):
    answer = sale.refunds(method="reversal", tickets=sale.tickets[:1])

    assert (answer.status, "manual" in answer.body["message"]) == (409, True)
    assert sale.now()["refunds"] == []


def test_above_the_limit_a_second_person_approves(sale, limit, organizer, town):
    asked = sale.refunds()
    alone = approves(organizer, sale)
    approved = approves(town.admin(), sale)

    assert (asked.body["status"], asked.body["refunded_amount"]) == ("RefundDue", 0)
    assert asked.body["refunds"][0]["status"] == "awaiting_approval"
    assert (alone.status, alone.body["code"]) == (403, "forbidden")
    assert (approved.body["status"], approved.body["refunded_amount"]) == ("Refunded", 6_000)
    assert audit.differences(Payment.scan()) == []


def test_another_organizer_approves_and_twice_is_fine(sale, limit, organizer, town):
    second = town.organizer("wafula")
    path = f"/events/{sale.event['id']}/staff/{second.id}"
    organizer.asks("PUT", path, {"role": "organizer"})
    sale.refunds(tickets=sale.tickets[:1])

    first, again = approves(second, sale), approves(second, sale)

    assert (first.body["status"], first.body["refunded_amount"]) == ("Completed", 2_000)
    assert (again.status, again.body["refunded_amount"]) == (202, 2_000)
    assert audit.differences(Payment.scan()) == []


def test_nobody_approves_what_does_not_wait(sale, town):
    sale.refunds(tickets=sale.tickets[:1])

    admin = town.admin()
    assert approves(admin, sale).status == 409
    assert approves(admin, sale, 2).status == 404


def test_below_the_limit_nobody_has_to_approve(sale, monkeypatch):
    monkeypatch.setattr(refunding, "settings", lambda: replace(settings(), refund_approval=6_000))

    assert sale.refunds().body["status"] == "Refunded"


def test_the_buyer_sees_how_far_a_refund_is(sale, buyer):
    sale.refunds(tickets=sale.tickets[:1])

    (refund,) = buyer.payment(sale.payment)["refunds"]
    assert (refund["status"], refund["tickets"]) == ("manual", sale.tickets[:1])
    assert len(list(Refund.scan())) == 1


def test_what_is_turned_down_is_due_again_and_can_be_asked_otherwise(sale, limit, organizer, town, buyer):
    sale.refunds(method="reversal")
    admin = town.admin()

    first, again = declines(admin, sale), declines(admin, sale)

    (refund,) = first.body["refunds"]
    assert (first.status, again.status) == (200, 200)
    assert (first.body["status"], refund["status"]) == ("RefundDue", "due")
    assert (refund["asked_by"], refund["declined_by"]) == (organizer.id, admin.id)
    assert [ticket["status"] for ticket in buyer.tickets()] == ["revoked"] * 3
    assert approves(admin, sale).status == 409
    asked = sale.refunds().body["refunds"][0]
    assert (asked["status"], asked["method"], asked["declined_by"]) == ("awaiting_approval", "manual", None)
    assert approves(admin, sale).body["refunded_amount"] == 6_000
    assert audit.differences(Payment.scan()) == []


@pytest.mark.parametrize("of", ["part", "extra"])
def test_who_asked_withdraws_it_and_the_payment_stays(sale, limit, organizer, safaricom, of):
    if of == "extra":
        safaricom.calls_back(0, receipt="TKX7654321")
    sale.refunds(**({"tickets": sale.tickets[:1]} if of == "part" else {"refund_id": 1}))

    withdrawn = declines(organizer, sale)

    assert (withdrawn.body["status"], withdrawn.body["refunds"][0]["status"]) == ("Completed", "due")
    assert sale.refunds(refund_id=1).body["refunds"][0]["status"] == "awaiting_approval"
    assert audit.differences(Payment.scan()) == []


def test_nobody_turns_down_what_does_not_wait(sale, limit, town):
    sale.refunds(tickets=sale.tickets[:1])
    admin = town.admin()
    approves(admin, sale)

    assert declines(admin, sale).status == 409
    assert declines(admin, sale, 2).status == 404
    assert sale.now()["refunded_amount"] == 2_000


def test_of_an_approval_and_a_refusal_at_once_one_counts(sale, limit, town, monkeypatch):
    sale.refunds()
    admin = town.admin()
    save = refunds.save

    def slow(*given, **named):
        monkeypatch.setattr(refunds, "save", save)
        assert approves(admin, sale).status == 202
        return save(*given, **named)

    monkeypatch.setattr(refunds, "save", slow)

    assert declines(admin, sale).status == 409
    assert sale.now()["refunded_amount"] == 6_000


def test_who_did_what_is_for_those_who_run_the_event(sale, limit, organizer, buyer, town):
    sale.refunds(tickets=sale.tickets[:1])
    admin = town.admin()
    approves(admin, sale)

    (seen,) = sale.now()["refunds"]
    (by_buyer,) = buyer.payment(sale.payment)["refunds"]
    assert (seen["asked_by"], seen["approved_by"]) == (organizer.id, admin.id)
    assert (by_buyer["asked_by"], by_buyer["approved_by"]) == (None, None)


def test_an_organizer_who_bought_a_ticket_themself_sees_who_did_what(limit, organizer, safaricom):
    event = organizer.event()
    payment = organizer.buys(event)
    safaricom.calls_back(0)
    organizer.asks("POST", f"/payments/{payment['id']}/refund", BY_HAND)

    assert organizer.payment(payment)["refunds"][0]["asked_by"] == organizer.id


def declines(who, sale, number=1):
    return who.asks("POST", f"/payments/{sale.payment['id']}/refund/{number}/decline")


def approves(who, sale, number=1):
    return who.asks("POST", f"/payments/{sale.payment['id']}/refund/{number}/approve")


def test_money_and_news_that_come_after_the_refund_are_kept_apart_from_it(sale, safaricom):
    sale.refunds()

    safaricom.calls_back(0, receipt="TKX7654321")  # a second receipt
    extra = sale.refunds(refund_id=2)

    assert (extra.body["status"], extra.body["refunded_amount"]) == ("Refunded", 12_000)
    assert [line["kind"] for line in extra.body["ledger"]][-3:] == ["received", "refund_due", "refunded"]
    assert audit.differences(Payment.scan()) == []


def test_a_receipt_that_comes_after_the_refund_is_written_down(organizer, buyer, safaricom, town, clock):
    payment = buyer.buys(organizer.event())
    safaricom.query_says["ws_CO_1"] = Result("0", "ws_CO_1", asked=True)
    clock.passes(seconds=91)
    town.reconciles()
    organizer.asks("POST", f"/payments/{payment['id']}/refund", BY_HAND)

    safaricom.calls_back(0, receipt="TKX1234567")

    seen = organizer.payment(payment)
    assert (seen["status"], seen["receipt"], seen["refunded_amount"]) == ("Refunded", "TKX1234567", 2_000)
    assert audit.differences(Payment.scan()) == []


def test_the_end_of_another_prompt_after_the_refund_is_noted(organizer, buyer, safaricom, town, clock):
    payment = buyer.buys(organizer.event())
    safaricom.calls_back(1037)
    clock.passes(seconds=90)
    buyer.asks("POST", "/lnmo", {"payment_id": payment["id"], "phone": "254712000009"})
    safaricom.calls_back(0, receipt="TKX1234567")
    organizer.asks("POST", f"/payments/{payment['id']}/refund", BY_HAND)

    safaricom.query_says["ws_CO_1"] = Result("1037", "ws_CO_1", asked=True)
    clock.passes(seconds=900)
    town.reconciles()

    seen = organizer.payment(payment)
    assert (seen["status"], seen["ledger"][-1]["kind"]) == ("Refunded", "prompt_ended")
    assert audit.differences(Payment.scan()) == []


def test_money_on_top_goes_back_while_the_rest_is_due(sale, safaricom, organizer, town):
    safaricom.calls_back(0, receipt="TKX7654321")
    organizer.asks("POST", f"/events/{sale.event['id']}/cancel")
    town.unwinds()

    extra = sale.refunds(refund_id=1)

    assert (extra.body["status"], extra.body["refunded_amount"]) == ("RefundDue", 6_000)
    assert sale.refunds().body["refunded_amount"] == 12_000
    assert audit.differences(Payment.scan()) == []


@pytest.mark.parametrize("rest_first", [False, True])
def test_a_part_that_waits_goes_back_after_the_event_was_cancelled(sale, limit, organizer, town, rest_first):
    sale.refunds(tickets=sale.tickets[:1])
    organizer.asks("POST", f"/events/{sale.event['id']}/cancel")
    town.unwinds()
    sale.refunds()
    admin = town.admin()

    for number in (2, 1) if rest_first else (1, 2):
        assert approves(admin, sale, number).status == 202

    seen = sale.now()
    assert (seen["status"], seen["refunded_amount"]) == ("Refunded", 6_000)
    assert audit.differences(Payment.scan()) == []
