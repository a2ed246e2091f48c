"""Asking M-Pesa: how often, on whose behalf, and until when."""

from datetime import timedelta

import pytest

from chalicelib.payments.daraja.answers import Unknown
from chalicelib.payments.daraja.callbacks import Result
from tests.payments.test_purchase import stock_of
from tests.payments.test_settlement import FULL, kinds


def says(safaricom, code: str, prompt: int = 1) -> None:
    safaricom.query_says[f"ws_CO_{prompt}"] = Result(code, f"ws_CO_{prompt}", asked=True)


def test_a_pending_payment_is_asked_about_ever_less_often_and_when_its_hold_ends(
    town, buyer, organizer, safaricom, clock
):
    payment = buyer.buys(organizer.event())
    asked_at = []
    for seconds in (9, 1) * 31:  # to the last second before each tenth, and to the tenth
        clock.passes(seconds=seconds)
        before = safaricom.queries
        town.reconciles()
        if safaricom.queries > before:
            asked_at.append(int((clock() - clock.start).total_seconds()))

    assert asked_at == [90, 150, 270, 300]
    assert buyer.payment(payment)["status"] == "Expired"


def test_a_payment_is_settled_as_soon_as_the_query_tells(town, buyer, organizer, safaricom, clock):
    payment = buyer.buys(organizer.event(), 2)
    says(safaricom, "0")

    clock.passes(seconds=90)
    town.reconciles()

    assert buyer.payment(payment)["status"] == "Completed"
    assert len(buyer.tickets()) == 2


def test_a_buyer_who_looks_has_it_looked_at_after_20_seconds_and_once_in_15(
    buyer, organizer, safaricom, clock
):
    payment = buyer.buys(organizer.event())

    clock.passes(seconds=19)
    assert buyer.payment(payment)["status"] == "Pending"
    assert safaricom.queries == 0
    clock.passes(seconds=1)
    for _ in range(3):
        buyer.payment(payment)
    assert safaricom.queries == 1
    clock.passes(seconds=14)
    buyer.payment(payment)
    assert safaricom.queries == 1
    says(safaricom, "0")
    clock.passes(seconds=1)

    assert buyer.payment(payment)["status"] == "Completed"
    assert safaricom.queries == 2


def test_a_look_that_crashes_still_shows_the_payment(buyer, organizer, safaricom, clock, monkeypatch):
    payment = buyer.buys(organizer.event())
    monkeypatch.setattr(safaricom, "query", lambda checkout: 1 / 0)
    clock.passes(seconds=20)

    assert buyer.payment(payment)["status"] == "Pending"


def test_a_pending_answer_carries_retry_after(buyer, organizer):
    payment = buyer.buys(organizer.event())

    assert buyer.asks("GET", f"/payments/{payment['id']}").header("Retry-After") == "3"


def test_an_expired_payment_is_still_asked_about_through_an_outage_of_hours(
    town, buyer, organizer, safaricom, clock
):
    event = organizer.event()
    payment = buyer.buys(event, 2)
    for _ in range(60):  # M-Pesa answers nothing for five hours
        clock.passes(minutes=5)
        town.reconciles()
    assert (
        buyer.town.asks("POST", "/login", {"email": "amina@example.com", "password": "Tiketi@123"}).status
        == 200
    )
    assert buyer.payment(payment)["status"] == "Expired"
    assert stock_of(town, event) == FULL
    assert 10 < safaricom.queries < 40

    says(safaricom, "0")
    clock.passes(minutes=15)
    town.reconciles()

    paid = buyer.payment(payment)
    assert paid["status"] == "Completed"
    assert kinds(paid) == ["asked", "expired", "received"]
    assert stock_of(town, event)["sold"] == 2


def test_late_money_whose_seats_are_gone_is_a_refund_due(town, buyer, organizer, safaricom, clock):
    event = organizer.event(available_tickets=2)
    payment = buyer.buys(event, 2)
    clock.passes(seconds=300)
    town.reconciles()
    town.signs_up("zuhura").buys(event, 2)
    safaricom.calls_back(0)

    says(safaricom, "0")
    clock.passes(minutes=15)
    town.reconciles()

    assert buyer.payment(payment)["status"] == "RefundDue"


def test_asking_ends_when_the_failure_is_certain(town, buyer, organizer, safaricom, clock):
    buyer.buys(organizer.event())
    clock.passes(seconds=300)
    town.reconciles()  # expired, and nothing certain
    says(safaricom, "1032")
    clock.passes(minutes=15)
    town.reconciles()
    asked = safaricom.queries

    for _ in range(10):
        clock.passes(hours=1)
        town.reconciles()

    assert safaricom.queries == asked


def test_asking_ends_after_two_days_with_an_alert(town, buyer, organizer, safaricom, clock, caplog):
    buyer.buys(organizer.event())
    for _ in range(60):
        clock.passes(hours=1)
        town.reconciles()

    assert "reconciliation.gave_up" in caplog.messages
    asked = safaricom.queries
    clock.passes(hours=1)
    town.reconciles()
    assert safaricom.queries == asked


