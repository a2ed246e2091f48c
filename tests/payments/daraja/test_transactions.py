"""Pull Transactions: what its answers tell, whatever else they hold."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.payments.daraja.answers import NoAnswer
from chalicelib.payments.daraja.transactions import NotPulled, Transaction, pulled
from devstack.daraja_simulator import Config, running
from tests.payments.daraja.test_client import mpesa, prompt

ROW = {
    "transactionId": "TKX1234567",
    "trxDate": "2026-11-24T12:00:05+03:00",
    "msisdn": 254712345678,
    "sender": "MPESA",
    "transactiontype": "c2b-pay-bill-debit",
    "billreference": "7C1F00AA22BB",
    "amount": "4000.0",
    "organizationname": "TIKETI TAMASHA",
}
READ = Transaction("TKX1234567", datetime(2026, 11, 24, 9, 0, 5, tzinfo=UTC), Decimal(4000), "7c1f00aa22bb")


def answer(*rows: object) -> dict[str, object]:
    return {"ResponseRefID": "1", "ResponseCode": "1000", "ResponseMessage": "Success", "Response": [*rows]}


@pytest.mark.parametrize("found", [answer([ROW]), answer(ROW)])
def test_the_list_is_seen_within_a_list_and_alone(found):
    assert pulled(found) == ([READ], 1)


def test_a_till_has_no_reference_and_a_time_without_offset_is_nairobis():
    row = ROW | {"billreference": "", "trxDate": "2026-11-24 12:00:05"}

    assert pulled(answer([row])).transactions == [READ._replace(reference=None)]


@pytest.mark.parametrize(
    "changes",
    [
        {"transactionId": "2547*****"},
        {"transactionId": None},
        {"amount": "0"},
        {"amount": "-1"},
        {"amount": "NaN"},
        {"trxDate": "yesterday"},
        {"trxDate": "0001-01-01T00:00:00+03:00"},
    ],
)
def test_what_cannot_be_read_is_left_out_but_counted(changes):
    found = answer([ROW | changes, ROW])

    assert pulled(found) == ([READ], 2)


@pytest.mark.parametrize("data", [{}, {"Response": None}, {"Response": {"a": 1}}, {"errorCode": "500"}])
def test_what_is_no_list_tells_nothing(data):
    with pytest.raises(NotPulled):
        pulled(data)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*ROW, "x"]), inner),
)


@given(st.dictionaries(st.sampled_from(["Response", "ResponseCode"]), _JSON))
def test_whatever_m_pesa_answers_is_read_or_refused(data):
    try:
        found = pulled(data)
    except NotPulled:
        return
    assert all(one.amount > 0 and one.at.tzinfo for one in found.transactions)
    assert len(found.transactions) <= found.told


def test_the_client_pulls_what_the_simulator_has_page_by_page():
    with running(Config(delay=0.0)) as simulator:
        client = mpesa(simulator.url)
        client.push(prompt("254708374149"))
        (paid,) = simulator.books()["payments"]
        at = datetime.fromisoformat(paid["paid_at"])
        since, until = at - timedelta(minutes=1), at + timedelta(minutes=1)

        page = client.pull(since, until, 0)
        rest = client.pull(since, until, page.told)

    (money,) = page.transactions
    assert (money.receipt, money.amount) == (paid["receipt"], paid["amount"])
    assert (money.at, money.reference) == (at.replace(microsecond=0), paid["account_reference"].lower())
    assert rest == ([], 0)


def test_a_short_code_that_is_not_registered_and_a_gateway_that_is_down_give_no_answer():
    now = datetime.now(UTC)
    with running(Config(pulls=False)) as simulator:
        with pytest.raises(NoAnswer, match="400"):
            mpesa(simulator.url).pull(now, now, 0)
        simulator.change({"outage": True})
        with pytest.raises(NoAnswer):
            mpesa(simulator.url).register_pulling("254722000000", "https://shop.example")
