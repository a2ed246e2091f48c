"""M-Pesa's own records: what can be pulled, and what the portal's statement says."""

import csv
import io
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest
import requests

from .. import phones, records
from ..bank import Payment
from ..checks import NAIROBI
from ..config import Config
from ..server import PULL, REGISTER, running
from .merchant import Merchant, Receiver

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def pull_body(**changes: object) -> dict[str, object]:
    now = datetime.now(NAIROBI)
    body = {
        "ShortCode": "174379",
        "StartDate": f"{now - timedelta(hours=1):%Y-%m-%d %H:%M:%S}",
        "EndDate": f"{now + timedelta(hours=1):%Y-%m-%d %H:%M:%S}",
        "OffSetValue": "0",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def payment(number: int, at: datetime) -> Payment:
    return Payment(f"TKX{number:07d}", f"ws_CO_{number}", "7c1f00aa22bb", "254712345678", 100, at)


def statement(merchant: Merchant, day: str = "") -> list[dict[str, str]]:
    answer = requests.get(
        f"{merchant.simulator.url}/simulator/statement", params={"day": day or None}, timeout=5
    )
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text[text.index("Receipt No.") :])))


def test_money_that_came_can_be_pulled_with_its_reference(merchant: Merchant):
    receipt = merchant.paid_by(phones.CALLBACK_LOST)
    merchant.prompts("254700001032")  # refuses

    answer = merchant.post(PULL, pull_body()).json()

    ((row,),) = answer["Response"]
    assert (row["transactionId"], row["billreference"], row["amount"]) == (receipt, "TT-1", "100.0")
    assert abs(datetime.fromisoformat(row["trxDate"]) - datetime.now(UTC)) < timedelta(minutes=1)


def test_pages_follow_one_another_by_offset_and_end_with_an_empty_one():
    paid = [payment(number, NOW - timedelta(minutes=number)) for number in reversed(range(250))]

    def receipts(offset: int) -> list[str]:
        asked = records.Pull(NOW - timedelta(days=1), NOW, offset)
        return [row["transactionId"] for row in records.pulled(paid, asked, NOW)["Response"][0]]

    pages = [receipts(offset) for offset in (0, 100, 200, 250)]
    assert [len(page) for page in pages] == [100, 100, 50, 0]
    assert [*chain(*pages)] == [one.receipt for one in paid]


def test_what_is_older_than_48_hours_is_forgotten():
    paid = [payment(1, NOW - timedelta(hours=49)), payment(2, NOW - timedelta(hours=47))]
    asked = records.Pull(NOW - timedelta(days=9), NOW, 0)

    (page,) = records.pulled(paid, asked, NOW)["Response"]
    assert [row["transactionId"] for row in page] == ["TKX0000002"]


@pytest.mark.parametrize("field", ["ShortCode", "StartDate", "EndDate", "OffSetValue"])
@pytest.mark.parametrize("value", [None, "", {}, "-1", "24/11/2026"])
def test_a_wrong_field_is_refused(merchant: Merchant, field: str, value: object):
    answer = merchant.post(PULL, pull_body(**{field: value}))

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "400.002.02")
    assert field in answer.json()["errorMessage"]


def test_a_short_code_has_to_be_registered_first(receiver: Receiver):
    with running(Config(pulls=False)) as simulator:
        merchant = Merchant(simulator, receiver)
        before = merchant.post(PULL, pull_body()).status_code
        body = {
            "ShortCode": "174379",
            "RequestType": "Pull",
            "NominatedNumber": "254722000000",
            "CallBackURL": "https://shop.example/pull",
        }
        told = [merchant.post(REGISTER, body).json()["ResponseStatus"] for _ in range(2)]

        assert (before, told) == (400, ["1000", "1001"])
        assert merchant.post(PULL, pull_body()).status_code == 200


def test_the_statement_has_money_that_came_and_reversals(merchant: Merchant, receiver: Receiver):
    kept, back = merchant.paid_by("254711000001"), merchant.paid_by("254711000002")
    merchant.reverses(back)
    ((_, result),) = receiver.has_results(1)

    lines = statement(merchant)

    assert [line["Receipt No."] for line in lines] == [kept, back, result["TransactionID"]]
    assert [(line["Paid In"], line["Withdrawn"]) for line in lines] == [
        ("100.00", ""),
        ("100.00", ""),
        ("", "-100.00"),
    ]
    assert (lines[0]["A/C No."], lines[2]["Linked Transaction ID"]) == ("TT-1", back)
    assert lines[2]["Balance"] == "100.00"
    assert statement(merchant, f"{datetime.now(NAIROBI):%Y-%m-%d}") == lines
    assert statement(merchant, "2020-01-01") == []