@pytest.mark.parametrize("code", [1019, 1037])
def test_a_failure_that_may_be_untrue_is_confirmed_by_a_query(town, buyer, organizer, safaricom, clock, code):
    event = organizer.event()
    payment = buyer.buys(event, 2)
    safaricom.calls_back(code)
    failed = buyer.payment(payment)
    assert (failed["status"], failed["attempts"][0]["outcome"]) == ("Failed", "doubtful")

    says(safaricom, "0")
    clock.passes(seconds=90)
    town.reconciles()

    assert buyer.payment(payment)["status"] == "Completed"
    assert stock_of(town, event)["sold"] == 2


def test_a_certain_failure_is_not_asked_about(town, buyer, organizer, safaricom, clock):
    buyer.buys(organizer.event())
    safaricom.calls_back(1032)

    clock.passes(seconds=90)
    town.reconciles()

    assert safaricom.queries == 0


def test_a_confirmed_failure_stays_failed(town, buyer, organizer, safaricom, clock):
    payment = buyer.buys(organizer.event())
    safaricom.calls_back(1037)
    says(safaricom, "1037")

    for _ in range(5):
        clock.passes(minutes=15)
        town.reconciles()

    failed = buyer.payment(payment)
    assert (failed["status"], failed["attempts"][0]["outcome"]) == ("Failed", "failed")
    assert safaricom.queries == 1


def test_an_unknown_push_cannot_be_asked_about_and_waits_for_the_callback(
    town, buyer, organizer, safaricom, clock
):
    safaricom.next_pushes = [Unknown("time-out")]
    event = organizer.event()
    payment = buyer.buys(event)

    clock.passes(seconds=300)
    town.reconciles()
    assert buyer.payment(payment)["status"] == "Expired"
    assert safaricom.queries == 0
    safaricom.calls_back(0)

    assert buyer.payment(payment)["status"] == "Completed"


def test_a_query_never_overwrites_a_success(town, buyer, organizer, safaricom, clock):
    payment = buyer.buys(organizer.event())
    says(safaricom, "1032")
    clock.passes(seconds=20)
    safaricom.calls_back(0)

    buyer.payment(payment)
    clock.passes(minutes=15)
    town.reconciles()

    assert buyer.payment(payment)["status"] == "Completed"


def test_a_failure_that_a_query_tells_and_a_callback_denies_ends_in_tickets(
    town, buyer, organizer, safaricom, clock
):
    payment = buyer.buys(organizer.event())
    says(safaricom, "1032")
    clock.passes(seconds=90)
    town.reconciles()
    assert buyer.payment(payment)["status"] == "Failed"

    safaricom.calls_back(0)

    assert buyer.payment(payment)["status"] == "Completed"


def test_an_unclear_code_of_a_query_is_an_alert_and_ends_nothing(
    town, buyer, organizer, safaricom, clock, caplog
):
    payment = buyer.buys(organizer.event())
    says(safaricom, "77777")

    clock.passes(seconds=90)
    town.reconciles()

    assert buyer.payment(payment)["status"] == "Pending"
    assert "reconciliation.unclear_result" in caplog.messages


def test_a_run_ends_before_the_function_does(town, buyer, organizer, safaricom, clock, monkeypatch):
    event = organizer.event()
    for _ in range(4):
        buyer.buys(event)

    def slow(checkout_request_id):
        safaricom.queries += 1
        clock.passes(seconds=40)

    monkeypatch.setattr(safaricom, "query", slow)
    clock.at += timedelta(seconds=90)
    town.reconciles()

    assert safaricom.queries == 2


def test_holds_end_in_time_though_m_pesa_hangs(town, buyer, organizer, safaricom, clock, monkeypatch, caplog):
    """Each question takes eight seconds and gets no answer: after two of them a run asks no more."""
    from chalicelib.payments.daraja.answers import NoAnswer

    event = organizer.event(available_tickets=60)
    payments = [buyer.buys(event) for _ in range(30)]

    def hangs(checkout_request_id):
        safaricom.queries += 1
        clock.passes(seconds=8)
        raise NoAnswer("ReadTimeout", unreachable=True)

    monkeypatch.setattr(safaricom, "query", hangs)
    clock.passes(seconds=300)
    town.reconciles()

    assert safaricom.queries == 2
    assert {buyer.payment(payment)["status"] for payment in payments} == {"Expired"}
    assert "reconciliation.no_answer" in caplog.messages


def test_a_look_at_the_holds_end_that_is_lost_is_made_up_for_soon(
    town, buyer, organizer, safaricom, clock, monkeypatch
):
    from chalicelib.payments import settlement

    payment = buyer.buys(organizer.event())
    for _ in range(18):  # the buyer keeps looking
        clock.passes(seconds=16)
        buyer.payment(payment)
    with monkeypatch.context() as patch:
        patch.setattr(settlement, "close", lambda *given: 1 / 0)
        clock.passes(seconds=27)
        town.reconciles()
    assert buyer.payment(payment)["status"] == "Pending"

    clock.passes(seconds=60)
    town.reconciles()

    assert buyer.payment(payment)["status"] == "Expired"
