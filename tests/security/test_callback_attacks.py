"""Whoever calls the callback URLs: forgers, those with a leaked URL, and floods of what is no result.

A callback's URL is all that proves it. So nothing without the right one changes anything or learns anything;
what comes with it is still only believed as far as the payment itself allows.
"""

import json
import logging
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import log
from chalicelib.core.settings import settings as present
from chalicelib.payments.callback_urls import RESULT, STATUS, STK, TIMEOUT, is_genuine, token_of
from chalicelib.payments.daraja import callbacks, reversals
from tests.actors import callback_body

MARK = "a-mark-that-must-not-be-logged"


@pytest.fixture
def sale(organizer, buyer, safaricom):
    """Two payments with an open prompt each."""

    class Sale:
        event = organizer.event()
        payment = buyer.buys(event)
        other = buyer.buys(event)
        paths = tuple(urlsplit(prompt.callback_url).path for prompt in safaricom.prompts)

        def now(self):
            return [buyer.payment(self.payment), buyer.payment(self.other)]

    return Sale()


def paid(amount=2000.0, checkout="ws_CO_1", receipt="TKX1234567", **more):
    return callback_body(0, amount, receipt, checkout) | more


def forged(sale):
    """Addresses of which each is nearly the right one."""
    _, _, payment, number, token = sale.paths[0].split("/")
    other = sale.paths[1].split("/")
    tokens = {
        other[4],
        *(token_of(present(), kind, payment, 1) for kind in (RESULT, TIMEOUT, STATUS)),
        token_of(present(), STK, payment, 2),
        token[:-1],
        token + "0",
        token.upper(),
        token[::-1],
        "0" * 64,
        "%00" + token,
        token + "%0a",
        "%20" + token,
        "null",
        "é" * 32,
    }
    yield from (f"/lnmo/{payment}/{number}/{one}" for one in tokens)
    yield f"/lnmo/{other[2]}/{number}/{token}"
    yield from (
        f"/lnmo/{payment}/{one}/{token}" for one in ("2", "0", "-1", "1.0", "1e0", "%31%00", "１", "9" * 40)
    )
    yield f"/lnmo/{payment}/{number}/{token}/reversal"
    yield f"/lnmo/{payment}%3A1/{number}/{token}"


def test_no_forged_address_changes_or_tells_anything(town, sale, caplog):
    before = sale.now()
    answers = {}
    for path in forged(sale):
        answer = town.asks("POST", path, paid())
        answers[path] = (answer.status, {**answer.body, "request_id": ""})

    assert {status for status, _ in answers.values()} == {404}
    assert len({json.dumps(body) for _, body in answers.values()}) == 1, "each forger hears the same"
    assert (town.settles(), town.refunds()) == (0, 0)
    assert sale.now() == before
    assert town.asks("POST", sale.paths[0], paid()).status == 200, "the control"
    assert town.settles() == 1


BODIES = {
    "nothing": b"",
    "a megabyte": b'{"Body": "' + b"x" * 1_000_000 + b'"}',
    "a megabyte of blanks": b" " * 1_000_000,
    "a result with a megabyte behind it": json.dumps(paid()).encode() + b" " * 1_000_000,
    "levels": b"[" * 16_000,
    "objects in objects": b'{"Body":' * 1_900 + b"1" + b"}" * 1_900,
    "a form": b"Body=1&ResultCode=0",
    "XML": b"<Body><ResultCode>0</ResultCode></Body>",
    "not UTF-8": b'{"Body": "\xff"}',
    "UTF-16": json.dumps(paid()).encode("utf-16"),
    "an array": json.dumps([paid()]).encode(),
    "a text": json.dumps(json.dumps(paid())).encode(),
    "null": b"null",
    "a list for an object": b'{"Body": [{"stkCallback": {"ResultCode": 0}}]}',
    "no code": b'{"Body": {"stkCallback": {"ResultDesc": "ok"}}}',
    "items that are none": b'{"Body":{"stkCallback":{"ResultCode":0,"CallbackMetadata":{"Item":[1, "a"]}}}}',
    "an item without a name": b'{"Body":{"stkCallback":{"ResultCode":0,"CallbackMetadata":{"Item":[{}]}}}}',
    "metadata that is a text": b'{"Body": {"stkCallback": {"ResultCode": 0, "CallbackMetadata": "x"}}}',
    "a number without end": b'{"Body": {"stkCallback": {"ResultCode": ' + b"9" * 5_000 + b"}}}",
}


