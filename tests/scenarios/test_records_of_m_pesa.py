"""M-Pesa's records on the running stack: receipts come by pulling, and its statement agrees with us."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from chalicelib.payments.daraja.transactions import NAIROBI
from chalicelib.payments.difference_models import OPEN, WATCHED, Difference
from chalicelib.payments.models import Refund
from tests.scenarios.shop import Shop, awaited, seen_below
from tests.scenarios.test_refunds import Sale

pytestmark = pytest.mark.stack

#: Paid, and the callback is never sent.
LOST = "254700100001"
ROOT = Path(__file__).parent.parent.parent


class Operator:
    """Downloads the statement of what has happened since they came, and compares it."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop, self.file = shop, folder / "statement.csv"
        self.since = datetime.now(UTC).replace(microsecond=0)

    def downloads(self) -> str:
        answer = requests.get(f"{self.shop.stack.simulator_url}/simulator/statement", timeout=10)
        return answer.content.decode("utf-8")

    def compares(self, text: str) -> subprocess.CompletedProcess[str]:
        self.file.write_bytes(text.encode())
        since, until = self.since.astimezone(NAIROBI), datetime.now(NAIROBI) + timedelta(days=1)
        period = ["--from", f"{since:%Y-%m-%d %H:%M:%S}", "--to", f"{until:%Y-%m-%d}"]
        return subprocess.run(
            [sys.executable, "-m", "chalicelib.payments.statement", str(self.file), *period],
            cwd=ROOT,
            env=os.environ | self.shop.stack.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def operator(asking_shop, tmp_path) -> Operator:
    return Operator(asking_shop, tmp_path)


def standing(shop: Shop, since: datetime) -> list[tuple[str, str]]:
    with seen_below(shop.stack):
        found = Difference.by_open.query(OPEN, Difference.at >= since)
        return sorted((one.kind, one.about) for one in found)


def pulls_now(shop: Shop) -> None:
    """As if the two minutes were over after which a missing receipt is looked for."""
    with seen_below(shop.stack):
        for row in Difference.by_open.query(WATCHED):
            Difference(row.about, row.kind).update([Difference.at.set(datetime.now(UTC))])


def test_receipts_that_no_callback_brought_are_pulled_and_the_statement_agrees(asking_shop, operator):
    shop = asking_shop
    sale = Sale(shop)
    sale.refunds()
    sale.awaits("done")
    event, buyer = shop.event(), shop.person()
    lost = buyer.buys(event, 2, LOST)
    assert buyer.awaits(lost, "Completed")["receipt"] is None

    pulls_now(shop)
    payment = awaited(lambda: one if (one := buyer.payment(lost))["receipt"] else None)

    (paid,) = [line for line in operator.downloads().splitlines() if line.startswith(payment["receipt"])]
    assert [line["kind"] for line in payment["ledger"]] == ["asked", "received", "receipt"]
    agreed = operator.compares(operator.downloads())
    assert (agreed.returncode, agreed.stdout) == (0, ""), agreed.stderr

    doctored = operator.downloads().replace(paid + "\n", "").replace(paid + "\r\n", "")
    found = operator.compares(doctored)
    assert found.returncode == 1, found.stderr
    assert f"known_but_unpaid  {payment['receipt']}" in found.stdout
    assert standing(shop, operator.since) == [("known_but_unpaid", payment["receipt"])]

    assert operator.compares(operator.downloads()).returncode == 0
    assert standing(shop, operator.since) == []


def test_a_receipt_that_is_missing_comes_from_the_statement(asking_shop, operator):
    event, buyer = asking_shop.event(), asking_shop.person()
    lost = buyer.buys(event, 1, LOST)
    assert buyer.awaits(lost, "Completed")["receipt"] is None

    done = operator.compares(operator.downloads())

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 settled, 0 differences" in done.stderr
    assert buyer.payment(lost)["receipt"]


def test_what_is_no_statement_is_refused(operator):
    refused = operator.compares("this,is\nno,statement\n")

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "is this M-Pesa's statement, as CSV?" in refused.stderr


def test_a_reversal_of_which_nobody_told_is_asked_about_and_done(asking_shop):
    """It was carried out, and its result was never sent."""
    shop = asking_shop
    sale = Sale(shop, "254700200001")
    sale.refunds()
    sale.awaits("sent")

    for state in (
        "unknown",
        "done",
    ):  # as if the minutes were over, first of waiting, then before the question
        with seen_below(shop.stack):
            Refund(sale.id, 1).update([Refund.look_at.set(datetime.now(UTC))])
        done = sale.awaits(state)

    assert (done["status"], done["refunded_amount"]) == ("Refunded", 1000)
    assert sale.is_back()
    assert len(shop.log("reversal", receipt=sale.receipt)) == 1
    assert len(shop.log("status")) == 1
