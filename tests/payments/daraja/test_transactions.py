"""Pull Transactions: what its answers tell, whatever else they hold."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.payments.daraja.transactions import NotPulled, Transaction, count, pulled

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
    assert pulled(found) == [READ]
    assert count(found) == 1


def test_a_till_has_no_reference_and_a_time_without_offset_is_nairobis():
    row = ROW | {"billreference": "", "trxDate": "2026-11-24 12:00:05"}

    assert pulled(answer([row])) == [READ._replace(reference=None)]


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

    assert (pulled(found), count(found)) == ([READ], 2)


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
    assert all(one.amount > 0 and one.at.tzinfo for one in found)
    assert len(found) <= count(data)
