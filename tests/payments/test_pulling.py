"""Receipts that no callback has brought come by pulling: asked for seldom, settled once, never guessed."""

from datetime import timedelta
from decimal import Decimal

import pytest

from chalicelib.payments import audit, pulling, supplying
from chalicelib.payments.daraja.answers import NoAnswer, Unknown
from chalicelib.payments.daraja.callbacks import Result
from chalicelib.payments.daraja.transactions import Transaction
from chalicelib.payments.difference_models import OPEN, WATCHED, Difference
from chalicelib.payments.models import Payment
from chalicelib.payments.supplying import reference_of
from tests.actors import PHONE
from tests.payments.test_purchase import stock_of
from tests.payments.test_settlement import kinds


@pytest.fixture
def event(organizer):
    return organizer.event()


@pytest.fixture
def queried(town, buyer, event, safaricom, clock):
    """A payment that a query has completed: its receipt is missing."""
    payment = buyer.buys(event, 2, phone=PHONE)
    safaricom.query_says["ws_CO_1"] = Result("0", "ws_CO_1", asked=True)
    clock.passes(seconds=90)
    town.reconciles()
    assert buyer.payment(payment)["receipt"] is None
    return payment


@pytest.fixture
def lost(town, buyer, event, safaricom, clock):
    """A payment whose push had no answer, and that has expired: nobody can ask M-Pesa about its prompt."""
    safaricom.next_pushes = [Unknown("time-out")]
    payment = buyer.buys(event, 2, phone=PHONE)
    clock.passes(seconds=300)
    town.reconciles()
    assert buyer.payment(payment)["status"] == "Expired"
    return payment


def pays(safaricom, payment, receipt="TKX0000001", amount="4000", **ago):
    """M-Pesa has the money; it moved so long ago."""
    at = safaricom.town.clock() - timedelta(**ago)
    money = Transaction(receipt, at, Decimal(amount), reference_of(payment["id"]) if payment else "chama")
    safaricom.transactions.append(money)


def watched() -> list[str]:
    return [one.about for one in Difference.by_open.query(WATCHED)]


def standing() -> list[tuple[str, str]]:
    return [(one.kind, one.about) for one in Difference.by_open.query(OPEN)]


def test_the_receipt_of_a_payment_that_a_query_completed_is_pulled(town, buyer, queried, safaricom, clock):
    pays(safaricom, queried, seconds=60)
    clock.passes(minutes=2)

    town.reconciles()

    paid = buyer.payment(queried)
    assert (paid["status"], paid["receipt"]) == ("Completed", "TKX0000001")
    assert kinds(paid) == ["asked", "received", "receipt"]
    assert audit.differences(Payment.scan()) == []
    clock.passes(hours=1)
    town.reconciles()
    assert (watched(), len(safaricom.pulls)) == ([], 2)  # one page and an empty one, and no more
    safaricom.calls_back(receipt="TKX0000001")  # it was late, not lost
    assert kinds(buyer.payment(queried)) == ["asked", "received", "receipt"]


def test_money_of_a_push_that_had_no_answer_is_pulled_and_buys_its_tickets(
    town, buyer, event, lost, safaricom, clock
):
    pays(safaricom, lost, seconds=280)
    clock.passes(minutes=2)

    town.reconciles()

    paid = buyer.payment(lost)
    assert (paid["status"], paid["receipt"], len(paid["tickets"])) == ("Completed", "TKX0000001", 2)
    assert stock_of(town, event)["sold"] == 2


def test_another_amount_than_asked_is_due_back(town, buyer, lost, safaricom, clock):
    pays(safaricom, lost, amount="3999", seconds=280)
    clock.passes(minutes=2)

    town.reconciles()

    due = buyer.payment(lost)
    assert (due["status"], due["receipt"]) == ("RefundDue", "TKX0000001")


