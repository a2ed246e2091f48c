"""News of a prompt on which the order does not hang any more, and amounts that are told late."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from chalicelib.core.dynamo import update
from chalicelib.payments import audit, prompting, prompts, settlement
from chalicelib.payments.daraja.answers import Unknown
from chalicelib.payments.daraja.callbacks import Result
from chalicelib.payments.models import Payment
from tests.actors import PHONE, callback_body
from tests.payments.test_attempts import asks_again
from tests.payments.test_purchase import stock_of
from tests.payments.test_settlement import FULL, kinds


def tells(town, safaricom, amount, receipt="TKX0000001"):
    """A callback of the first prompt with whatever amount."""
    body = json.dumps(callback_body(0, amount, receipt, "ws_CO_1")).encode()
    assert safaricom.calls_back(prompt=0, body=body).status == 200


@pytest.mark.parametrize("ends", ["Cancelled", "Expired"])
@pytest.mark.parametrize("code", [1032, 1037])
def test_the_end_of_a_prompt_whose_order_has_ended_is_noted_and_frees_the_phone(
    town, buyer, organizer, safaricom, clock, ends, code
):
    event = organizer.event()
    payment = buyer.buys(event, phone=PHONE)
    if ends == "Cancelled":
        buyer.asks("DELETE", f"/payments/{payment['id']}")
    else:
        clock.passes(seconds=300)
        town.reconciles()
    before = buyer.payment(payment)
    phone_is_busy = buyer.orders(event, phone=PHONE).status == 409
    assert phone_is_busy == (ends == "Cancelled")

    safaricom.calls_back(code, prompt=0)
    safaricom.calls_back(code, prompt=0)  # and once more

    after = buyer.payment(payment)
    assert (after["status"], after["failure"]) == (ends, before["failure"])
    assert after["attempts"][0]["outcome"] == ("failed" if code == 1032 else "doubtful")
    assert kinds(after) == [*kinds(before), "prompt_ended"]
    assert (Payment.get(payment["id"]).pending is None) == (code == 1032)  # the doubtful is asked about
    if phone_is_busy:
        assert stock_of(town, event) == FULL
        assert buyer.orders(event, phone=PHONE).status == 202


@pytest.mark.parametrize("ends", ["Failed", "RefundDue"])
def test_the_end_of_an_old_prompt_is_noted_after_the_new_one_has_ended(
    town, buyer, organizer, safaricom, clock, ends
):
    event = organizer.event()
    payment = buyer.buys(event, phone=PHONE)
    safaricom.calls_back(1037)  # which may not be the last word
    clock.passes(seconds=90)
    asks_again(buyer, payment, phone="0110 345 678")
    if ends == "Failed":
        safaricom.calls_back(1032)
    else:
        safaricom.calls_back(0, receipt="TKX1234567")
        by_reversal = {"reason": "Rain.", "method": "reversal"}
        assert organizer.asks("POST", f"/payments/{payment['id']}/refund", by_reversal).status == 202
    before = buyer.payment(payment)

    safaricom.query_says["ws_CO_1"] = Result("1037", "ws_CO_1", asked=True)
    clock.passes(seconds=900)
    town.reconciles()

    after = buyer.payment(payment)
    assert (before["status"], after["status"]) == (ends, ends)
    assert kinds(after) == [*kinds(before), "prompt_ended"]
    assert after["attempts"][0]["outcome"] == "failed"


def test_the_end_of_an_old_prompt_is_noted_while_the_new_one_is_open(buyer, organizer, safaricom, clock):
    payment = buyer.buys(organizer.event(), phone=PHONE)
    buyer.asks("DELETE", f"/payments/{payment['id']}")
    clock.passes(seconds=91)
    asks_again(buyer, payment, phone="0110 345 678")

    safaricom.calls_back(1032, prompt=0)

    open_still = buyer.payment(payment)
    assert (open_still["status"], open_still["failure"]) == ("Pending", None)
    assert [attempt["outcome"] for attempt in open_still["attempts"]] == ["failed", "accepted"]
    assert kinds(open_still) == ["asked", "cancelled", "asked", "prompt_ended"]
    safaricom.calls_back(0)
    assert buyer.payment(payment)["status"] == "Completed"


def test_an_amount_that_a_repeat_tells_is_noted(town, buyer, organizer, safaricom):
    payment = buyer.buys(organizer.event())
    tells(town, safaricom, None)

    tells(town, safaricom, 2000)
    tells(town, safaricom, 2000)

    paid = buyer.payment(payment)
    assert (paid["status"], kinds(paid)) == ("Completed", ["asked", "received", "receipt"])
    assert Payment.get(payment["id"]).attempts[0].received == 2000


def test_another_amount_that_a_repeat_tells_takes_the_sale_back(town, buyer, organizer, safaricom, caplog):
    event = organizer.event()
    payment = buyer.buys(event, 2)
    tells(town, safaricom, None)
    assert stock_of(town, event)["sold"] == 2

    tells(town, safaricom, 1)
    tells(town, safaricom, 1)

    due = buyer.payment(payment)
    assert (due["status"], kinds(due)) == ("RefundDue", ["asked", "received", "receipt", "refund_due"])
    assert due["ledger"][-1]["amount"] == 1
    assert [ticket["status"] for ticket in due["tickets"]] == ["revoked", "revoked"]
    assert {ticket["status"] for ticket in buyer.tickets()} == {"revoked"}
    assert stock_of(town, event) == FULL
    assert [record.levelname for record in caplog.records if record.message == "payment.settled"] == [
        "INFO",
        "ERROR",
    ]
    assert audit.main() == 0


def test_another_amount_for_what_is_due_back_already_is_an_alert(
    town, buyer, organizer, safaricom, clock, caplog
):
    event = organizer.event(available_tickets=1)
    payment = buyer.buys(event)
    clock.passes(seconds=300)
    town.reconciles()
    town.signs_up("zuhura").buys(event)
    safaricom.query_says["ws_CO_1"] = Result("0", "ws_CO_1", asked=True)
    clock.passes(seconds=90)
    town.reconciles()
    assert buyer.payment(payment)["status"] == "RefundDue"

    tells(town, safaricom, 700)

    due = buyer.payment(payment)
    assert (due["status"], due["receipt"], due["ledger"][-1]["amount"]) == ("RefundDue", "TKX0000001", 700)
    assert "settlement.other_amount_is_due_back" in caplog.messages
    assert audit.main() == 0


def test_a_callback_brings_the_id_that_the_push_never_told(town, buyer, organizer, safaricom, clock):
    """So a refusal that may be untrue can be asked about though the push was never answered."""
    safaricom.next_pushes = [Unknown("time-out")]
    payment = buyer.buys(organizer.event())
    safaricom.calls_back(1037)
    assert buyer.payment(payment)["status"] == "Failed"
    safaricom.query_says["ws_CO_1"] = Result("0", "ws_CO_1", asked=True)

    clock.passes(seconds=90)
    town.reconciles()

    assert buyer.payment(payment)["status"] == "Completed"


def test_the_ledger_keeps_its_order_though_a_clock_is_behind(town, buyer, organizer, safaricom, clock):
    payment = buyer.buys(organizer.event())
    clock.passes(seconds=-7)
    safaricom.calls_back(1032)
    clock.passes(seconds=-7)
    asks_again(buyer, payment)

    assert kinds(buyer.payment(payment)) == ["asked", "refused", "asked"]
    assert audit.main() == 0


def test_seats_that_were_gone_and_are_held_again_are_sold(
    town, buyer, organizer, safaricom, clock, monkeypatch
):
    """The buyer asks again between two looks of one settlement: what was true of the seats is so no more."""
    event = organizer.event()
    payment = buyer.buys(event)
    safaricom.calls_back(1032)
    clock.passes(seconds=91)
    apply, losses = settlement.apply, [True]

    def too_late_once(*given):
        if losses:
            losses.pop()
            assert asks_again(buyer, payment, phone="0110 345 678").status == 202
            raise settlement.ConditionFailed
        apply(*given)

    monkeypatch.setattr(settlement, "apply", too_late_once)
    safaricom.calls_back(0, prompt=0)

    assert buyer.payment(payment)["status"] == "Completed"
    assert stock_of(town, event)["sold"] == 1


@pytest.fixture
def unanswered(buyer, organizer, monkeypatch):
    """A payment whose push was accepted, with the answer not saved yet; and what saves it, one moment before
    the next transaction."""
    note = prompting._note
    monkeypatch.setattr(prompting, "_note", lambda *given: None)
    payment = buyer.buys(organizer.event())
    transact, notes = settlement.transact, [True]

    def noted_first(fill):
        if notes:
            notes.pop()
            note(Payment.get(payment["id"]), 1, "accepted", "ws_CO_1")
        transact(fill)

    monkeypatch.setattr(settlement, "transact", noted_first)
    return payment


def test_a_cancellation_that_meets_the_pushs_answer_stays_watched(town, buyer, unanswered, safaricom, clock):
    assert buyer.asks("DELETE", f"/payments/{unanswered['id']}").body["status"] == "Cancelled"
    safaricom.query_says["ws_CO_1"] = Result("0", "ws_CO_1", asked=True)

    clock.passes(seconds=90)
    town.reconciles()

    assert buyer.payment(unanswered)["status"] == "Completed"


def test_money_that_meets_the_pushs_answer_is_not_taken_for_late(town, buyer, unanswered, safaricom):
    safaricom.calls_back(0)

    assert buyer.payment(unanswered)["status"] == "Completed"


def test_one_receipt_on_two_attempts_is_counted_once(town, buyer, organizer, safaricom, clock):
    payment = buyer.buys(organizer.event())
    buyer.asks("DELETE", f"/payments/{payment['id']}")
    clock.passes(seconds=91)
    asks_again(buyer, payment)
    safaricom.calls_back(0, prompt=0, receipt="TKX0000001")

    safaricom.calls_back(0, prompt=1, receipt="TKX0000001")

    paid = buyer.payment(payment)
    assert kinds(paid).count("received") == 1
    assert stock_of(town, {"id": payment["event_id"]})["sold"] == 1


def test_an_amount_that_meets_somebody_else_at_the_payment_is_not_lost(
    town, buyer, organizer, safaricom, monkeypatch
):
    """Its receipt is known by then; but that says nothing of the amount."""
    payment, apply, moved = buyer.buys(organizer.event()), settlement.apply, [False]
    tells(town, safaricom, None)

    def moved_meanwhile(seen, change, at):
        if not moved[0]:
            moved[0] = True
            update(Payment(payment["id"]), [Payment.version.add(1)], Payment.id.exists())
        apply(seen, change, at)

    monkeypatch.setattr(settlement, "apply", moved_meanwhile)
    tells(town, safaricom, 1)

    assert buyer.payment(payment)["status"] == "RefundDue"


@pytest.mark.parametrize("number", [0, 2])
def test_a_result_of_an_attempt_that_was_never_made_changes_nothing(buyer, organizer, clock, number):
    payment = buyer.buys(organizer.event())
    before = buyer.payment(payment)

    settlement.settle(payment["id"], number, Result("1032", "ws_CO_9"), clock())
    settlement.settle(payment["id"], number, Result("0", "ws_CO_9", "TKX0000001", Decimal(2000)), clock())

    assert buyer.payment(payment) == before


def test_money_after_a_refusal_is_taken_though_the_phone_has_another_prompt(buyer, organizer, safaricom):
    event = organizer.event()
    payment = buyer.buys(event, phone=PHONE)
    safaricom.calls_back(1, prompt=0)
    buyer.buys(event, phone=PHONE)

    safaricom.calls_back(0, prompt=0)

    assert buyer.payment(payment)["status"] == "Completed"


def test_money_is_taken_though_somebody_by_a_clock_ahead_has_the_phone_already(
    buyer, organizer, safaricom, clock
):
    payment = buyer.buys(organizer.event(), phone=PHONE)
    clock.passes(seconds=85)
    prompts.guard("254712345678", "another", 1, clock() + timedelta(seconds=5)).save()

    safaricom.calls_back(0)

    assert buyer.payment(payment)["status"] == "Completed"
