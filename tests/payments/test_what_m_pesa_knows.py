"""What M-Pesa knows and has not told: it is asked, about the right prompt, for as long as it matters."""

import json
from datetime import timedelta

import pytest

from chalicelib.payments import audit, prompting, watching
from chalicelib.payments.daraja.answers import NoAnswer, Unknown
from chalicelib.payments.daraja.callbacks import Result
from chalicelib.payments.models import Payment
from tests.actors import PHONE
from tests.payments.test_attempts import asks_again
from tests.payments.test_settlement import kinds
from tests.payments.test_watching import says


def tells(safaricom, prompt=0, **items):
    """A success by callback, with those items only."""
    callback = {
        "CheckoutRequestID": f"ws_CO_{prompt + 1}",
        "ResultCode": 0,
        "CallbackMetadata": {"Item": [{"Name": name, "Value": value} for name, value in items.items()]},
    }
    body = json.dumps({"Body": {"stkCallback": callback}}).encode()
    assert safaricom.calls_back(prompt=prompt, body=body).status == 200


@pytest.fixture
def twice_prompted(buyer, organizer, safaricom):
    """A first prompt that M-Pesa said ran out, which may be untrue, and a second one, open."""
    payment = buyer.buys(organizer.event(), phone=PHONE)
    safaricom.calls_back(1037)
    assert asks_again(buyer, payment).status == 202
    return payment


def test_a_code_that_nobody_knows_still_brings_the_id_to_ask_by(town, buyer, organizer, safaricom, clock):
    safaricom.next_pushes = [Unknown("time-out")]
    payment = buyer.buys(organizer.event())
    safaricom.calls_back(7777)
    says(safaricom, "0")

    clock.passes(seconds=90)
    town.reconciles()

    assert buyer.payment(payment)["status"] == "Completed"


def test_an_id_that_comes_after_the_hold_has_ended_is_asked_by(town, buyer, organizer, safaricom, clock):
    safaricom.next_pushes = [Unknown("time-out")]
    payment = buyer.buys(organizer.event())
    clock.passes(seconds=300)
    town.reconciles()
    assert Payment.get(payment["id"]).pending is None
    safaricom.calls_back(7777)
    says(safaricom, "0")

    clock.passes(seconds=15)
    town.reconciles()

    assert buyer.payment(payment)["status"] == "Completed"


@pytest.mark.parametrize("learned_by", ["query", "callback"])
def test_another_amount_is_compared_though_its_message_has_no_receipt(
    town, buyer, organizer, safaricom, clock, learned_by
):
    payment = buyer.buys(organizer.event())
    if learned_by == "query":
        says(safaricom, "0")
        clock.passes(seconds=90)
        town.reconciles()
    else:
        tells(safaricom)
    assert buyer.payment(payment)["status"] == "Completed"

    tells(safaricom, Amount=1)
    tells(safaricom, Amount=1)

    due = buyer.payment(payment)
    assert (due["status"], kinds(due)) == ("RefundDue", ["asked", "received", "receipt", "refund_due"])
    assert audit.main() == 0


def test_the_last_look_of_a_hold_asks_about_the_newest_prompt(town, buyer, twice_prompted, safaricom, clock):
    for seconds in (90, 60, 120):
        clock.passes(seconds=seconds)
        town.reconciles()
    says(safaricom, "0", 2)  # paid at the last moment, the callback lost

    clock.passes(seconds=30)
    town.reconciles()

    assert buyer.payment(twice_prompted)["status"] == "Completed"


def test_a_buyer_who_looks_has_the_newest_prompt_asked_about(buyer, twice_prompted, safaricom, clock):
    clock.passes(seconds=20)
    buyer.payment(twice_prompted)
    says(safaricom, "0", 2)

    clock.passes(seconds=16)

    assert buyer.payment(twice_prompted)["status"] == "Completed"


def test_a_look_that_notes_the_end_of_an_old_prompt_ends_the_hold_as_well(
    town, buyer, twice_prompted, safaricom, clock, monkeypatch
):
    first = Payment.get(twice_prompted["id"]).attempts[0]
    monkeypatch.setattr(watching, "to_ask", lambda *given, **more: first)
    says(safaricom, "1037", 1)

    clock.passes(seconds=300)
    town.reconciles()

    assert buyer.payment(twice_prompted)["status"] == "Expired"
    assert kinds(buyer.payment(twice_prompted))[-2:] == ["prompt_ended", "expired"]


