"""Asking again, cancelling, and one open prompt per phone."""

import pytest

from chalicelib.payments.audit import differences
from chalicelib.payments.daraja.answers import NotSent, Why
from chalicelib.payments.daraja.callbacks import Result
from chalicelib.payments.models import Payment
from tests.actors import PHONE
from tests.payments.test_purchase import stock_of
from tests.payments.test_settlement import FULL, kinds


def asks_again(buyer, payment, key=None, **more):
    headers = {"Idempotency-Key": key} if key else {}
    return buyer.asks("POST", "/lnmo", {"payment_id": payment["id"], **more}, headers)


@pytest.fixture
def failed(buyer, organizer, safaricom):
    """A payment that was cancelled on the phone."""
    payment = buyer.buys(organizer.event(), 2)
    safaricom.calls_back(1032)
    return payment


def test_a_new_attempt_can_be_paid(town, buyer, failed, safaricom, clock):
    clock.passes(seconds=1)
    answer = asks_again(buyer, failed)

    assert (answer.status, answer.body["status"]) == (202, "Pending")
    assert answer.body["expires_at"] == "2026-11-24 12:05:01+03:00"
    event = {"id": failed["event_id"]}
    assert stock_of(town, event)["held"] == 2
    clock.passes(seconds=1)
    safaricom.calls_back(0)

    paid = buyer.payment(failed)
    assert paid["status"] == "Completed"
    assert [attempt["outcome"] for attempt in paid["attempts"]] == ["failed", "paid"]
    assert kinds(paid) == ["asked", "refused", "asked", "received"]
    assert len(buyer.tickets()) == 2
    assert stock_of(town, event) == {"remaining": 8, "held": 0, "sold": 2, "revenue": 4000}
    assert len(safaricom.prompts) == 2


def test_another_phone_may_pay(buyer, failed, safaricom):
    assert asks_again(buyer, failed, phone="0110 345 678").body["payer_phone"] == "254110345678"
    assert safaricom.prompts[-1].phone == "254110345678"
    assert safaricom.prompts[-1].callback_url != safaricom.prompts[0].callback_url


def test_an_expired_and_a_cancelled_payment_can_be_asked_again(town, buyer, organizer, safaricom, clock):
    event = organizer.event()
    expired, cancelled = buyer.buys(event), buyer.buys(event)
    buyer.asks("DELETE", f"/payments/{cancelled['id']}")
    open_still = asks_again(buyer, cancelled, phone="0110345678")
    assert (open_still.body["code"], open_still.header("Retry-After")) == ("prompt_open", "90")
    clock.passes(seconds=300)
    town.reconciles()

    assert asks_again(buyer, expired).body["status"] == "Pending"
    assert asks_again(buyer, cancelled).body["status"] == "Pending"


def test_while_a_prompt_may_be_open_there_is_no_new_one(buyer, organizer, safaricom):
    payment = buyer.buys(organizer.event())

    answer = asks_again(buyer, payment)

    assert (answer.status, answer.body["code"], answer.header("Retry-After")) == (409, "prompt_open", "300")
    assert len(safaricom.prompts) == 1


def test_while_an_old_prompt_may_be_open_there_is_no_new_one_on_any_phone(buyer, organizer, safaricom, clock):
    payment = buyer.buys(organizer.event(), phone=PHONE)
    buyer.asks("DELETE", f"/payments/{payment['id']}")

    answer = asks_again(buyer, payment, phone="0110 345 678")

    assert (answer.body["code"], answer.header("Retry-After")) == ("prompt_open", "90")
    clock.passes(seconds=90)
    assert asks_again(buyer, payment, phone="0110 345 678").status == 202
    assert len(safaricom.prompts) == 2


def test_what_is_paid_is_not_asked_for_again(buyer, organizer, safaricom):
    payment = buyer.buys(organizer.event())
    safaricom.calls_back(0)

    assert asks_again(buyer, payment).body["code"] == "already_paid"
    assert len(safaricom.prompts) == 1


