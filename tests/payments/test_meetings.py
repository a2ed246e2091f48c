"""Two that saw the same thing and then both write: the second one's condition fails.

Each test lets one of them read, then the other finish, then the first one write.
"""

import json

import pytest

from chalicelib.core.dynamo import ConditionFailed, transact
from chalicelib.core.outbox import OutboxMessage
from chalicelib.payments import attempts, ledger, outbox, prompting, settlement
from chalicelib.payments.models import LedgerLine, Payment
from chalicelib.payments.states import Happening
from chalicelib.payments.verdicts import Change
from tests.payments.test_attempts import asks_again
from tests.payments.test_purchase import stock_of
from tests.payments.test_settlement import FULL, kinds


def stored(payment) -> Payment:
    return Payment.get(payment["id"], consistent_read=True)


def test_two_settlements_that_saw_the_same_payment_settle_it_once(
    town, buyer, organizer, safaricom, monkeypatch
):
    event = organizer.event()
    payment, read = buyer.buys(event, 2), []
    real = settlement.apply

    def refused_meanwhile(seen, change, at):
        if not read:  # the first has read; now the second comes, and is quicker
            read.append(seen)
            safaricom.calls_back(1032)
        real(seen, change, at)

    monkeypatch.setattr(settlement, "apply", refused_meanwhile)
    safaricom.calls_back(0)

    paid = buyer.payment(payment)
    assert kinds(paid) == ["asked", "refused", "received"]
    assert paid["status"] == "Completed"
    assert stock_of(town, event) == {"remaining": 8, "held": 0, "sold": 2, "revenue": 4000}


def test_a_hold_that_begins_anew_meanwhile_does_not_run_out(town, buyer, organizer, safaricom, clock):
    """The schedule has seen that a hold is over; then the push's turn comes, and the hold begins with it."""
    event = organizer.event()
    town.pace.turns = 0
    payment = buyer.buys(event)
    clock.passes(seconds=299)
    seen = stored(payment)
    town.pace.turns = None
    town.pushes_queued()
    assert len(safaricom.prompts) == 1

    clock.passes(seconds=1)
    ran_out = Change(Happening.HOLD_RAN_OUT, 1, code="not_sent")

    assert not settlement.close(seen, ran_out, clock())
    assert buyer.payment(payment)["status"] == "Pending"
    assert stock_of(town, event)["held"] == 1


@pytest.mark.parametrize("who", ["another worker", "the buyer, who cancels"])
def test_a_push_that_a_worker_has_seen_waiting_is_claimed_before_it_is_sent(
    town, buyer, organizer, safaricom, monkeypatch, who
):
    event = organizer.event()
    town.pace.turns = 0
    payment = buyer.buys(event)
    town.pace.turns = None
    message = json.dumps({"payment_id": payment["id"], "attempt": 1})
    real, others = prompting._is_wanted, [True]

    def meanwhile(*given):
        wanted = real(*given)
        if others:
            others.pop()
            if who == "another worker":
                prompting.push_queued(message, town.till())
            else:
                assert buyer.asks("DELETE", f"/payments/{payment['id']}").status == 200
        return wanted

    monkeypatch.setattr(prompting, "_is_wanted", meanwhile)
    prompting.push_queued(message, town.till())

    assert len(safaricom.prompts) == (1 if who == "another worker" else 0)


def test_a_retry_that_meets_late_money_takes_no_seats(town, buyer, organizer, safaricom, monkeypatch):
    event = organizer.event()
    payment, write, money = buyer.buys(event), attempts._write, [True]
    safaricom.calls_back(1037)

    def paid_meanwhile(*given):
        if money:
            money.pop()
            safaricom.calls_back(0, prompt=0)
        return write(*given)

    monkeypatch.setattr(attempts, "_write", paid_meanwhile)

    assert asks_again(buyer, payment).body["code"] == "already_paid"
    assert stock_of(town, event) == {"remaining": 9, "held": 0, "sold": 1, "revenue": 2000}
    assert len(safaricom.prompts) == 1


def test_late_money_that_comes_right_after_a_retry_was_written_needs_no_prompt(
    buyer, organizer, safaricom, monkeypatch
):
    payment, write, money = buyer.buys(organizer.event()), attempts._write, [True]
    safaricom.calls_back(1037)

    def paid_afterwards(*given):
        written = write(*given)
        if money:
            money.pop()
            safaricom.calls_back(0, prompt=0)
        return written

    monkeypatch.setattr(attempts, "_write", paid_afterwards)

    assert asks_again(buyer, payment).body["status"] == "Completed"
    assert len(safaricom.prompts) == 1


def test_a_line_of_the_ledger_is_never_written_over(buyer, organizer, clock):
    payment = buyer.buys(organizer.event())

    with pytest.raises(ConditionFailed):
        transact(
            lambda writing: ledger.write(
                writing, payment["id"], 1, "received", at=clock(), attempt=1, amount=1
            )
        )

    assert [line.kind for line in LedgerLine.query(payment["id"])] == ["asked"]


def test_a_message_is_put_into_the_outbox_once(buyer, organizer, safaricom, clock):
    payment = buyer.buys(organizer.event())
    safaricom.calls_back(0)
    (message,) = OutboxMessage.scan()
    which = message.which

    with pytest.raises(ConditionFailed):
        transact(lambda writing: outbox.tell(writing, stored(payment), "tickets_issued", which, clock()))


def test_seats_are_given_back_once(town, buyer, organizer, safaricom, clock):
    """The control of `close`: a second end finds the first one's line."""
    event = organizer.event()
    seen = stored(buyer.buys(event, 2))
    ends = Change(Happening.BUYER_CANCELLED, 1)

    assert [settlement.close(seen, ends, clock()) for _ in range(2)] == [True, False]
    assert stock_of(town, event) == FULL
