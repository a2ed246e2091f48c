"""M-Pesa's statement against our books: what is settled, what is found and kept, the exit code."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.payments import comparing, differences, statement, supplying
from chalicelib.payments.daraja.answers import Unknown
from chalicelib.payments.daraja.callbacks import Result
from chalicelib.payments.daraja.transactions import NAIROBI, Transaction
from chalicelib.payments.difference_models import OPEN, Difference
from chalicelib.payments.models import Attempt, Refund
from chalicelib.payments.supplying import attempt_of, reference_of
from tests.actors import PHONE
from tests.payments.test_attempts import asks_again
from tests.payments.test_purchase import stock_of
from tests.payments.test_reversing import REVERSAL
from tests.payments.test_settlement import kinds

HEADINGS = (
    "Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Reason Type,"
    "Linked Transaction ID,A/C No.\n"
)


class Portal:
    """M-Pesa's portal: the statement of a day, as an operator downloads it."""

    def __init__(self, folder: Path, now) -> None:
        self.file = folder / "statement.csv"
        self.now = now
        self.lines: list[str] = []

    def paid(self, receipt: str, amount: str, reference: str = "", at: datetime | None = None) -> None:
        self.lines.append(
            f'{receipt},{self._time(at)},Pay Bill,Completed,"{amount}",,Pay Utility,,{reference.upper()}'
        )

    def reversed(self, receipt: str, original: str, amount: str, at: datetime | None = None) -> None:
        self.lines.append(
            f"{receipt},{self._time(at)},Reversal,Completed,,-{amount},Transaction Reversal,{original},"
        )

    def compares(self, *options: str, days: bool = True) -> int:
        """Run the command on what the portal has; returns its exit code."""
        self.file.write_text(HEADINGS + "".join(f"{line}\n" for line in self.lines), encoding="utf-8-sig")
        period = ["--from", "2026-11-23", "--to", "2026-11-26"] if days else []
        return statement.main([str(self.file), *period, *options])

    def _time(self, at: datetime | None) -> str:
        return f"{(at or self.now()).astimezone(NAIROBI):%d-%m-%Y %H:%M:%S}"


@pytest.fixture
def portal(tmp_path, clock):
    return Portal(tmp_path, clock)


@pytest.fixture
def payment(buyer, organizer):
    return buyer.buys(organizer.event(), 2, phone=PHONE)


@pytest.fixture
def paid(safaricom, payment):
    safaricom.calls_back(receipt="TKX0000001")
    return payment


def found() -> list[tuple[str, str]]:
    """The differences that stand."""
    return sorted((one.kind, one.about) for one in Difference.by_open.query(OPEN))


def reverses(organizer, payment):
    """An organizer asks M-Pesa to give it back."""
    answer = organizer.asks("POST", f"/payments/{payment['id']}/refund", REVERSAL)
    assert answer.status == 202, answer.body


def asks(town, safaricom, clock):
    """M-Pesa says to a query that it was paid; no callback came."""
    safaricom.query_says["ws_CO_1"] = Result("0", "ws_CO_1", asked=True)
    clock.passes(seconds=90)
    town.reconciles()


def test_books_that_agree_make_no_difference(paid, portal, capsys):
    portal.paid("TKX0000001", "4,000.00", reference_of(paid["id"]))

    assert portal.compares() == 0

    assert found() == []
    assert "0 settled, 0 differences" in capsys.readouterr().err


def test_a_receipt_that_is_missing_here_comes_from_the_statement(
    town, buyer, safaricom, payment, portal, clock
):
    asks(town, safaricom, clock)
    assert buyer.payment(payment)["receipt"] is None
    portal.paid("TKX0000001", "4000", reference_of(payment["id"]))

    assert portal.compares("--only-compare") == 1
    assert found() == [
        ("known_but_unpaid", f"{payment['id']}#1"),
        ("paid_but_unknown", "TKX0000001"),
    ]
    assert buyer.payment(payment)["receipt"] is None
    clock.passes(seconds=1)
    assert portal.compares() == 0

    assert found() == []
    settled = buyer.payment(payment)
    assert (settled["status"], settled["receipt"]) == ("Completed", "TKX0000001")
    assert kinds(settled) == ["asked", "received", "receipt"]
    assert portal.compares() == 0
    assert kinds(buyer.payment(payment)) == ["asked", "received", "receipt"]


def test_money_of_which_nobody_has_told_buys_its_tickets(town, buyer, safaricom, organizer, portal, clock):
    """No answer of the push, no callback: only the statement knows."""
    safaricom.next_pushes = [Unknown("time-out")]
    event = organizer.event()
    payment = buyer.buys(event, 2)
    portal.paid("TKX0000001", "4000", reference_of(payment["id"]))
    clock.passes(seconds=300)
    town.reconciles()
    assert buyer.payment(payment)["status"] == "Expired"

    assert portal.compares() == 0

    settled = buyer.payment(payment)
    assert (settled["status"], settled["receipt"], len(settled["tickets"])) == ("Completed", "TKX0000001", 2)
    assert stock_of(town, event)["sold"] == 2