def test_seats_that_are_gone_cannot_be_asked_for_again(town, buyer, organizer, safaricom):
    event = organizer.event(available_tickets=2)
    payment = buyer.buys(event, 2)
    safaricom.calls_back(1032)
    town.signs_up("zuhura").buys(event, 2)

    answer = asks_again(buyer, payment)

    assert (answer.status, answer.body["code"]) == (409, "sold_out")
    assert buyer.payment(payment)["status"] == "Failed"


def test_a_new_attempt_that_is_not_sent_fails_again_and_frees_the_seats(town, buyer, failed, safaricom):
    safaricom.next_pushes = [NotSent(Why.M_PESA_BUSY, "")]

    answer = asks_again(buyer, failed)

    assert (answer.status, answer.body["code"]) == (503, "busy")
    assert buyer.payment(failed)["status"] == "Failed"
    assert stock_of(town, {"id": failed["event_id"]}) == FULL


def test_only_the_buyer_asks_again_or_cancels(town, buyer, organizer, failed):
    assert asks_again(town.signs_up("zuhura"), failed).status == 404
    assert asks_again(organizer, failed).status == 403
    assert organizer.asks("DELETE", f"/payments/{failed['id']}").status == 403


def test_a_wrong_request_is_a_validation_error(buyer):
    assert set(buyer.asks("POST", "/lnmo", {"phone": "12"}).body["fields"]) == {"payment_id", "phone"}


def test_a_late_failure_of_an_old_attempt_changes_nothing(town, buyer, failed, safaricom):
    asks_again(buyer, failed)

    safaricom.calls_back(2001, prompt=0)

    assert buyer.payment(failed)["status"] == "Pending"
    assert stock_of(town, {"id": failed["event_id"]})["held"] == 2


def test_a_late_success_of_an_old_attempt_completes(buyer, failed, safaricom, clock):
    asks_again(buyer, failed)
    clock.passes(seconds=1)

    safaricom.calls_back(0, prompt=0, receipt="TKX0000001")

    assert buyer.payment(failed)["status"] == "Completed"
    safaricom.calls_back(1032, prompt=1)
    assert buyer.payment(failed)["status"] == "Completed"


def test_two_attempts_that_are_both_paid_leave_one_due_back(town, buyer, failed, safaricom, clock):
    asks_again(buyer, failed)
    clock.passes(seconds=1)
    safaricom.calls_back(0, prompt=1, receipt="TKX0000001")
    clock.passes(seconds=1)
    safaricom.calls_back(0, prompt=0, receipt="TKX0000002")
    safaricom.calls_back(0, prompt=0, receipt="TKX0000002")

    paid = buyer.payment(failed)
    assert (paid["status"], paid["receipt"]) == ("Completed", "TKX0000001")
    assert [(line["kind"], line["attempt"]) for line in paid["ledger"][-3:]] == [
        ("received", 2),
        ("received", 1),
        ("refund_due", 1),
    ]
    assert stock_of(town, {"id": failed["event_id"]})["sold"] == 2


def test_an_old_attempt_that_a_query_finds_paid_too_is_due_back_once(
    town, buyer, organizer, safaricom, clock
):
    payment = buyer.buys(organizer.event(), 2)
    clock.passes(seconds=300)
    town.reconciles()  # expired, and its prompt's end is not known
    asks_again(buyer, payment)
    clock.passes(seconds=1)
    safaricom.calls_back(0, prompt=1, receipt="TKX0000001")

    safaricom.query_says["ws_CO_1"] = Result("0", "ws_CO_1", asked=True)
    clock.passes(minutes=15)
    town.reconciles()
    clock.passes(seconds=1)
    safaricom.calls_back(0, prompt=0, receipt="TKX0000002")

    paid = buyer.payment(payment)
    assert (paid["status"], paid["receipt"]) == ("Completed", "TKX0000001")
    assert [(line["kind"], line["attempt"], line["receipt"]) for line in paid["ledger"][-4:]] == [
        ("received", 2, "TKX0000001"),
        ("received", 1, None),
        ("refund_due", 1, None),
        ("receipt", 1, "TKX0000002"),
    ]