def test_another_amount_undoes_no_sale_whose_prompt_is_known_to_be_paid(
    town, buyer, queried, safaricom, clock
):
    """Somebody has paid by hand, with the reference of the sale."""
    pays(safaricom, queried, "TKX0000009", amount="3999")
    clock.passes(minutes=2)
    town.reconciles()
    assert (buyer.payment(queried)["status"], standing()) == (
        "Completed",
        [("paid_but_unknown", "TKX0000009")],
    )

    pays(safaricom, queried, minutes=2)
    clock.passes(minutes=4)
    town.reconciles()

    sold = buyer.payment(queried)
    assert (sold["status"], sold["receipt"]) == ("Completed", "TKX0000001")


def test_while_nothing_is_missing_nothing_is_asked(town, buyer, event, safaricom, clock):
    buyer.buys(event)
    safaricom.calls_back()
    clock.passes(minutes=5)

    town.reconciles()

    assert (safaricom.pulls, watched()) == ([], [])


def test_only_the_minutes_of_the_prompt_are_asked_about(town, queried, safaricom, clock):
    prompted_at = clock() - timedelta(seconds=90)
    clock.passes(minutes=60)

    town.reconciles()

    ((since, until, offset),) = safaricom.pulls
    assert (prompted_at - since, until - prompted_at) == (timedelta(minutes=2), timedelta(minutes=15))
    assert offset == 0


def test_it_is_asked_ever_less_often_and_in_the_end_a_person_must_look(town, queried, safaricom, clock):
    for _ in range(49 * 12):
        clock.passes(minutes=5)
        pulling.run(town.till())

    assert 50 <= len(safaricom.pulls) <= 60
    assert watched() == []
    assert standing() == [("receipt_missing", f"{queried['id']}#1")]


def test_a_prompt_that_nobody_paid_is_let_go_in_the_end(town, lost, safaricom, clock):
    assert watched() == [f"{lost['id']}#1"]

    clock.passes(hours=48)
    town.reconciles()

    assert (watched(), standing()) == ([], [])


def test_two_schedules_that_overlap_ask_once(town, queried, safaricom, clock):
    clock.passes(minutes=2)
    pulling.run(town.till())
    Difference(f"{queried['id']}#1", "receipt_missing").update([Difference.at.set(clock())])

    pulling.run(town.till())

    assert len(safaricom.pulls) == 1


def test_a_receipt_that_was_let_go_meanwhile_is_not_watched_again(town, buyer, queried, safaricom, clock):
    (stale,) = Difference.by_open.query(WATCHED)
    pays(safaricom, queried)
    clock.passes(minutes=2)
    pulling.run(town.till())

    pulling._move(stale, [Difference.open.set(WATCHED)])
    clock.passes(minutes=10)
    pulling.run(town.till())
    pulling._move(stale, [Difference.open.set(WATCHED)])

    assert watched() == []


def test_pages_are_read_to_the_end(town, buyer, queried, safaricom, clock):
    safaricom.page = 2
    for number in range(5):
        pays(safaricom, None, f"TKX000001{number}", "50")
    pays(safaricom, queried)
    clock.passes(minutes=2)

    town.reconciles()

    assert [offset for _, _, offset in safaricom.pulls] == [0, 2, 4, 6]
    assert buyer.payment(queried)["receipt"] == "TKX0000001"


def test_a_page_that_comes_again_is_the_last(town, buyer, queried, safaricom, clock, monkeypatch):
    pays(safaricom, None, "TKX0000009", "50")
    pays(safaricom, queried)
    true_pull = safaricom.pull
    monkeypatch.setattr(safaricom, "pull", lambda since, until, offset: true_pull(since, until, 0))
    clock.passes(minutes=11)

    town.reconciles()

    assert len(safaricom.pulls) == 2
    assert standing() == [("paid_but_unknown", "TKX0000009")]


def test_what_was_told_before_m_pesa_gave_no_answer_counts(
    town, buyer, queried, safaricom, clock, monkeypatch
):
    """Perhaps it says so that there is no more: nobody has documented that."""
    pays(safaricom, None, "TKX0000009", "50")
    pays(safaricom, queried)
    true_pull = safaricom.pull

    def ends(since, until, offset):
        if offset:
            raise NoAnswer("ResponseCode 1001")
        return true_pull(since, until, offset)

    monkeypatch.setattr(safaricom, "pull", ends)
    clock.passes(minutes=11)

    town.reconciles()

    assert buyer.payment(queried)["receipt"] == "TKX0000001"
    assert standing() == [("paid_but_unknown", "TKX0000009")]