def test_the_pushs_answer_and_the_watching_are_one_write(
    town, buyer, organizer, safaricom, clock, monkeypatch
):
    """The buyer cancels while the push is under way; whatever dies after its answer is saved."""
    push, writes, real = safaricom.push, [], prompting.update

    def cancelled_meanwhile(prompt):
        answer = push(prompt)
        buyer.asks("DELETE", f"/payments/{prompt.callback_url.split('/')[-3]}")
        return answer

    def counted(*given):
        writes.append(given)
        real(*given)

    monkeypatch.setattr(safaricom, "push", cancelled_meanwhile)
    monkeypatch.setattr(prompting, "update", counted)
    payment = buyer.buys(organizer.event())

    assert len(writes) == 1
    says(safaricom, "0")
    clock.passes(seconds=90)
    town.reconciles()
    assert buyer.payment(payment)["status"] == "Completed"


def test_the_payers_phone_is_the_one_that_paid(buyer, organizer, safaricom):
    payment = buyer.buys(organizer.event(), phone=PHONE)
    safaricom.calls_back(1037)
    asks_again(buyer, payment, phone="0110 345 678")

    safaricom.calls_back(0, prompt=0)

    assert buyer.payment(payment)["payer_phone"] == "254712345678"


@pytest.mark.parametrize("learned_by", ["query", "callback"])
def test_another_amount_of_a_second_money_is_an_alert(
    town, buyer, twice_prompted, safaricom, clock, caplog, learned_by
):
    safaricom.calls_back(0, prompt=1, receipt="TKX0000002")
    if learned_by == "query":
        says(safaricom, "0", 1)
        clock.passes(seconds=91)
        town.reconciles()
    else:
        tells(safaricom, 0, MpesaReceiptNumber="TKX0000001")

    tells(safaricom, 0, Amount=700, MpesaReceiptNumber="TKX0000001")

    paid = buyer.payment(twice_prompted)
    assert (paid["status"], paid["receipt"]) == ("Completed", "TKX0000002")
    assert (paid["ledger"][-1]["kind"], paid["ledger"][-1]["amount"]) == ("receipt", 700)
    assert "settlement.other_amount_is_due_back" in caplog.messages


def test_prompts_that_m_pesa_cannot_tell_of_keep_no_other_waiting(
    town, buyer, organizer, safaricom, clock, monkeypatch
):
    event = organizer.event(available_tickets=3)
    old = [buyer.buys(event)["id"] for _ in range(2)]
    clock.passes(seconds=301)
    town.reconciles()
    query = safaricom.query

    def says_500_of_the_old(checkout):
        if checkout in ("ws_CO_1", "ws_CO_2"):
            raise NoAnswer("HTTP 500 500.001.1001")
        return query(checkout)

    monkeypatch.setattr(safaricom, "query", says_500_of_the_old)
    payment = buyer.buys(event, 3)
    says(safaricom, "0", 3)
    clock.passes(seconds=300)
    for one in old:  # due longest, so looked at first
        due = [Payment.due_at.set(clock() - timedelta(minutes=10)), Payment.queried_at.remove()]
        Payment(one).update(due)

    town.reconciles()

    assert buyer.payment(payment)["status"] == "Completed"


def test_a_masked_receipt_is_none(buyer, organizer, safaricom):
    event = organizer.event()
    for prompt in range(2):
        payment = buyer.buys(event)
        tells(safaricom, prompt, Amount=2000, MpesaReceiptNumber="****")

        paid = buyer.payment(payment)
        assert (paid["status"], paid["receipt"]) == ("Completed", None)


def test_a_query_that_says_failed_after_a_callback_said_paid_changes_nothing(
    town, buyer, organizer, safaricom, clock, monkeypatch
):
    """The query is under way while the callback settles."""
    payment, query = buyer.buys(organizer.event()), safaricom.query

    def paid_meanwhile(checkout):
        safaricom.calls_back(0)
        query(checkout)
        return Result("1032", checkout, asked=True)

    monkeypatch.setattr(safaricom, "query", paid_meanwhile)
    clock.passes(seconds=90)
    town.reconciles()

    assert safaricom.queries == 1
    paid = buyer.payment(payment)
    assert (paid["status"], kinds(paid)) == ("Completed", ["asked", "received"])


def test_who_may_still_have_paid_does_not_read_that_nothing_was_charged(
    town, buyer, organizer, safaricom, clock
):
    payment = buyer.buys(organizer.event())
    clock.passes(seconds=95)
    assert "asking M-Pesa" in buyer.payment(payment)["notice"]
    clock.passes(seconds=205)
    town.reconciles()

    answer = buyer.asks("DELETE", f"/payments/{payment['id']}")

    assert answer.body["code"] == "conflict"
    assert "nothing was charged" not in answer.body["message"]
