"""2,000 orders of every kind while AWS and M-Pesa fail: then ledger, simulator, seats and counts agree."""

import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from chalicelib.catalog.models import Event
from chalicelib.core.dynamo import ConditionFailed, update
from chalicelib.core.outbox import OutboxMessage
from chalicelib.core.outbox import State as Told
from chalicelib.payments.difference_models import Difference
from chalicelib.payments.differences import Kind
from chalicelib.payments.models import LedgerLine, Payment, Refund
from chalicelib.payments.refund_states import RefundState
from devstack.stack import Stack
from tests.faults import promises
from tests.scenarios.books import Books
from tests.scenarios.fair import Fair
from tests.scenarios.shop import TERSE, Shop, awaited, seen_below
from tests.scenarios.test_faults_under_load import AGAIN_SECONDS, CALM, fails, is_settled

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(2400)]

AWS = dict.fromkeys(CALM, 0.02)
M_PESA = dict.fromkeys(["lose", "duplicate", "reorder", "slow", "down", "malformed", "lie"], 0.02)
SETTINGS = {
    "DARAJA_SIM_DELAY": "0.2",
    "DARAJA_SIM_LATE": "12",
    "PROMPT_SECONDS": "3",
    "RECONCILE_SECONDS": "1",
    "HOLD_SECONDS": "10",
    "DARAJA_PUSHES_PER_SECOND": "200",
    "LIMITS_FACTOR": "1000",
}
ON_THEIR_WAY = {RefundState.ASKED, RefundState.SENDING}


def test_the_books_agree_after_2000_orders_of_every_kind(tmp_path):
    print(run(orders=2_000, buyers=24, seconds=600, folder=tmp_path))


def run(orders: int, buyers: int, seconds: float, folder: Path) -> str:
    """Sell, give back and cancel under faults, await the end, read M-Pesa's statement; a summary."""
    with Stack(SETTINGS, faulty=True, project=TERSE) as stack, seen_below(stack) as shop:
        fair = Fair(shop)
        fair.opens(events=4, buyers=buyers)
        shop.brings_again_after(AGAIN_SECONDS)
        fails(shop, AWS)
        shop.changes_simulator(**M_PESA, slow_seconds=2, reorder_seconds=4, seed=2026)
        began = time.monotonic()
        fair.runs(orders, cancelled=3)
        ordered_in = time.monotonic() - began
        awaited(lambda: is_settled(shop), seconds, pause=0.3)
        fair.gives_back(3)
        awaited(lambda: is_settled(shop) and is_given_back() and is_unwound(), seconds, pause=0.3)
        met = fails(shop, CALM)
        shop.changes_simulator(**dict.fromkeys(M_PESA, 0.0))
        reads_statement(shop, folder)
        awaited(lambda: is_settled(shop) and all_is_sent() and all_is_told(), 600, pause=0.3)
        shop.stack.end("worker")  # it would go on asking about what has expired while the books are compared
        code, table = reads_statement(shop, folder)
        broken = compare(shop)
        assert not broken, "\n".join([*broken[:20], table])
        assert code == (1 if "amount_differs" in table else 0), table
        assert falsified(shop), "a shilling too much in the ledger is not found"
        states = Counter(payment.status for payment in Payment.scan())
        return "\n".join(
            [
                f"{orders} visitors in {ordered_in:.0f} s: {dict(sorted(fair.met.items()))}",
                f"payments: {dict(states)}, refunds: {dict(Counter(one.state for one in Refund.scan()))}",
                f"AWS: {met.total()} faults",
                table,
            ]
        )


def is_given_back() -> bool:
    """Whether no refund waits for a worker or for M-Pesa's answer."""
    return not any(one.state in ON_THEIR_WAY for one in Refund.scan())


def is_unwound() -> bool:
    """Whether nobody is at work on a cancelled event any more; that takes a minute at least."""
    return not any(event.unwinding for event in Event.scan())


def all_is_sent() -> bool:
    """Whether no letter is left; one that was not announced is sent by the schedule."""
    return not any(one.state in (Told.WAITING, Told.SENDING) for one in OutboxMessage.scan())


def all_is_told() -> bool:
    """Whether no refund waits for its result. Some results were lost: a quarter of an hour passes for these.

    Then they are called unknown, as they would be; what the statement has of them is supplied already.
    """
    waiting = [one for one in Refund.scan() if one.state in {*ON_THEIR_WAY, RefundState.SENT}]
    for one in waiting:
        if one.state == RefundState.SENT:
            with suppress(ConditionFailed):  # it has moved
                update(one, [Refund.look_at.set(datetime.now(UTC))], Refund.version == one.version)
    return not waiting


def reads_statement(shop: Shop, folder: Path) -> tuple[int, str]:
    """Compare the simulator's statement with our books; the exit code, and what was printed."""
    path = folder / "statement.csv"
    answer = requests.get(f"{shop.stack.simulator_url}/simulator/statement", timeout=60)
    path.write_text(answer.text)
    done = subprocess.run(
        [sys.executable, "-m", "chalicelib.payments.statement", str(path)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, done.stdout


def compare(shop: Shop) -> list[str]:
    """A sentence for each broken promise, and for each shilling that ledger and M-Pesa do not both have.

    What callbacks have told wrongly is no surprise: the statement has found each of those.
    """
    books = Books(shop)
    found = promises.broken(books, settled=True)
    wrong = [one for one in Difference.scan() if one.open and one.kind == Kind.AMOUNT_DIFFERS]
    told_wrongly = {one.payment_id: one.ours - one.theirs for one in wrong}
    ledger: Counter[str] = Counter()
    for line in LedgerLine.scan():
        ledger[line.payment_id] += _by_mpesa(line)
    for payment in Payment.scan():
        ours, theirs = ledger[payment.id], books.held(payment.id) + told_wrongly.get(payment.id, 0)
        if ours != theirs:
            found.append(f"payment {payment.id} is {payment.status}: ledger {ours}, M-Pesa holds {theirs}")
    if sum(ledger.values()) != books.total + sum(told_wrongly.values()):
        found.append(f"the ledger has {sum(ledger.values())}, M-Pesa holds {books.total}, {told_wrongly}")
    return found


def falsified(shop: Shop) -> list[str]:
    """What is found when one line of the ledger tells of a shilling more: the control of the comparison."""
    line = next(LedgerLine.scan(LedgerLine.kind == "received"))
    line.update(actions=[LedgerLine.amount.add(1)])
    return compare(shop)


def _by_mpesa(line: LedgerLine) -> int:
    """What a line says of money at M-Pesa: what came by it, and what a reversal gave back."""
    if line.kind == "received":
        return int(line.amount) if line.code not in ("Cash", "Complimentary") else 0
    if line.kind in ("refunded", "part_refunded") and line.code == "reversal":
        return -int(line.amount)
    return 0