def test_when_m_pesa_does_not_answer_it_is_asked_again_later(
    town, buyer, queried, safaricom, clock, monkeypatch
):
    pays(safaricom, queried)

    def down(*asked):
        raise NoAnswer("ReadTimeout", unreachable=True)

    clock.passes(minutes=2)
    with monkeypatch.context() as patched:
        patched.setattr(safaricom, "pull", down)
        town.reconciles()
    assert buyer.payment(queried)["receipt"] is None

    clock.passes(minutes=4)
    town.reconciles()

    assert buyer.payment(queried)["receipt"] == "TKX0000001"


def test_money_that_nobody_looked_for_is_settled_if_it_names_a_payment(
    town, buyer, event, queried, safaricom, clock
):
    """Its callback is lost, and nobody has asked about it yet."""
    other = buyer.buys(event, 1, phone="0712 345 679")
    pays(safaricom, other, "TKX0000002", "2000")
    clock.passes(minutes=11)

    pulling.run(town.till())

    assert buyer.payment(other)["status"] == "Completed"


def test_money_that_names_no_payment_is_kept_once_as_a_difference(
    town, queried, safaricom, clock, monkeypatch
):
    pays(safaricom, None, "TKX0000009", "50")
    clock.passes(minutes=11)
    pulling.run(town.till())
    assert standing() == [("paid_but_unknown", "TKX0000009")]

    monkeypatch.setattr(supplying, "trace", lambda news: {} if not news else pytest.fail(f"again: {news}"))
    clock.passes(minutes=11)
    pulling.run(town.till())

    (kept,) = Difference.by_open.query(OPEN)
    assert kept.first_seen_at == kept.last_seen_at


def test_money_that_may_still_be_told_is_no_difference_yet(town, queried, safaricom, clock):
    clock.passes(minutes=2)
    pays(safaricom, None, "TKX0000009", "50")

    pulling.run(town.till())

    assert standing() == []


def test_one_that_cannot_be_settled_does_not_keep_the_others_waiting(
    town, buyer, event, queried, safaricom, clock, monkeypatch
):
    true_supply = supplying.supply
    other = buyer.buys(event, 1, phone="0712 345 679")
    safaricom.query_says["ws_CO_2"] = Result("0", "ws_CO_2", asked=True)
    clock.passes(seconds=90)
    town.reconciles()

    def fails(payment_id, money, at):
        if payment_id == queried["id"]:
            raise RuntimeError
        return true_supply(payment_id, money, at)

    monkeypatch.setattr(supplying, "supply", fails)
    pays(safaricom, queried)
    pays(safaricom, other, "TKX0000002", "2000")
    clock.passes(minutes=2)
    pulling.run(town.till())

    assert (buyer.payment(queried)["receipt"], buyer.payment(other)["receipt"]) == (None, "TKX0000002")


def test_a_run_ends_in_time(town, queried, safaricom, clock, monkeypatch):
    safaricom.page = 1
    for number in range(9):
        pays(safaricom, None, f"TKX000001{number}", "50")
    clock.passes(minutes=2)
    true_pull = safaricom.pull

    def slow(*asked):
        clock.passes(seconds=5)
        return true_pull(*asked)

    monkeypatch.setattr(safaricom, "pull", slow)
    pulling.run(town.till())

    assert len(safaricom.pulls) == 3


def test_the_short_code_is_registered_by_a_command(monkeypatch, capsys):
    from chalicelib.payments import shared_token
    from devstack.daraja_simulator import Config, running
    from tests.payments.daraja.test_client import mpesa

    with running(Config(pulls=False)) as simulator:
        monkeypatch.setattr(shared_token, "make_mpesa", lambda settings: mpesa(simulator.url))
        assert pulling.main(["254722000000"]) == 0
        assert pulling.main(["254722000000"]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "1000 Registered Successfully",
        "1001 ShortCode already Registered",
    ]
    monkeypatch.setattr(shared_token, "make_mpesa", lambda settings: mpesa("http://127.0.0.1:9"))
    assert pulling.main(["254722000000"]) == 1