def test_a_flood_of_what_is_no_result_is_refused_and_changes_nothing(town, sale):
    before = sale.now()
    for _ in range(3):
        for what, body in BODIES.items():
            answer = town.asks("POST", sale.paths[0], body)
            assert (answer.status, answer.body["code"]) == (400, "bad_request"), what

    assert town.settles() == 0
    assert sale.now() == before


#: A genuine URL, and a result that is not what M-Pesa would say of this payment.
LIES = {
    "another prompt": paid(checkout="ws_CO_2"),
    "less": paid(amount=1.0),
    "more": paid(amount=2_000_000.0),
    "nothing": paid(amount=0),
    "less than nothing": paid(amount=-2000.0),
    "a fraction": paid(amount=1999.99),
    "an amount in words": paid(amount="two thousand"),
    "an amount that is a list": paid(amount=[2000]),
    "an amount that is an object": paid(amount={"$gt": 0}),
    "an amount that is true": paid(amount=True),
    "an amount as large as it gets": paid(amount="1e309"),
    "no number": paid(amount="NaN"),
    "no end": paid(amount="Infinity"),
    "a code that is a list": {"Body": {"stkCallback": {"ResultCode": [0], "CheckoutRequestID": "ws_CO_1"}}},
    "a code that is false": {"Body": {"stkCallback": {"ResultCode": False, "CheckoutRequestID": "ws_CO_1"}}},
    "a code that is nothing": {"Body": {"stkCallback": {"ResultCode": None, "CheckoutRequestID": "ws_CO_1"}}},
    "a code of its own": {"Body": {"stkCallback": {"ResultCode": MARK, "CheckoutRequestID": "ws_CO_1"}}},
    "a code in a fraction": {"Body": {"stkCallback": {"ResultCode": 0.5, "CheckoutRequestID": "ws_CO_1"}}},
}
#: These do not say how much was paid: M-Pesa has masked parts before, so it is believed, with an alert.
UNTOLD = {
    what
    for what in LIES
    if what.startswith("an amount") or what in ("no number", "no end", "less than nothing", "more")
} - {"more"}


@pytest.mark.parametrize("what", LIES)
def test_a_leaked_url_buys_no_ticket_with_a_lie(town, sale, buyer, caplog, what):
    assert town.asks("POST", sale.paths[0], LIES[what]).status in (200, 400)
    town.settles()

    payment, other = sale.now()
    assert other["status"] == "Pending"
    if payment["status"] == "Completed":
        assert what in UNTOLD
        assert "settlement.amount_not_told" in caplog.text
    else:
        assert payment["tickets"] == []
    assert MARK * 2 not in caplog.text


def test_an_amount_as_text_is_the_amount(town, sale):
    town.asks("POST", sale.paths[0], paid(amount="2000.00"))
    town.settles()

    assert sale.now()[0]["status"] == "Completed"


def test_what_is_sent_again_and_again_counts_once(town, sale, buyer):
    for _ in range(5):
        assert town.asks("POST", sale.paths[0], paid()).status == 200
    refused = {"Body": {"stkCallback": {"ResultCode": 1032, "CheckoutRequestID": "ws_CO_1"}}}
    for _ in range(3):
        assert town.asks("POST", sale.paths[0], refused).status == 200
    assert town.settles() == 8

    payment, _ = sale.now()
    assert (payment["status"], len(payment["tickets"])) == ("Completed", 1)
    assert [line["kind"] for line in payment["ledger"]].count("received") <= 1


def test_a_receipt_of_another_payment_pays_nothing_more(town, sale):
    town.asks("POST", sale.paths[0], paid(receipt="TKX7777777"))
    town.asks("POST", sale.paths[1], paid(receipt="TKX7777777", checkout="ws_CO_2"))
    town.settles()

    assert sorted(payment["status"] for payment in sale.now()) == ["Completed", "Pending"]