def test_money_that_has_gone_back_buys_no_tickets(town, buyer, safaricom, organizer, portal, clock):
    """No callback came, the buyer complained, and somebody reversed it in M-Pesa's portal."""
    safaricom.next_pushes = [Unknown("time-out")]
    payment = buyer.buys(organizer.event(), 2)
    portal.paid("TKX0000001", "4000", reference_of(payment["id"]))
    portal.reversed("TKY7654321", "TKX0000001", "4000.00")
    clock.passes(seconds=300)
    town.reconciles()

    assert portal.compares() == 1

    assert buyer.payment(payment)["status"] == "Expired"
    assert found() == [
        ("paid_but_unknown", "TKX0000001"),
        ("reversed_but_unknown", "TKX0000001#reversal"),
    ]


@pytest.mark.parametrize("amounts", [("10", "4000"), ("4000", "10")])
def test_money_paid_by_hand_undoes_no_sale(town, buyer, safaricom, payment, portal, clock, amounts):
    asks(town, safaricom, clock)
    for amount in amounts:
        portal.paid(f"TKX000{int(amount):04d}", amount, reference_of(payment["id"]))

    portal.compares()
    clock.passes(minutes=1)
    assert portal.compares() == 0

    sold = buyer.payment(payment)
    assert (sold["status"], sold["receipt"]) == ("Completed", "TKX0004000")
    assert [(one.amount, one.receipt) for one in Refund.query(payment["id"])] == [(10, "TKX0000010")]


def test_another_amount_than_asked_is_due_back(buyer, payment, portal):
    portal.paid("TKX0000001", "3999", reference_of(payment["id"]))

    assert portal.compares() == 0

    assert buyer.payment(payment)["status"] == "RefundDue"


def test_money_that_names_none_of_our_payments_is_kept_as_a_difference(town, portal, clock, capsys):
    portal.paid("TKX0000009", "50", "chama")
    for _ in range(2):
        assert portal.compares() == 1
        clock.passes(minutes=1)

    assert "paid_but_unknown  TKX0000009" in capsys.readouterr().out
    (one,) = Difference.by_open.query(OPEN)
    assert (one.kind, one.theirs, one.ours, one.reference) == ("paid_but_unknown", 50, None, "chama")
    assert one.last_seen_at - one.first_seen_at == timedelta(minutes=1)


def test_a_difference_is_resolved_when_both_sides_have_its_money(town, paid, portal, clock):
    portal.paid("TKX0000009", "50")
    assert portal.compares() == 1
    assert found() == [("known_but_unpaid", "TKX0000001"), ("paid_but_unknown", "TKX0000009")]

    clock.passes(minutes=1)
    portal.lines = []
    portal.paid("TKX0000001", "4000")
    assert portal.compares("--from", "2026-11-24") == 0

    assert found() == [("paid_but_unknown", "TKX0000009")]  # not looked at is not resolved
    mended = Difference.get("TKX0000001", "known_but_unpaid")
    assert mended.resolved_at is not None
    assert mended.open is None


def test_a_difference_that_comes_back_stands_again(town, paid, portal, clock):
    for lines in (0, 1, 0):
        portal.lines = []
        if lines:
            portal.paid("TKX0000001", "4000")
        assert portal.compares() == 1 - lines
        clock.passes(minutes=1)

    assert found() == [("known_but_unpaid", "TKX0000001")]
    assert Difference.get("TKX0000001", "known_but_unpaid").resolved_at is None


def test_of_two_that_look_at_once_the_older_does_not_overwrite_the_newer(aws, clock):
    one = differences.Finding(differences.Kind.PAID_BUT_UNKNOWN, "TKX0000009", clock(), theirs=50)
    differences.keep([one], clock())

    differences.keep([one._replace(theirs=1)], clock() - timedelta(minutes=1))
    differences.resolve({"TKX0000009"}, clock())

    kept = Difference.get("TKX0000009", "paid_but_unknown")
    assert (kept.theirs, kept.open) == (50, OPEN)


def test_a_difference_that_is_found_again_meanwhile_stands(aws, clock, monkeypatch):
    one = differences.Finding(differences.Kind.PAID_BUT_UNKNOWN, "TKX0000009", clock(), theirs=50)
    differences.keep([one], clock())
    (seen,) = Difference.by_open.query(OPEN)
    clock.passes(minutes=1)
    differences.keep([one], clock())
    monkeypatch.setattr(Difference.by_open, "query", lambda key: [seen])

    assert differences.resolve({"TKX0000009"}, clock()) == 0

    assert Difference.get("TKX0000009", "paid_but_unknown").open == OPEN


