"""Cancelling an event: nothing is sold any more, and everybody gets their money back."""

import pytest

from chalicelib.catalog.models import Event, Stock
from chalicelib.core.outbox import OutboxMessage
from chalicelib.payments import audit, cancelling_events, settlement
from chalicelib.payments.daraja.callbacks import Result
from chalicelib.payments.models import LedgerLine, Payment


def cancels(person, event):
    return person.asks("POST", f"/events/{event['id']}/cancel")


def paid(buyer, event, safaricom, receipt, n=1, **more):
    payment = buyer.buys(event, n, **more)
    safaricom.calls_back(0, receipt=receipt)
    return payment


def states(buyer, *payments):
    return [buyer.payment(payment)["status"] for payment in payments]


def is_unwinding(event):
    return Event.get(event["id"]).unwinding is not None


def test_a_cancelled_event_sells_nothing_and_leaves_the_list(organizer, town, buyer):
    event = organizer.event()

    answer = cancels(organizer, event)

    assert (answer.status, answer.body["status"]) == (200, "cancelled")
    assert town.asks("GET", "/events").body == []
    assert town.asks("GET", f"/events/{event['id']}").body["status"] == "cancelled"
    order = buyer.orders(event)
    assert (order.status, order.body["code"]) == (409, "sales_closed")
    types = town.asks("GET", f"/events/{event['id']}/availability").body["ticket_types"]
    assert not any(kind["on_sale"] for kind in types.values())


def test_what_was_paid_becomes_due_back_and_its_tickets_are_revoked(organizer, buyer, safaricom, town):
    event = organizer.event()
    payment = paid(buyer, event, safaricom, "TKX0000001", 2)
    cancels(organizer, event)

    town.unwinds()

    after = buyer.payment(payment)
    assert after["status"] == "RefundDue"
    assert [line["kind"] for line in after["ledger"]] == ["asked", "received", "refund_due"]
    assert after["ledger"][-1]["amount"] == 4000
    assert {ticket["status"] for ticket in after["tickets"]} == {"revoked"}
    assert after["failure"] is None
    assert "get it back" in after["notice"]
    told = OutboxMessage.scan(OutboxMessage.kind == "refund_due")
    assert [(message.payment_id, message.which) for message in told] == [(payment["id"], "1")]
    stock = Stock.get(f"{event['id']}#0")
    assert (sum(stock.sold.values()), sum(stock.revenue.values())) == (0, 0)


def test_an_open_order_is_cancelled_and_money_that_still_comes_goes_back(organizer, buyer, safaricom, town):
    event = organizer.event()
    payment = buyer.buys(event, 2)
    cancels(organizer, event)

    town.unwinds()
    after = buyer.payment(payment)
    assert (after["status"], after["notice"]) == (
        "Cancelled",
        "Do not enter your PIN if the request is still on your phone.",
    )
    assert sum(Stock.get(f"{event['id']}#0").held.values()) == 0

    safaricom.calls_back(0)
    assert states(buyer, payment) == ["RefundDue"]
    again = buyer.asks("POST", "/lnmo", {"payment_id": payment["id"]})
    assert again.body["code"] == "already_paid"


def test_money_that_comes_before_its_payment_was_looked_at_goes_back_too(organizer, buyer, safaricom, town):
    event = organizer.event()
    payment = buyer.buys(event, 2)
    cancels(organizer, event)

    safaricom.calls_back(0)
    assert states(buyer, payment) == ["RefundDue"]
    town.unwinds()
    assert states(buyer, payment) == ["RefundDue"]


def test_an_open_order_cannot_be_asked_for_again(organizer, buyer, town, clock):
    event = organizer.event()
    payment = buyer.buys(event)
    cancels(organizer, event)
    town.unwinds()
    clock.passes(minutes=2)  # the prompt has left the phone

    again = buyer.asks("POST", "/lnmo", {"payment_id": payment["id"], "phone": town.another_phone()})

    assert (again.status, again.body["code"]) == (409, "sales_closed")


def test_a_free_order_is_taken_back_with_nothing_to_refund(organizer, buyer, town):
    event = organizer.event(regular_price=0)
    payment = buyer.buys(event, 2)
    cancels(organizer, event)

    town.unwinds()

    after = buyer.payment(payment)
    assert (after["status"], after["notice"]) == ("Refunded", None)
    assert {ticket["status"] for ticket in after["tickets"]} == {"revoked"}


