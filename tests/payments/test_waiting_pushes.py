"""Pushes that wait in the queue, while other things happen to their payments."""

from chalicelib.payments import prompting
from chalicelib.payments.daraja.answers import NotSent, Why
from chalicelib.payments.daraja.callbacks import Result
from tests.actors import PHONE
from tests.payments.test_attempts import asks_again
from tests.payments.test_purchase import stock_of


def waits(town, buyer, event):
    """An order whose push is in the queue; our pace allows the next one."""
    town.pace.turns = 0
    payment = buyer.buys(event, phone=PHONE)
    town.pace.turns = None
    return payment


def loses_the_queues_answer(town, monkeypatch, meanwhile):
    """The queue takes the message, its answer is lost, and before anybody knows a worker is at it."""
    send = prompting.send

    def sent_but_unanswered(*given):
        send(*given)
        monkeypatch.setattr(prompting, "send", send)
        town.pace.turns = None
        meanwhile()
        raise ConnectionError

    monkeypatch.setattr(prompting, "send", sent_but_unanswered)
    town.pace.turns = 0


def test_a_push_that_a_worker_is_sending_is_not_called_unsent(
    town, buyer, organizer, safaricom, clock, monkeypatch
):
    note, unsaved = prompting._note, []

    def pushed_but_not_noted():
        monkeypatch.setattr(prompting, "_note", lambda *given: unsaved.append(given))
        town.pushes_queued()
        monkeypatch.setattr(prompting, "_note", note)

    loses_the_queues_answer(town, monkeypatch, pushed_but_not_noted)
    answer = buyer.orders(organizer.event(), phone=PHONE)
    for given in unsaved:
        note(*given)
    safaricom.query_says["ws_CO_1"] = Result("0", "ws_CO_1", asked=True)
    clock.passes(seconds=90)
    town.reconciles()

    assert (answer.status, len(safaricom.prompts)) == (202, 1)
    assert buyer.payment(answer.body)["status"] == "Completed"


def test_who_has_a_prompt_does_not_read_that_nothing_was_charged(
    town, buyer, organizer, safaricom, monkeypatch
):
    loses_the_queues_answer(town, monkeypatch, town.pushes_queued)

    answer = buyer.orders(organizer.event(), phone=PHONE)

    assert (answer.status, answer.body["status"]) == (202, "Pending")


def test_a_push_that_is_refused_after_a_long_wait_frees_the_phone(town, buyer, organizer, safaricom, clock):
    payment = waits(town, buyer, organizer.event())
    clock.passes(seconds=85)
    safaricom.next_pushes = [NotSent(Why.M_PESA_BUSY, "")]

    town.pushes_queued()

    assert buyer.payment(payment)["status"] == "Failed"
    assert asks_again(buyer, payment).status == 202


def test_an_order_that_is_cancelled_while_its_push_waits_frees_the_phone(town, buyer, organizer, safaricom):
    event = organizer.event()
    payment = waits(town, buyer, event)
    buyer.asks("DELETE", f"/payments/{payment['id']}")

    assert buyer.orders(event, phone=PHONE).status == 202
    town.pushes_queued()
    assert len(safaricom.prompts) == 1


def test_a_push_that_waited_for_longer_than_a_hold_is_not_sent(town, buyer, organizer, safaricom, clock):
    waits(town, buyer, organizer.event())
    clock.passes(seconds=330)  # the schedule is late

    town.pushes_queued()

    assert safaricom.prompts == []


def test_who_waits_is_told_a_time_that_is_kept(town, buyer, organizer, safaricom, clock):
    """Until that minute the request may come, after it none does; then the notice says so."""
    clock.passes(seconds=1)
    event, town.pace.turns = organizer.event(), 0
    both = [buyer.buys(event) for _ in range(2)]
    clock.passes(seconds=299)
    assert all("by 12:06 at the latest or not at all" in buyer.payment(one)["notice"] for one in both)

    town.pace.turns = 1
    town.pushes_queued()
    clock.passes(seconds=1)

    (waiting,) = [one for one in both if buyer.payment(one)["attempts"][0]["pushed_at"] is None]
    assert "no request was sent" in buyer.payment(waiting)["notice"]
    town.pace.turns = None
    town.pushes_queued()
    assert len(safaricom.prompts) == 1


def test_a_push_that_waits_when_sales_are_closed_is_not_sent(town, buyer, organizer, safaricom, clock):
    from chalicelib.catalog.models import Stock

    event = organizer.event()
    payment = waits(town, buyer, event)
    Stock(f"{event['id']}#0").update(actions=[Stock.on_sale.set(False)])

    town.pushes_queued()

    assert safaricom.prompts == []
    clock.passes(seconds=300)
    town.reconciles()
    assert buyer.payment(payment)["failure"]["code"] == "not_sent"
    assert stock_of(town, event)["held"] == 0
