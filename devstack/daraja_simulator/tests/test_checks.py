"""What Daraja takes and what it refuses, without HTTP."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..checks import MOST_KES, check_push, check_query, nairobi_timestamp, password_for
from ..config import TILL, Config
from ..refusals import Refused
from .merchant import push_body, query_body

NOW = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
CONFIG = Config()


def refusal(body: Any, config: Config = CONFIG) -> tuple[int, str, str]:
    with pytest.raises(Refused) as refused:
        check_push(body, config, NOW)
    told = refused.value.refusal
    return told.status, told.code, told.message


def at(instant: datetime) -> dict[str, str]:
    timestamp = nairobi_timestamp(instant)
    return {"Timestamp": timestamp, "Password": password_for(CONFIG.shortcode, CONFIG.passkey, timestamp)}


def test_a_good_push_is_understood():
    push = check_push(push_body(NOW), CONFIG, NOW)

    assert (push.phone, push.amount, push.account_reference) == ("254708374149", 100, "TT-1")


def test_numbers_may_come_in_quotes_and_without():
    body = push_body(NOW, Amount="100", PhoneNumber=254708374149, BusinessShortCode=174379, PartyB=174379)

    assert check_push(body, CONFIG, NOW).phone == "254708374149"


@given(st.integers(1, MOST_KES))
def test_every_whole_amount_up_to_the_limit_is_taken(amount):
    assert check_push(push_body(NOW, Amount=amount), CONFIG, NOW).amount == amount


@given(
    st.one_of(
        st.integers(max_value=0),
        st.integers(min_value=MOST_KES + 1),
        st.floats(),
        st.booleans(),
        st.just("10.5"),
        st.just("१०"),
        st.just(" 10"),
        st.lists(st.integers()),
    )
)
def test_any_other_amount_is_refused(amount):
    assert refusal(push_body(NOW, Amount=amount)) == (400, "400.002.02", "Bad Request - Invalid Amount")


@given(st.from_regex(r"254[17][0-9]{8}", fullmatch=True, alphabet=st.characters(max_codepoint=127)))
def test_every_safaricom_number_is_taken(phone):
    assert check_push(push_body(NOW, phone=phone), CONFIG, NOW).phone == phone


@pytest.mark.parametrize(
    "phone", ["0708374149", "+254708374149", "254208374149", "25470837414", "2547083741490", "254708374149\n"]
)
def test_any_other_number_is_refused(phone):
    assert refusal(push_body(NOW, phone=phone))[2] == "Bad Request - Invalid PhoneNumber"


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.integers())))
def test_whatever_the_body_is_the_answer_is_a_refusal(body):
    assert refusal(body) == (400, "400.002.05", "Invalid Request Payload")


@given(
    st.sampled_from(sorted(push_body(NOW))),
    st.one_of(st.none(), st.booleans(), st.floats(), st.text(max_size=3), st.lists(st.text())),
)
def test_a_field_of_the_wrong_kind_never_breaks_the_check(field, value):
    with suppress(Refused):
        check_push({**push_body(NOW), field: value}, CONFIG, NOW)


@pytest.mark.parametrize("field", sorted(push_body(NOW)))
def test_every_field_is_needed(field):
    assert refusal(push_body(NOW, **{field: None})) == (400, "400.002.02", f"Bad Request - Invalid {field}")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("PartyA", "254708374140"),
        ("PartyB", "600000"),
        ("BusinessShortCode", "shop"),
        ("AccountReference", "THIRTEENCHARS"),
        ("AccountReference", " "),
        ("TransactionDesc", "FOURTEEN CHARS"),
        ("TransactionDesc", ""),
        ("TransactionType", TILL),
        ("TransactionType", "CustomerBuysGoods"),
    ],
)
def test_a_wrong_field_is_named(field, value):
    assert refusal(push_body(NOW, **{field: value})) == (400, "400.002.02", f"Bad Request - Invalid {field}")


def test_a_till_pays_the_till():
    config = Config(party_b="512345", transaction_type=TILL)

    assert check_push(push_body(NOW, PartyB="512345", TransactionType=TILL), config, NOW)
    assert refusal(push_body(NOW, TransactionType=TILL), config)[2] == "Bad Request - Invalid PartyB"


@given(st.integers(-300, 300))
def test_a_timestamp_of_the_present_in_nairobi_is_taken(seconds):
    assert check_push(push_body(NOW, **at(NOW + timedelta(seconds=seconds))), CONFIG, NOW)


@pytest.mark.parametrize("hours", [-3, -1, 1, 3])
def test_a_timestamp_of_another_zone_is_refused(hours):
    body = push_body(NOW, **at(NOW + timedelta(hours=hours)))

    assert refusal(body) == (400, "400.002.02", "Bad Request - Invalid Timestamp")


@pytest.mark.parametrize(
    "timestamp", ["2026-03-02 01:30", "20260302013", "20261302013000", "２０２６０３０２０１３０００"]
)
def test_a_timestamp_of_another_shape_is_refused(timestamp):
    assert refusal(push_body(NOW, Timestamp=timestamp))[2] == "Bad Request - Invalid Timestamp"


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/callbacks?token=a-b_c",
        "http://127.0.0.1:8000/cb",
        "http://localhost/cb",
        "http://[::1]:8000/cb",
    ],
)
def test_a_safe_callback_url_is_taken(url):
    assert check_push(push_body(NOW, CallBackURL=url), CONFIG, NOW).callback_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/cb",
        "http://10.0.0.1/cb",
        "ftp://shop.example/cb",
        "https:///cb",
        "https://shop.example:port/cb",
        "https://shop.example/a b",
        "shop.example/cb",
        "https://shop.example/" + "a" * 2048,
        *[f"https://shop.example/{word}" for word in ("mpesa", "Safaricom", "SQL", "query", "cmd", "exe")],
        "https://mpesa.shop.example/cb",
    ],
)
def test_any_other_callback_url_is_refused(url):
    assert refusal(push_body(NOW, CallBackURL=url))[2] == "Bad Request - Invalid CallBackURL"


def test_a_wrong_password_and_a_wrong_short_code_are_told_apart():
    wrong_password = push_body(NOW, Password=password_for("174379", "another", nairobi_timestamp(NOW)))

    assert refusal(wrong_password) == (500, "500.001.1001", "Wrong credentials")
    assert refusal(push_body(NOW, BusinessShortCode="600000"))[1:] == (
        "500.001.1001",
        "Merchant does not exist",
    )


def test_a_query_is_checked_like_a_push():
    assert check_query(query_body("ws_CO_1", NOW), CONFIG, NOW) == "ws_CO_1"
    for changes in ({"Password": "x"}, {"Timestamp": "20260301223000"}, {"CheckoutRequestID": 1}):
        with pytest.raises(Refused):
            check_query(query_body("ws_CO_1", NOW, **changes), CONFIG, NOW)