def test_a_receipt_that_another_payment_has_is_not_supplied(buyer, organizer, safaricom, paid):
    other = buyer.buys(organizer.event())
    money = Transaction("TKX0000001", safaricom.town.clock(), Decimal(2000), reference_of(other["id"]))

    assert supplying.supply(other["id"], money, safaricom.town.clock()) == (
        "it does not count for the payment that it names"
    )

    assert buyer.payment(other)["status"] == "Pending"


def test_an_amount_that_differs_is_found(paid, portal):
    portal.paid("TKX0000001", "4,001", reference_of(paid["id"]))

    assert portal.compares() == 1

    (one,) = Difference.by_open.query(OPEN)
    assert (one.kind, one.theirs, one.ours, one.payment_id) == ("amount_differs", 4001, 4000, paid["id"])


def test_money_that_the_statement_lacks_is_found_within_its_period_only(paid, portal, clock):
    portal.paid("TKX0000009", "50", at=clock() - timedelta(hours=2))
    portal.paid("TKX0000008", "50", at=clock() + timedelta(minutes=10))

    assert portal.compares(days=False) == 1
    assert ("known_but_unpaid", "TKX0000001") not in found()  # its money may have moved after the end
    assert portal.compares("--to", "2026-11-24") == 1
    assert ("known_but_unpaid", "TKX0000001") in found()


def test_the_period_is_told_in_nairobis_time_or_with_its_offset(paid, portal, clock):
    for end, exit_code in (("2026-11-24T00:00:00", 0), (f"{clock() + timedelta(minutes=20)}", 1)):
        assert portal.compares("--to", end) == exit_code


def test_free_tickets_are_no_money(town, buyer, organizer, portal):
    free = organizer.event(regular_price=0)
    assert buyer.orders(free).status in (201, 202)

    assert portal.compares() == 0


def test_a_second_receipt_for_one_prompt_is_known(buyer, safaricom, paid, portal):
    safaricom.calls_back(receipt="TKX0000002")
    for receipt in ("TKX0000001", "TKX0000002"):
        portal.paid(receipt, "4000", reference_of(paid["id"]))

    assert portal.compares() == 0

    portal.lines.pop()
    assert portal.compares() == 1
    assert found() == [("known_but_unpaid", "TKX0000002")]


def test_a_reversal_that_both_know_makes_no_difference(town, organizer, safaricom, paid, portal):
    reverses(organizer, paid)
    town.refunds()
    safaricom.tells()
    portal.paid("TKX0000001", "4000", reference_of(paid["id"]))
    portal.reversed("TKY7654321", "TKX0000001", "4000.00")

    assert portal.compares() == 0

    portal.lines.pop()
    assert portal.compares() == 1
    assert found() == [("known_but_unpaid", "TKX0000001#reversal")]


def test_a_reversal_of_which_nobody_has_told_is_done_by_the_statement(
    town, organizer, safaricom, paid, portal
):
    safaricom.next_reversals = [Unknown("time-out")]
    reverses(organizer, paid)
    town.refunds()
    portal.paid("TKX0000001", "4000", reference_of(paid["id"]))
    portal.reversed("TKY7654321", "TKX0000001", "4000.00")

    assert portal.compares("--only-compare") == 1
    assert found() == [("reversed_but_unknown", "TKX0000001#reversal")]
    assert organizer.payment(paid)["status"] == "RefundDue"
    assert portal.compares() == 0

    back = organizer.payment(paid)
    assert (back["status"], back["refunds"][0]["reference"]) == ("Refunded", "TKY7654321")
    assert portal.compares() == 0
    assert kinds(organizer.payment(paid)).count("refunded") == 1


def test_a_reversal_that_was_told_of_days_later_is_not_missing_in_the_next_statement(
    town, organizer, safaricom, paid, portal, clock
):
    reverses(organizer, paid)
    town.refunds()
    clock.passes(days=2)
    safaricom.tells()
    assert Refund.get(paid["id"], 1).state == "done"

    assert portal.compares("--from", "2026-11-25", "--to", "2026-11-27") == 0


def test_a_reversal_that_nobody_asked_for_is_found(paid, organizer, portal):
    portal.paid("TKX0000001", "4000")
    portal.reversed("TKY7654321", "TKX0000001", "4000")
    portal.reversed("TKY7654322", "TKX0000077", "10")

    assert portal.compares() == 1

    assert found() == [
        ("reversed_but_unknown", "TKX0000001#reversal"),
        ("reversed_but_unknown", "TKX0000077#reversal"),
    ]
    assert organizer.payment(paid)["status"] == "Completed"


