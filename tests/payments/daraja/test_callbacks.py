import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.payments.daraja.callbacks import Malformed, parse
from chalicelib.payments.daraja.results import FAILURES, normalised
from tests.actors import callback_body

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Body", "stkCallback", "ResultCode", "CallbackMetadata", "Item", "Name", "Value"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def test_a_success_is_read_by_the_names_of_its_items():
    result = parse(json.dumps(callback_body(0, 2000.0, "TKX0000001", "ws_CO_1")))

    assert result.is_paid
    assert (result.receipt, result.amount, result.checkout_request_id) == (
        "TKX0000001",
        Decimal(2000),
        "ws_CO_1",
    )


@pytest.mark.parametrize("code", [1032, "1032", " 1032 ", "01032"])
def test_a_code_is_the_same_as_number_and_as_text(code):
    assert normalised(code) == "1032"
    assert parse(json.dumps(callback_body(code, 1, "", "x"))).failure.code == "cancelled_on_phone"


def test_missing_and_masked_parts_are_none():
    body = callback_body(0, 2000.0, "TKX0000001", "ws_CO_1")
    body["Body"]["stkCallback"]["CallbackMetadata"] = {
        "Item": [{"Name": "PhoneNumber", "Value": "2547***678"}]
    }

    result = parse(json.dumps(body))

    assert result.is_paid
    assert (result.receipt, result.amount) == (None, None)


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "much", [], {}, "1e3000000", -1])
def test_an_amount_that_is_none_is_none(amount):
    assert parse(json.dumps(callback_body(0, amount, "TKX", "x"))).amount is None


@given(JSON)
def test_whatever_comes_is_read_or_refused(data):
    try:
        result = parse(json.dumps(data))
    except Malformed:
        return
    assert isinstance(result.code, str)


@given(st.text())
def test_whatever_text_comes_is_read_or_refused(text):
    with pytest.raises(Malformed):
        parse(text)


def test_every_failure_has_a_sentence_for_the_customer():
    for code, failure in FAILURES.items():
        assert failure.message.endswith("."), code
        assert normalised(code) == code
