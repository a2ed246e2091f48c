"""What a callback does to a payment: once, whatever order things come in."""

import json

import pytest

from chalicelib.payments.models import Payment
from tests.actors import callback_body
from tests.payments.test_purchase import stock_of

FULL = {"remaining": 10, "held": 0, "sold": 0, "revenue": 0}


def kinds(payment) -> list[str]:
    return [line["kind"] for line in payment["ledger"]]


def test_a_paid_purchase_gives_tickets(town, buyer, organizer, safaricom):
    event = organizer.event()
    payment = buyer.buys(event, 2)

    answer = safaricom.calls_back(0, receipt="TKX0000001")

    assert answer.status == 200
    assert answer.body == {"ResultCode": 0, "ResultDesc": "Accepted"}
    paid = buyer.payment(payment)
    assert paid["status"] == "Completed"
    assert paid["receipt"] == "TKX0000001"
    assert paid["failure"] is None
    assert kinds(paid) == ["asked", "received"]
    assert [ticket["status"] for ticket in paid["tickets"]] == ["valid", "valid"]
    assert {ticket["id"] for ticket in buyer.tickets()} == {ticket["id"] for ticket in paid["tickets"]}
    assert stock_of(town, event) == {"remaining": 8, "held": 0, "sold": 2, "revenue": 4000}


def test_a_callback_that_comes_twice_changes_nothing(town, buyer, organizer, safaricom):
    event = organizer.event()
    payment = buyer.buys(event, 2)
    safaricom.calls_back(0)
    before = buyer.payment(payment), stock_of(town, event)

    safaricom.calls_back(0)

    assert (buyer.payment(payment), stock_of(town, event)) == before


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (1, "insufficient_funds"),
        (17, "try_later"),
        (1019, "no_response"),
        (1032, "cancelled_on_phone"),
        (1037, "no_response"),
        (2001, "wrong_pin"),
        ("SFC_IC0003", "provider_error"),
        ("2001", "wrong_pin"),
    ],
)
def test_a_refusal_gives_the_seats_back_and_says_why(town, buyer, organizer, safaricom, code, failure):
    event = organizer.event()
    payment = buyer.buys(event, 2)

    safaricom.calls_back(code)

    refused = buyer.payment(payment)
    assert refused["status"] == "Failed"
    assert refused["failure"]["code"] == failure
    assert refused["failure"]["message"]
    assert kinds(refused) == ["asked", "refused"]
    assert refused["tickets"] == []
    assert stock_of(town, event) == FULL

    safaricom.calls_back(code)  # and once more
    assert stock_of(town, event) == FULL


@pytest.mark.parametrize("code", [4999, 12345, "SOMETHING_NEW"])
def test_an_unclear_code_ends_nothing(town, buyer, organizer, safaricom, code):
    event = organizer.event()
    payment = buyer.buys(event)

    safaricom.calls_back(code)

    assert buyer.payment(payment)["status"] == "Pending"
    assert stock_of(town, event)["held"] == 1


def test_a_success_after_a_refusal_is_honoured_while_there_are_seats(town, buyer, organizer, safaricom):
    event = organizer.event()
    payment = buyer.buys(event, 2)
    safaricom.calls_back(1037)

    safaricom.calls_back(0)

    paid = buyer.payment(payment)
    assert (paid["status"], paid["failure"]) == ("Completed", None)
    assert len(paid["tickets"]) == 2
    assert stock_of(town, event) == {"remaining": 8, "held": 0, "sold": 2, "revenue": 4000}


def test_a_refusal_after_a_success_changes_nothing(town, buyer, organizer, safaricom):
    event = organizer.event()
    payment = buyer.buys(event, 2)
    safaricom.calls_back(0)

    safaricom.calls_back(1032)

    assert buyer.payment(payment)["status"] == "Completed"
    assert stock_of(town, event)["sold"] == 2


def test_a_success_whose_seats_are_gone_is_a_refund_due(town, buyer, organizer, safaricom, clock):
    event = organizer.event(available_tickets=2)
    payment = buyer.buys(event, 2)
    safaricom.calls_back(1037)
    town.signs_up("zuhura").buys(event, 1)
    clock.passes(seconds=1)

    safaricom.calls_back(0, prompt=0)

    due = buyer.payment(payment)
    assert due["status"] == "RefundDue"
    assert kinds(due) == ["asked", "refused", "received", "refund_due"]
    assert due["tickets"] == []
    assert stock_of(town, event) == {"remaining": 1, "held": 1, "sold": 0, "revenue": 0}


def test_money_for_an_event_that_was_cancelled_meanwhile_is_a_refund_due(town, buyer, organizer, safaricom):
    from chalicelib.catalog.models import Stock

    event = organizer.event()
    payment = buyer.buys(event, 2)
    Stock(f"{event['id']}#0").update(actions=[Stock.on_sale.set(False)])

    safaricom.calls_back(0)

    assert buyer.payment(payment)["status"] == "RefundDue"
    assert stock_of(town, event) == FULL