def test_a_reversal_of_another_amount_settles_nothing(town, organizer, safaricom, paid, portal):
    safaricom.next_reversals = [Unknown("time-out")]
    reverses(organizer, paid)
    town.refunds()
    portal.paid("TKX0000001", "4000")
    portal.reversed("TKY7654321", "TKX0000001", "1000")

    assert portal.compares() == 1

    assert found() == [("reversed_but_unknown", "TKX0000001#reversal")]
    assert organizer.payment(paid)["status"] == "RefundDue"


def test_where_two_prompts_may_be_meant_nothing_is_guessed(town, buyer, organizer, safaricom, portal, clock):
    safaricom.next_pushes = [Unknown("time-out"), Unknown("time-out")]
    payment = buyer.buys(organizer.event(), 2, phone=PHONE)
    clock.passes(seconds=300)
    town.reconciles()
    assert asks_again(buyer, payment).status == 202
    clock.passes(seconds=30)
    portal.paid("TKX0000001", "4000", reference_of(payment["id"]))

    assert portal.compares() == 1

    assert found() == [("paid_but_unknown", "TKX0000001")]
    assert buyer.payment(payment)["status"] == "Pending"


def test_a_file_that_cannot_be_read_changes_nothing(town, buyer, payment, portal, capsys):
    portal.paid("TKX0000001", "4000", reference_of(payment["id"]))
    portal.paid("TKX0000002", "4.000,00")

    assert portal.compares() == 2

    assert "Line 3: '4.000,00' is no amount." in capsys.readouterr().err
    assert buyer.payment(payment)["status"] == "Pending"
    assert list(Difference.scan()) == []


def test_nothing_is_done_for_the_lines_before_one_that_cannot_be_read(
    town, organizer, safaricom, paid, portal, monkeypatch
):
    monkeypatch.setattr(comparing, "_BATCH", 1)
    safaricom.next_reversals = [Unknown("time-out")]
    reverses(organizer, paid)
    town.refunds()
    portal.reversed("TKY7654321", "TKX0000001", "4000")
    portal.paid("TKX0000002", "4.000,00")

    assert portal.compares() == 2

    assert organizer.payment(paid)["refunds"][0]["status"] == "unknown"


def test_an_empty_statement_needs_its_period(town, portal, capsys):
    assert portal.compares(days=False) == 2
    assert "say from when to when" in capsys.readouterr().err
    assert portal.compares("--from", "2026-11-26", "--to", "2026-11-23") == 2
    assert portal.compares() == 0
    assert statement.main([str(portal.file.with_name("none.csv"))]) == 2


def test_more_lines_than_one_read_takes_are_compared(buyer, organizer, safaricom, portal, monkeypatch):
    monkeypatch.setattr(comparing, "_BATCH", 3)
    event = organizer.event()
    for number in range(8):
        payment = buyer.buys(event)
        safaricom.calls_back(receipt=f"TKX{number:07d}")
        portal.paid(f"TKX{number:07d}", "2000", reference_of(payment["id"]))
    gone = portal.lines.pop(4)

    assert portal.compares() == 1

    assert found() == [("known_but_unpaid", gone[:10])]


_AT = datetime(2026, 11, 24, 9, 0, tzinfo=NAIROBI)


def attempt(number: int, minutes: int, outcome: str | None, receipt: str | None, *, sent: bool) -> Attempt:
    at = _AT + timedelta(minutes=minutes)
    return Attempt(
        number=number,
        phone=PHONE,
        asked_at=at,
        pushed_at=at if sent else None,
        outcome=outcome,
        receipt=receipt,
    )


_ATTEMPTS = st.lists(
    st.tuples(
        st.integers(0, 60),
        st.sampled_from([None, "accepted", "unknown", "not_sent", "paid", "failed", "doubtful"]),
        st.sampled_from([None, "TKX0000001"]),
        st.booleans(),
    ),
    max_size=4,
).map(
    lambda rows: [
        attempt(number, minutes, outcome, receipt, sent=sent)
        for number, (minutes, outcome, receipt, sent) in enumerate(sorted(rows, key=lambda r: r[0]), start=1)
    ]
)


@given(_ATTEMPTS, st.integers(-5, 90))
def test_money_is_given_to_an_attempt_only_if_no_other_can_be_meant(attempts, minutes):
    at = _AT + timedelta(minutes=minutes)

    number = attempt_of(attempts, at)

    sent = [one for one in attempts if one.pushed_at and one.outcome != "not_sent"]
    missing = [one for one in sent if not one.receipt]
    if number is None:
        assert len(missing or sent) != 1
        return
    chosen = attempts[number - 1]
    assert chosen in sent
    assert chosen in missing or not missing
    rivals = [
        one
        for one in missing or sent
        if one is not chosen
        and one.prompted_at - timedelta(minutes=2) <= at <= one.prompted_at + timedelta(minutes=15)
    ]
    assert not rivals or (chosen.outcome == "paid" and all(one.outcome == "failed" for one in rivals))