def test_what_has_ended_before_stays_as_it_is(organizer, buyer, safaricom, town, clock):
    event = organizer.event()
    failed, cancelled = buyer.buys(event), buyer.buys(event)
    safaricom.calls_back(1032, prompt=0)
    buyer.asks("DELETE", f"/payments/{cancelled['id']}")
    lines = LedgerLine.count(failed["id"]) + LedgerLine.count(cancelled["id"])
    cancels(organizer, event)

    town.unwinds()

    assert states(buyer, failed, cancelled) == ["Failed", "Cancelled"]
    assert LedgerLine.count(failed["id"]) + LedgerLine.count(cancelled["id"]) == lines
    clock.passes(seconds=61)
    town.reconciles()
    town.unwinds()
    assert not is_unwinding(event)


def test_a_payment_that_only_a_query_completed_goes_back_and_its_receipt_still_joins(
    organizer, buyer, safaricom, town, clock
):
    event = organizer.event()
    payment = buyer.buys(event)
    settlement.settle(payment["id"], 1, Result(code="0", asked=True), clock())
    cancels(organizer, event)
    town.unwinds()
    assert states(buyer, payment) == ["RefundDue"]

    safaricom.calls_back(0, receipt="TKX7777777")

    after = buyer.payment(payment)
    assert (after["status"], after["receipt"]) == ("RefundDue", "TKX7777777")
    assert audit.differences(Payment.scan()) == []


def test_other_events_are_left_alone(organizer, buyer, safaricom, town):
    event, other = organizer.event(), organizer.event()
    payment = paid(buyer, other, safaricom, "TKX0000001")
    cancels(organizer, event)

    town.unwinds()

    assert states(buyer, payment) == ["Completed"]
    assert buyer.orders(other).status == 202


def test_many_payments_are_given_back_some_at_a_time(organizer, buyer, safaricom, town, monkeypatch):
    monkeypatch.setattr(cancelling_events, "_AT_ONCE", 3)
    event = organizer.event(available_tickets=40)
    payments = [paid(buyer, event, safaricom, f"TKX00000{n:02}") for n in range(10)]
    open_one = buyer.buys(event)
    cancels(organizer, event)

    messages = town.unwinds()

    assert messages >= 4
    assert set(states(buyer, *payments)) == {"RefundDue"}
    assert states(buyer, open_one) == ["Cancelled"]
    assert audit.differences(Payment.scan()) == []


def test_a_message_that_takes_too_long_leaves_the_rest_to_the_next(organizer, buyer, safaricom, town, clock):
    event = organizer.event()
    payments = [paid(buyer, event, safaricom, f"TKX000000{n}") for n in range(3)]
    cancels(organizer, event)
    body = cancelling_events.json.dumps(
        cancelling_events.asdict(cancelling_events.Pass(event["id"], clock().isoformat()))
    )

    def slow():
        clock.passes(seconds=6)
        return clock()

    cancelling_events.unwind_message(body, slow)

    assert 0 < states(buyer, *payments).count("RefundDue") < 3
    town.unwinds()
    assert states(buyer, *payments) == ["RefundDue"] * 3


def test_cancelling_twice_is_fine(organizer, buyer, safaricom, town):
    event = organizer.event()
    payment = paid(buyer, event, safaricom, "TKX0000001")

    assert [cancels(organizer, event).status for _ in range(2)] == [200, 200]
    town.unwinds()
    assert cancels(organizer, event).body["status"] == "cancelled"
    town.unwinds()

    assert Event.get(event["id"]).version == 1
    assert len(buyer.payment(payment)["ledger"]) == 3


def test_a_process_that_dies_before_the_queue_has_it_is_made_up_for_by_the_schedule(
    organizer, buyer, safaricom, town, clock, monkeypatch
):
    event = organizer.event()
    payment = paid(buyer, event, safaricom, "TKX0000001")
    with monkeypatch.context() as dies:
        dies.setattr(cancelling_events, "_send", lambda so_far: None)
        cancels(organizer, event)

    town.reconciles()
    assert town.unwinds() == 0  # it may still be on its way
    clock.passes(seconds=61)
    town.reconciles()
    town.reconciles()

    assert town.unwinds() == 1
    assert states(buyer, payment) == ["RefundDue"]


def test_a_queue_that_fails_does_not_keep_the_event_on_sale(organizer, buyer, town, monkeypatch):
    from botocore.exceptions import ClientError

    from chalicelib.core import queues

    def fails(*_):
        raise ClientError({"Error": {"Code": "ServiceUnavailable"}}, "SendMessage")

    event = organizer.event()
    monkeypatch.setattr(queues, "send", fails)

    assert cancels(organizer, event).status == 200
    assert buyer.orders(event).status == 409
    assert is_unwinding(event)


