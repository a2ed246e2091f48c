"""The end of a hold: M-Pesa is asked once more, then the seats go back."""

from chalicelib.payments import reconciliation, watching
from chalicelib.payments.daraja.callbacks import Result
from tests.payments.test_purchase import stock_of
from tests.payments.test_settlement import FULL, kinds


def test_a_hold_that_ran_out_gives_the_seats_back(town, buyer, organizer, safaricom, clock):
    event = organizer.event()
    payment = buyer.buys(event, 2)

    clock.passes(seconds=89)  # the prompt is still on the phone
    town.reconciles()
    assert safaricom.queries == 0
    clock.passes(seconds=211)
    town.reconciles()

    expired = buyer.payment(payment)
    assert expired["status"] == "Expired"
    assert expired["failure"]["code"] == "no_response"
    assert kinds(expired) == ["asked", "expired"]
    assert stock_of(town, event) == FULL
    assert safaricom.queries == 1

    town.reconciles()
    assert stock_of(town, event) == FULL
    assert safaricom.queries == 1


def test_a_payment_whose_callback_was_lost_completes_by_the_last_query(
    town, buyer, organizer, safaricom, clock
):
    event = organizer.event()
    payment = buyer.buys(event, 2)
    safaricom.query_says["ws_CO_1"] = Result("0", "ws_CO_1")

    clock.passes(seconds=300)
    town.reconciles()

    paid = buyer.payment(payment)
    assert (paid["status"], paid["receipt"]) == ("Completed", None)
    assert len(paid["tickets"]) == 2
    assert stock_of(town, event)["sold"] == 2

    clock.passes(seconds=1)
    safaricom.calls_back(0, receipt="TKX0000001")  # it was late, not lost

    paid = buyer.payment(payment)
    assert (paid["status"], paid["receipt"]) == ("Completed", "TKX0000001")
    assert kinds(paid) == ["asked", "received", "receipt"]
    assert stock_of(town, event)["sold"] == 2


def test_a_refusal_learned_by_the_last_query_fails_the_payment(town, buyer, organizer, safaricom, clock):
    event = organizer.event()
    payment = buyer.buys(event)
    safaricom.query_says["ws_CO_1"] = Result("1032", "ws_CO_1")

    clock.passes(seconds=300)
    town.reconciles()

    failed = buyer.payment(payment)
    assert (failed["status"], failed["failure"]["code"]) == ("Failed", "cancelled_on_phone")
    assert stock_of(town, event) == FULL


def test_a_success_after_the_hold_ran_out_is_honoured_while_there_are_seats(
    town, buyer, organizer, safaricom, clock
):
    event = organizer.event()
    payment = buyer.buys(event, 2)
    clock.passes(seconds=300)
    town.reconciles()

    safaricom.calls_back(0)

    assert buyer.payment(payment)["status"] == "Completed"
    assert stock_of(town, event)["sold"] == 2


def test_one_payment_that_cannot_be_looked_at_does_not_stop_the_others(
    town, buyer, organizer, safaricom, clock, monkeypatch
):
    from chalicelib.payments import settlement
    from chalicelib.payments.settlement import Unsettled

    event = organizer.event()
    bad, good = buyer.buys(event), buyer.buys(event)
    close = settlement.close

    def sometimes(payment, change, at):
        if payment.id == bad["id"]:
            raise Unsettled(payment.id)
        return close(payment, change, at)

    monkeypatch.setattr(settlement, "close", sometimes)
    clock.passes(seconds=300)
    town.reconciles()

    assert buyer.payment(bad)["status"] == "Pending"
    assert buyer.payment(good)["status"] == "Expired"
    monkeypatch.undo()
    clock.passes(seconds=60)
    town.reconciles()
    assert buyer.payment(bad)["status"] == "Expired"


def test_who_is_due_longest_is_looked_at_first(town, buyer, organizer, clock, monkeypatch):
    """A run ends before its function does. Whoever is left must not be left again."""
    event = organizer.event()
    made: list[str] = []
    looked_at: list[str] = []
    while len(made) < 6 or len({*map(watching.bucket, made)}) < 2:  # ids are random
        made.append(buyer.buys(event)["id"])
        clock.passes(seconds=1)
    monkeypatch.setattr(reconciliation, "_look", lambda payment_id, *_: looked_at.append(payment_id) or True)

    clock.passes(seconds=300)
    town.reconciles()

    assert looked_at == made


def test_a_receipt_with_another_amount_after_a_query_is_a_refund_due(
    town, buyer, organizer, safaricom, clock
):
    payment = buyer.buys(organizer.event())
    safaricom.query_says["ws_CO_1"] = Result("0", "ws_CO_1")
    clock.passes(seconds=300)
    town.reconciles()
    assert buyer.payment(payment)["status"] == "Completed"

    clock.passes(seconds=1)
    safaricom.calls_back(0, amount=1.0)

    due = buyer.payment(payment)
    assert due["status"] == "RefundDue"
    assert kinds(due) == ["asked", "received", "receipt", "refund_due"]
    assert due["ledger"][-1]["amount"] == 1


def test_a_query_that_crashes_keeps_no_other_payment_waiting(
    town, buyer, organizer, safaricom, clock, monkeypatch
):
    event = organizer.event()
    payments = [buyer.buys(event) for _ in range(3)]

    def query(checkout_request_id):
        if checkout_request_id == "ws_CO_2":
            raise RuntimeError

    monkeypatch.setattr(safaricom, "query", query)
    clock.passes(seconds=300)
    town.reconciles()

    assert sorted(buyer.payment(payment)["status"] for payment in payments) == [
        "Expired",
        "Expired",
        "Pending",
    ]