@pytest.mark.parametrize("amount", [1.0, 3999.0, 4001.0])
def test_another_amount_than_asked_never_completes(town, buyer, organizer, safaricom, amount):
    event = organizer.event()
    payment = buyer.buys(event, 2)

    safaricom.calls_back(0, amount=amount)

    due = buyer.payment(payment)
    assert due["status"] == "RefundDue"
    assert [line["amount"] for line in due["ledger"]] == [4000, int(amount), int(amount)]
    assert stock_of(town, event) == FULL


def test_a_second_receipt_leaves_the_state_and_is_due_back_by_itself(town, buyer, organizer, safaricom):
    event = organizer.event()
    payment = buyer.buys(event, 2)
    safaricom.calls_back(0, receipt="TKX0000001")

    safaricom.calls_back(0, receipt="TKX0000002")
    safaricom.calls_back(0, receipt="TKX0000002")

    paid = buyer.payment(payment)
    assert (paid["status"], paid["receipt"]) == ("Completed", "TKX0000001")
    assert [(line["kind"], line["receipt"]) for line in paid["ledger"]] == [
        ("asked", None),
        ("received", "TKX0000001"),
        ("received", "TKX0000002"),
        ("refund_due", "TKX0000002"),
    ]
    assert stock_of(town, event)["sold"] == 2


def test_an_attempt_keeps_what_came_first(buyer, organizer, safaricom):
    payment = buyer.buys(organizer.event())
    safaricom.calls_back(0, receipt="TKX0000001")

    safaricom.calls_back(0, receipt="TKX0000002", amount=1.0)

    (attempt,) = Payment.get(payment["id"]).attempts
    assert (attempt.receipt, attempt.received) == ("TKX0000001", 2000)


def test_one_receipt_pays_one_payment(town, buyer, organizer, safaricom, caplog):
    event = organizer.event()
    first = buyer.buys(event)
    second = buyer.buys(event)
    safaricom.calls_back(0, prompt=0, receipt="TKX0000001")

    safaricom.calls_back(0, prompt=1, receipt="TKX0000001")

    assert buyer.payment(first)["status"] == "Completed"
    assert buyer.payment(second)["status"] == "Pending"
    assert stock_of(town, event)["sold"] == 1
    assert "settlement.receipt_of_another_payment" in caplog.messages


def test_a_callback_before_the_pushs_own_answer_issues_tickets(
    town, buyer, organizer, safaricom, monkeypatch
):
    event = organizer.event()
    push = type(safaricom).push

    def push_and_call_back(self, prompt):
        answer = push(self, prompt)
        safaricom.calls_back(0)
        return answer

    monkeypatch.setattr(type(safaricom), "push", push_and_call_back)

    payment = buyer.payment(buyer.buys(event, 2))

    assert payment["status"] == "Completed"
    assert payment["attempts"][0]["outcome"] == "paid"  # the push's answer did not overwrite it
    assert len(payment["tickets"]) == 2


@pytest.mark.parametrize("part", [2, 3, 4])
def test_a_stranger_gets_a_404_and_changes_nothing(town, buyer, organizer, safaricom, part):
    payment = buyer.buys(organizer.event())
    url = safaricom.prompts[0].callback_url
    parts = url[url.index("/lnmo") :].split("/")
    parts[part] = "7" if part == 3 else "0" * len(parts[part])

    answer = town.asks("POST", "/".join(parts), {"Body": {"stkCallback": {"ResultCode": 0}}})

    assert answer.status == 404
    assert answer.body["code"] == "not_found"
    assert town.settles() == 0
    assert buyer.payment(payment)["status"] == "Pending"


@pytest.mark.parametrize("attempt", ["one", "1e3", "١", "99999", "-1", "1.0"])
def test_an_attempt_that_is_no_number_is_a_stranger_too(town, buyer, organizer, safaricom, attempt):
    buyer.buys(organizer.event())
    url = safaricom.prompts[0].callback_url
    parts = url[url.index("/lnmo") :].split("/")
    parts[3] = attempt

    assert town.asks("POST", "/".join(parts), {}).status == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"Body": 5}',
        b'{"Body": {"stkCallback": {}}}',
        b"[" * 9000,
        b" " * 20_000,
        json.dumps(callback_body(0, 2000.0, "TKX0000001", "ws_CO_1")).encode() + b" " * 20_000,
    ],
    ids=lambda body: str(body[:20]),
)
def test_a_malformed_callback_is_refused_and_never_queued(town, buyer, organizer, safaricom, body):
    payment = buyer.buys(organizer.event())

    answer = (
        safaricom.calls_back(body=body)
        if body
        else town.asks("POST", safaricom.prompts[0].callback_url.partition("8000")[2], b"")
    )

    assert answer.status == 400
    assert town.settles() == 0
    assert buyer.payment(payment)["status"] == "Pending"


