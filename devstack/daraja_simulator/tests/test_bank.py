"""Prompts, tokens and money, without HTTP and with a clock of the test's own."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .. import phones
from ..bank import TOKEN_SECONDS, Bank, Prompt
from ..callbacks import plan, stk_callback
from ..checks import Push
from ..phones import Said, script_for
from ..refusals import Refused
from ..results import RESULTS, description
from ..settings import Settings

NOW = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
SETTINGS = Settings(delay=10, late=300)
PHONE = "254708374149"


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def prompt_on(
    bank: Bank, phone: str, amount: int = 100, settings: Settings = SETTINGS, at: float = 0
) -> Prompt:
    return bank.prompt(Push(phone, amount, "TT-1", "https://shop.example/cb"), settings, after(at))


def test_a_token_is_good_until_it_expires_or_the_next_one_is_made():
    bank = Bank()
    first = bank.new_token(NOW)
    bank.authorize(f"Bearer {first}", after(TOKEN_SECONDS - 1))
    with pytest.raises(Refused, match=r"404\.001\.03"):
        bank.authorize(f"Bearer {first}", after(TOKEN_SECONDS))

    second = bank.new_token(NOW)

    bank.authorize(f"Bearer {second}", NOW)
    with pytest.raises(Refused, match=r"404\.001\.03"):
        bank.authorize(f"Bearer {first}", NOW)


def test_the_money_is_there_from_the_moment_the_customer_answers():
    bank = Bank()
    prompt = prompt_on(bank, PHONE)

    with pytest.raises(Refused, match="being processed"):
        bank.result(prompt.checkout_request_id, after(9.9))
    assert bank.payments(after(9.9)) == []
    assert bank.result(prompt.checkout_request_id, after(10))[1] == "0"
    (payment,) = bank.payments(after(10))
    assert (payment.amount, payment.phone, payment.paid_at) == (100, PHONE, after(10))


def test_a_phone_shows_one_prompt_at_a_time():
    bank = Bank()
    prompt_on(bank, PHONE)

    with pytest.raises(Refused, match="Unable to lock subscriber"):
        prompt_on(bank, PHONE, at=9.9)
    prompt_on(bank, "254708374150", at=9.9)
    prompt_on(bank, PHONE, at=10)


def test_one_prompt_at_a_time_can_be_turned_off():
    bank = Bank()
    settings = SETTINGS.changed({"one_prompt_per_phone": False})

    identifiers = {prompt_on(bank, PHONE, settings=settings).checkout_request_id for _ in range(50)}

    assert len(identifiers) == 50
    assert len({payment.receipt for payment in bank.payments(after(10))}) == 50


def test_identifiers_look_like_mpesas():
    prompt = prompt_on(Bank(), PHONE)

    assert prompt.checkout_request_id == "ws_CO_02032026013000000708374149"
    assert re.fullmatch(r"[0-9]{5}-[0-9]{8}-1", prompt.merchant_request_id) is not None
    # 2026 is U, March is C, the 2nd is 2: the day in Nairobi, not in UTC.
    assert re.fullmatch(r"UC2[A-Z0-9]{7}", prompt.receipt or "") is not None


@given(st.integers(0, 9999))
def test_the_phones_that_fail_carry_their_code(code):
    phone = f"25470000{code:04d}"
    bank = Bank()
    prompt = prompt_on(bank, phone)

    assert bank.result(prompt.checkout_request_id, after(10))[1] == str(code)
    assert (len(bank.payments(after(10))) == 1) == (code == 0)
    assert description(str(code))


def test_a_payment_that_is_processed_for_ever_gets_no_callback():
    assert script_for("254700004999").callbacks == ()


@given(st.from_regex(r"254[17][0-9]{8}", fullmatch=True))
def test_any_other_phone_pays(phone):
    if phone not in phones.SCRIPTS and not phone.startswith("25470000"):
        assert script_for(phone) == phones.ORDINARY


def test_a_success_is_told_in_darajas_shape():
    prompt = prompt_on(Bank(), PHONE, amount=1)

    told = stk_callback(prompt, Said())["Body"]["stkCallback"]

    assert told == {
        "MerchantRequestID": prompt.merchant_request_id,
        "CheckoutRequestID": prompt.checkout_request_id,
        "ResultCode": 0,
        "ResultDesc": RESULTS["0"],
        "CallbackMetadata": {
            "Item": [
                {"Name": "Amount", "Value": 1.0},
                {"Name": "MpesaReceiptNumber", "Value": prompt.receipt},
                {"Name": "Balance"},
                {"Name": "TransactionDate", "Value": 20260302013010},
                {"Name": "PhoneNumber", "Value": 254708374149},
            ]
        },
    }
    assert isinstance(told["CallbackMetadata"]["Item"][0]["Value"], float)


@pytest.mark.parametrize(("result", "told"), [("1032", 1032), ("SFC_IC0003", "SFC_IC0003")])
def test_a_failure_has_no_metadata(result, told):
    body = stk_callback(prompt_on(Bank(), PHONE), Said(result=result))["Body"]["stkCallback"]

    assert body["ResultCode"] == told
    assert "CallbackMetadata" not in body


@given(st.integers(1, 250_000))
def test_the_wrong_amount_is_always_wrong_and_never_nothing(amount):
    prompt = prompt_on(Bank(), PHONE, amount)

    (told, *_) = stk_callback(prompt, Said(wrong_amount=True))["Body"]["stkCallback"]["CallbackMetadata"][
        "Item"
    ]

    assert told["Value"] != amount
    assert told["Value"] >= 1


@given(st.integers(), st.permutations(range(6)))
def test_with_a_seed_each_phone_has_the_same_fate_in_whatever_order_they_come(seed, order):
    settings = SETTINGS.changed({"seed": seed, "lose": 0.5, "duplicate": 0.5, "reorder": 0.5})

    def fates(numbers):
        bank = Bank()
        prompts = {n: prompt_on(bank, f"25471100000{n}", settings=settings) for n in numbers}
        plans = {n: plan(prompt, settings) for n, prompt in prompts.items()}
        return {n: [(p.due, [x.lost for x in p.letters]) for p in plans[n]] for n in sorted(plans)}

    assert fates(range(6)) == fates(order)


def test_without_disorder_every_callback_is_sent_once_when_the_customer_answers():
    prompt = prompt_on(Bank(), PHONE)

    (parcel,) = plan(prompt, SETTINGS)

    assert parcel.due == prompt.answered_at
    assert [letter.lost for letter in parcel.letters] == [False]


def test_a_reset_forgets_everything_but_the_token():
    bank = Bank()
    token = bank.new_token(NOW)
    prompt = prompt_on(bank, PHONE)

    bank.clear()

    assert bank.payments(after(99)) == []
    assert bank.find(prompt.checkout_request_id) is None
    bank.authorize(f"Bearer {token}", NOW)