def test_an_old_attempts_other_amount_does_not_touch_the_paid_payment(
    town, buyer, organizer, safaricom, clock
):
    payment = buyer.buys(organizer.event(), 2)
    clock.passes(seconds=300)
    town.reconciles()
    asks_again(buyer, payment)
    clock.passes(seconds=1)
    safaricom.calls_back(0, prompt=1, receipt="TKX0000001")
    safaricom.query_says["ws_CO_1"] = Result("0", "ws_CO_1", asked=True)
    clock.passes(minutes=15)
    town.reconciles()
    clock.passes(seconds=1)

    safaricom.calls_back(0, prompt=0, amount=1.0, receipt="TKX0000002")

    assert buyer.payment(payment)["status"] == "Completed"
    assert differences(Payment.scan()) == []


def test_the_same_key_without_a_phone_is_the_same_request_whatever_phone_paid_since(buyer, failed, safaricom):
    first = asks_again(buyer, failed, key="k1")
    safaricom.calls_back(1032)
    asks_again(buyer, failed, phone="0110345678")

    again = asks_again(buyer, failed, key="k1")

    assert (first.status, again.status) == (202, 202)
    assert len(safaricom.prompts) == 3


def test_the_same_key_asks_again_once(buyer, failed, safaricom):
    first = asks_again(buyer, failed, key="k1", phone=PHONE)
    second = asks_again(buyer, failed, key="k1", phone=PHONE)
    other = asks_again(buyer, failed, key="k1", phone="0110345678")

    assert first.body == second.body
    assert (other.status, other.body["code"]) == (422, "idempotency_mismatch")
    assert len(safaricom.prompts) == 2


def test_a_buyer_cancels_and_money_that_still_comes_is_late(town, buyer, organizer, safaricom):
    event = organizer.event()
    payment = buyer.buys(event, 2)

    answer = buyer.asks("DELETE", f"/payments/{payment['id']}")

    assert (answer.status, answer.body["status"]) == (200, "Cancelled")
    assert "PIN" in answer.body["notice"]
    assert stock_of(town, event) == FULL
    assert buyer.asks("DELETE", f"/payments/{payment['id']}").status == 200

    safaricom.calls_back(0)
    assert buyer.payment(payment)["status"] == "Completed"
    assert buyer.asks("DELETE", f"/payments/{payment['id']}").body["code"] == "already_paid"


def test_a_cancelled_payment_is_asked_about_since_its_prompt_may_be_paid(
    town, buyer, organizer, safaricom, clock
):
    payment = buyer.buys(organizer.event())
    buyer.asks("DELETE", f"/payments/{payment['id']}")
    safaricom.query_says["ws_CO_1"] = Result("0", "ws_CO_1", asked=True)

    clock.passes(seconds=90)
    town.reconciles()

    assert buyer.payment(payment)["status"] == "Completed"


def test_what_has_failed_cannot_be_cancelled(buyer, failed):
    assert buyer.asks("DELETE", f"/payments/{failed['id']}").body["code"] == "conflict"


def test_one_phone_has_one_open_prompt_over_all_payments(town, buyer, organizer, safaricom, clock):
    event = organizer.event()
    other = town.signs_up("zuhura")
    buyer.buys(event, phone=PHONE)

    answer = other.orders(event, phone="+254 712 345 678")

    assert (answer.status, answer.body["code"], answer.header("Retry-After")) == (409, "prompt_open", "90")
    assert stock_of(town, event)["held"] == 1
    assert len(safaricom.prompts) == 1

    clock.passes(seconds=90)  # the prompt has left the phone
    assert other.orders(event, phone=PHONE).status == 202


def test_the_phone_of_a_new_attempt_gets_no_other_prompt(buyer, organizer, safaricom, failed):
    assert asks_again(buyer, failed, phone=PHONE).status == 202

    assert buyer.orders(organizer.event(), phone=PHONE).body["code"] == "prompt_open"


@pytest.mark.parametrize("code", [0, 1032])
def test_a_prompt_that_was_answered_frees_the_phone(buyer, organizer, safaricom, code):
    event = organizer.event()
    buyer.buys(event, phone=PHONE)
    safaricom.calls_back(code)

    assert buyer.orders(event, phone=PHONE).status == 202