def test_a_callback_needs_no_content_type_and_its_parts_may_be_missing(town, buyer, organizer, safaricom):
    payment = buyer.buys(organizer.event())
    path = safaricom.prompts[0].callback_url.partition("8000")[2]
    bare = {"Body": {"stkCallback": {"ResultCode": "1032"}}}

    answer = town.asks("POST", path, json.dumps(bare).encode(), {"Content-Type": "text/plain"})
    town.settles()

    assert answer.status == 200
    assert buyer.payment(payment)["failure"]["code"] == "cancelled_on_phone"


def test_a_result_that_names_another_prompt_is_ignored(town, buyer, organizer, safaricom):
    event = organizer.event()
    payment = buyer.buys(event)
    path = safaricom.prompts[0].callback_url.partition("8000")[2]
    foreign = {"Body": {"stkCallback": {"ResultCode": 1032, "CheckoutRequestID": "ws_CO_other"}}}

    town.asks("POST", path, foreign)
    town.settles()

    assert buyer.payment(payment)["status"] == "Pending"


def test_callbacks_may_be_limited_to_safaricoms_addresses(town, buyer, organizer, safaricom, monkeypatch):
    from dataclasses import replace

    from chalicelib.core.settings import settings
    from chalicelib.payments import routes

    buyer.buys(organizer.event())
    limited = replace(settings(), daraja_callback_sources=("196.201.214.200",))
    monkeypatch.setattr(routes, "settings", lambda: limited)

    assert safaricom.calls_back(0).status == 404


def test_if_the_queue_fails_the_callback_is_answered_with_500(town, buyer, organizer, safaricom, monkeypatch):
    from chalicelib.payments import receiving

    def broken(queue, body):
        raise ConnectionError

    buyer.buys(organizer.event())
    monkeypatch.setattr(receiving, "send", broken)

    assert safaricom.calls_back(0).status == 500


def test_nothing_secret_is_logged(town, buyer, organizer, safaricom, caplog):
    from chalicelib.core.log import _Line

    payment = buyer.buys(organizer.event())
    safaricom.calls_back(0)
    safaricom.calls_back(body=b"{")

    logged = "\n".join(map(_Line().format, caplog.records))
    token = safaricom.prompts[0].callback_url.rsplit("/", 1)[1]

    assert payment["id"] in logged
    assert "payment.settled" in logged
    for secret in (token, "254712345678", "0712", buyer.token, "Tiketi@123"):
        assert secret not in logged


def test_who_has_paid_does_not_read_why_it_failed_before(buyer, organizer, safaricom):
    payment = buyer.buys(organizer.event())
    safaricom.calls_back(1032)
    safaricom.calls_back(0, amount=1.0)

    due = buyer.payment(payment)

    assert (due["status"], due["failure"]) == ("RefundDue", None)


@pytest.mark.parametrize("amount", ["abc", None, 1e400])
def test_a_success_that_does_not_tell_its_amount_completes_with_an_alert(
    buyer, organizer, safaricom, caplog, amount
):
    from tests.actors import callback_body

    payment = buyer.buys(organizer.event())

    safaricom.calls_back(body=json.dumps(callback_body(0, amount, "TKX0000001", "ws_CO_1")).encode())

    assert buyer.payment(payment)["status"] == "Completed"
    assert "settlement.amount_not_told" in caplog.messages


def test_a_part_of_a_shilling_counts_as_a_whole_one(buyer, organizer, safaricom):
    payment = buyer.buys(organizer.event())

    safaricom.calls_back(0, amount=2000.5)

    assert [line["amount"] for line in buyer.payment(payment)["ledger"]] == [2000, 2001, 2001]


@pytest.mark.parametrize(("code", "level"), [(2028, "ERROR"), (1032, "INFO")])
def test_a_refusal_that_only_we_can_mend_is_an_alert(buyer, organizer, safaricom, caplog, code, level):
    buyer.buys(organizer.event())

    safaricom.calls_back(code)

    (settled,) = [record for record in caplog.records if record.message == "payment.settled"]
    assert settled.levelname == level


def test_who_is_due_a_refund_reads_so(buyer, organizer, safaricom, caplog):
    payment = buyer.buys(organizer.event())

    safaricom.calls_back(0, amount=1.0)

    assert "get it back" in buyer.payment(payment)["notice"]
    (settled,) = [record for record in caplog.records if record.message == "payment.settled"]
    assert settled.levelname == "ERROR"


@pytest.mark.parametrize(("path", "why"), [("0" * 64, "stranger"), (None, "malformed")])
def test_refused_callbacks_are_counted(town, buyer, organizer, safaricom, capsys, path, why):
    buyer.buys(organizer.event())
    url = safaricom.prompts[0].callback_url
    if path:
        url = url[: -len(path)] + path

    town.asks("POST", url.partition("8000")[2], b"{")

    assert f'"why": "{why}"' in capsys.readouterr().out