def test_nothing_that_a_stranger_sends_is_logged(town, sale, caplog, capsys):
    """Nor what somebody with a genuine URL sends, but for its length and the code."""
    for path in (sale.paths[0], sale.paths[0][:-4] + "0000", f"{sale.paths[0]}/reversal"):
        for body in (
            json.dumps({MARK: MARK}).encode(),
            json.dumps(paid(receipt=MARK)).encode(),
            json.dumps({"Body": {"stkCallback": {"ResultCode": 1032, "ResultDesc": MARK}}}).encode(),
            MARK.encode() + b"\r\n{}\x1b[31m",
        ):
            town.asks("POST", path, body, {"User-Agent": MARK, "X-Forwarded-For": MARK, "Content-Type": MARK})
    town.settles()
    town.refunds()

    logged = "\n".join(map(log._Line().format, caplog.records)) + capsys.readouterr().out
    assert MARK not in logged
    assert sale.paths[0].rsplit("/", 1)[1] not in logged


def test_no_header_makes_somebody_safaricom(town, sale, monkeypatch):
    """Where addresses are limited it is the connection's that counts, which API Gateway tells."""
    from dataclasses import replace

    from chalicelib.payments import routes

    limited = replace(present(), daraja_callback_sources=("196.201.214.200",))
    monkeypatch.setattr(routes, "settings", lambda: limited)
    for name in (
        "X-Forwarded-For",
        "X-Real-IP",
        "Forwarded",
        "True-Client-IP",
        "CF-Connecting-IP",
        "X-Client-IP",
    ):
        for value in ("196.201.214.200", "for=196.201.214.200"):
            assert town.asks("POST", sale.paths[0], paid(), {name: value}).status == 404


def test_a_log_line_is_one_line_of_ascii_whatever_it_tells():
    nasty = 'a\r\n{"level": "INFO"}\x00\x1b[31m\u2028\u2029\x85\u202e\ud800"'
    facts = {nasty: nasty, "list": [nasty], "thing": object()}

    line = log._Line().format(logging.makeLogRecord({"msg": nasty, "facts": facts}))

    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["event"] == nasty


def test_what_a_line_must_not_tell_is_left_out_of_each_line_of_a_trace():
    told = "é–0712345678\namina@example.com\n0712345678 😀 and amina@example.com"

    line = log._Line().format(logging.makeLogRecord({"msg": "crash", "facts": {"trace": told}}))

    assert json.loads(line)["trace"] == "é–[phone]\n[e-mail]\n[phone] 😀 and [e-mail]"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
ITEMS = st.lists(
    st.fixed_dictionaries(
        {}, optional={"Name": st.sampled_from(["Amount", "MpesaReceiptNumber"]) | JSON, "Value": JSON}
    )
    | JSON,
    max_size=4,
)
STK_RESULTS = st.fixed_dictionaries(
    {},
    optional={
        "ResultCode": JSON,
        "CheckoutRequestID": JSON,
        "CallbackMetadata": st.fixed_dictionaries({"Item": ITEMS}) | JSON,
    },
).map(lambda callback: {"Body": {"stkCallback": callback}})
REVERSALS = st.fixed_dictionaries(
    {},
    optional={
        "ResultCode": JSON,
        "TransactionID": JSON,
        "OriginatorConversationID": JSON,
        "ResultParameters": st.fixed_dictionaries(
            {
                "ResultParameter": st.lists(st.fixed_dictionaries({"Key": JSON, "Value": JSON}), max_size=3)
                | JSON
            }
        )
        | JSON,
    },
).map(lambda result: {"Result": result})


@given(st.one_of(STK_RESULTS, REVERSALS, JSON).map(json.dumps) | st.text())
def test_whatever_comes_is_a_result_or_malformed(text):
    for parse in (callbacks.parse, reversals.parse):
        try:
            result = parse(text)
        except callbacks.Malformed:
            continue
        assert len(result.code) <= 5_000
        assert result.amount is None or 0 <= result.amount < 1_000_000_000
        assert result.receipt is None or (result.receipt.isalnum() and len(result.receipt) <= 20)
    reversals.status(text)


@given(
    st.text() | st.binary().map(lambda data: data.decode("latin-1")),
    st.text(max_size=80),
    st.text(max_size=10),
)
def test_no_address_is_genuine_but_ours(payment, token, number):
    for purpose in (STK, RESULT, TIMEOUT, STATUS):
        assert not is_genuine(present(), payment, number, token, purpose)