def test_a_push_that_was_not_sent_frees_the_phone(buyer, organizer, safaricom):
    event = organizer.event()
    safaricom.next_pushes = [NotSent(Why.M_PESA_BUSY, "")]
    assert buyer.orders(event, phone=PHONE).status == 503

    assert buyer.orders(event, phone=PHONE).status == 202


def test_a_late_answer_does_not_free_a_phone_that_has_a_newer_prompt(buyer, organizer, safaricom, clock):
    event = organizer.event()
    buyer.buys(event, phone=PHONE)
    clock.passes(seconds=91)
    buyer.buys(event, phone=PHONE)

    safaricom.calls_back(1032, prompt=0)

    assert buyer.orders(event, phone=PHONE).body["code"] == "prompt_open"


@pytest.mark.parametrize("ends", ["cancelled", "doubtful"])
def test_a_prompt_whose_payment_ended_before_the_pushs_answer_is_watched_all_the_same(
    town, buyer, organizer, safaricom, clock, monkeypatch, ends
):
    event, push = organizer.event(), type(safaricom).push

    def ended_meanwhile(self, prompt):
        answer = push(self, prompt)
        payment_id = prompt.callback_url.split("/")[-3]
        if ends == "cancelled":
            assert buyer.asks("DELETE", f"/payments/{payment_id}").status == 200
        else:
            self.calls_back(1037)
        return answer

    monkeypatch.setattr(type(safaricom), "push", ended_meanwhile)
    payment = buyer.buys(event)
    assert buyer.payment(payment)["status"] != "Pending"
    safaricom.query_says["ws_CO_1"] = Result("0", "ws_CO_1", asked=True)

    clock.passes(seconds=90)
    town.reconciles()

    assert buyer.payment(payment)["status"] == "Completed"


def test_every_attempt_is_asked_about_in_its_turn(town, buyer, organizer, safaricom, clock):
    payment = buyer.buys(organizer.event())
    clock.passes(seconds=300)
    town.reconciles()
    asks_again(buyer, payment)
    safaricom.query_says["ws_CO_1"] = Result("0", "ws_CO_1", asked=True)  # of the second nothing is heard

    for _ in range(4):
        clock.passes(seconds=90)
        town.reconciles()

    assert buyer.payment(payment)["status"] == "Completed"


def test_a_retry_during_the_last_question_stays_watched(
    town, buyer, organizer, safaricom, clock, monkeypatch
):
    payment = buyer.buys(organizer.event())
    safaricom.calls_back(1032)
    from chalicelib.payments import reconciliation
    from chalicelib.payments.models import Payment as Stored

    stale = Stored.get(payment["id"])
    asks_again(buyer, payment)

    reconciliation._give_up(stale)

    assert Stored.get(payment["id"]).pending is not None


def test_a_new_attempt_asks_the_price_that_was_agreed(town, buyer, organizer, safaricom):
    event = organizer.event()
    payment = buyer.buys(event, 2)
    safaricom.calls_back(1032)
    assert organizer.asks("PATCH", f"/events/{event['id']}", {"regular_price": 3000}).status == 200
    asks_again(buyer, payment)
    safaricom.calls_back(0)

    assert stock_of(town, event)["revenue"] == 4000


def test_what_is_due_back_is_not_called_complete(buyer, organizer, safaricom):
    payment = buyer.buys(organizer.event())
    safaricom.calls_back(0, amount=1.0)

    for answer in (asks_again(buyer, payment), buyer.asks("DELETE", f"/payments/{payment['id']}")):
        assert answer.body["code"] == "already_paid"
        assert "goes back" in answer.body["message"]


def test_a_cancellation_that_meets_the_pushs_answer_looks_again(buyer, organizer, monkeypatch):
    from chalicelib.payments import cancelling

    payment, close = buyer.buys(organizer.event()), cancelling.settlement.close
    losses = [False]

    def loses_once(*given):
        return losses.pop() if losses else close(*given)

    monkeypatch.setattr(cancelling.settlement, "close", loses_once)

    assert buyer.asks("DELETE", f"/payments/{payment['id']}").body["status"] == "Cancelled"