def test_a_pass_that_stopped_is_started_again(organizer, buyer, safaricom, town, clock, monkeypatch):
    monkeypatch.setattr(cancelling_events, "_AT_ONCE", 2)
    event = organizer.event()
    payments = [paid(buyer, event, safaricom, f"TKX000000{n}") for n in range(5)]
    cancels(organizer, event)
    real = cancelling_events._send
    monkeypatch.setattr(cancelling_events, "_send", lambda so_far: None)
    town.unwinds()
    monkeypatch.setattr(cancelling_events, "_send", real)
    assert states(buyer, *payments).count("RefundDue") == 2

    clock.passes(minutes=6)
    town.reconciles()
    town.unwinds()

    assert set(states(buyer, *payments)) == {"RefundDue"}


def test_a_payment_that_the_index_showed_late_is_found_by_the_second_pass(
    organizer, buyer, safaricom, town, clock
):
    event = organizer.event()
    late = paid(buyer, event, safaricom, "TKX0000001")
    sale = Payment.get(late["id"]).sale
    Payment(late["id"]).update(actions=[Payment.sale.set("not there yet")])
    cancels(organizer, event)
    town.unwinds()
    Payment(late["id"]).update(actions=[Payment.sale.set(sale)])
    assert is_unwinding(event)

    clock.passes(seconds=61)
    town.reconciles()
    town.unwinds()

    assert states(buyer, late) == ["RefundDue"]
    assert not is_unwinding(event)
    clock.passes(minutes=10)
    town.reconciles()
    assert town.unwinds() == 0


def test_one_payment_that_fails_does_not_stop_the_others_and_is_tried_again(
    organizer, buyer, safaricom, town, clock, monkeypatch
):
    event = organizer.event()
    payments = [paid(buyer, event, safaricom, f"TKX000000{n}") for n in range(4)]
    broken, real = payments[1]["id"], settlement.close

    def breaks(payment, change, at):
        if payment.id == broken:
            raise RuntimeError
        return real(payment, change, at)

    cancels(organizer, event)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(settlement, "close", breaks)
        town.unwinds()
        clock.passes(seconds=61)
        town.reconciles()
        town.unwinds()
    assert states(buyer, *payments).count("RefundDue") == 3
    assert is_unwinding(event)

    clock.passes(seconds=61)
    town.reconciles()
    town.unwinds()

    assert states(buyer, *payments).count("RefundDue") == 4
    assert not is_unwinding(event)


def test_a_payment_that_somebody_else_moves_first_is_looked_at_again(
    organizer, buyer, safaricom, town, monkeypatch
):
    event = organizer.event()
    payment, real = buyer.buys(event), settlement.close

    def meanwhile(*given):
        monkeypatch.setattr(settlement, "close", real)
        safaricom.calls_back(0)
        return real(*given)

    cancels(organizer, event)
    monkeypatch.setattr(settlement, "close", meanwhile)
    town.unwinds()

    assert states(buyer, payment) == ["RefundDue"]
    assert audit.differences(Payment.scan()) == []


def test_a_cancelled_event_that_nobody_had_bought_can_be_deleted(organizer, town, clock):
    event = organizer.event()
    cancels(organizer, event)

    assert organizer.asks("DELETE", f"/events/{event['id']}").status == 204
    assert town.unwinds() == 1  # and finds nothing
    clock.passes(minutes=10)
    town.reconciles()
    assert town.unwinds() == 0


def test_a_draft_is_deleted_instead(organizer):
    draft = organizer.event(status="draft")

    answer = cancels(organizer, draft)

    assert (answer.status, answer.body["code"]) == (409, "conflict")
    assert "delete it instead" in answer.body["message"]


def test_an_event_that_has_ended_can_be_cancelled_if_it_did_not_take_place(
    organizer, buyer, safaricom, town, clock
):
    event = organizer.event(start_time="2026-11-24T10:00:00Z", end_time="2026-11-24T12:00:00Z")
    payment = paid(buyer, event, safaricom, "TKX0000001")
    clock.passes(hours=4)

    assert cancels(organizer, event).body["status"] == "cancelled"
    town.unwinds()

    assert states(buyer, payment) == ["RefundDue"]


def test_a_cancelled_event_is_not_put_back_on_sale(organizer):
    event = organizer.event()
    cancels(organizer, event)

    answer = organizer.asks("PATCH", f"/events/{event['id']}", event | {"description": "An old page."})

    assert (answer.status, set(answer.body["fields"])) == (409, {"status"})
    assert organizer.asks("PATCH", f"/events/{event['id']}", {"description": "Sorry."}).status == 200


@pytest.mark.parametrize(("who", "status"), [("buyer", 403), ("njeri", 403), ("nobody", 401), ("admin", 200)])
def test_who_may_cancel(organizer, town, buyer, who, status):
    event = organizer.event()
    people = {"buyer": buyer, "njeri": town.organizer("njeri"), "nobody": town, "admin": town.admin()}

    assert cancels(people[who], event).status == status
    assert (town.asks("GET", f"/events/{event['id']}").body["status"] == "cancelled") == (status == 200)
