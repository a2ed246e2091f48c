"""Refunds by M-Pesa's reversal: asked, sent once, and settled by whatever is told of them, in any order."""

import json
from urllib.parse import urlsplit

import pytest

from chalicelib.core import queues
from chalicelib.core.outbox import OutboxMessage
from chalicelib.payments import audit, refunds, reversal_results, reversing
from chalicelib.payments.daraja.answers import NotSent, Requested, Unknown, Why
from chalicelib.payments.models import LedgerLine, Payment, Refund

REVERSAL = {"reason": "The buyer fell ill.", "method": "reversal"}


@pytest.fixture
def asks(organizer, paid):
    def ask(who=organizer, **more):
        return who.asks("POST", f"/payments/{paid['id']}/refund", REVERSAL | more)

    return ask


@pytest.fixture
def sent(asks, town, paid):
    """A reversal that M-Pesa has taken."""
    assert asks().status == 202
    town.refunds()
    return paid


def seen(person, payment):
    detail = person.payment(payment)
    return (detail["status"], detail["refunds"][0]["status"], detail["refunded_amount"])


def test_a_reversal_is_asked_sent_and_done(asks, town, safaricom, organizer, paid):
    asked = asks()
    town.refunds()
    (reversal,) = safaricom.reversals
    before = seen(organizer, paid)
    answer = safaricom.tells(0)

    assert (asked.body["status"], asked.body["refunds"][0]["status"]) == ("RefundDue", "asked")
    assert (reversal.receipt, reversal.amount) == ("TKX1234567", 4_000)
    assert before == ("RefundDue", "sent", 0)
    assert answer.body == {"ResultCode": 0, "ResultDesc": "Accepted"}
    assert seen(organizer, paid) == ("Refunded", "done", 4_000)
    assert organizer.payment(paid)["refunds"][0]["reference"] == "TKY7654321"
    assert [line.kind for line in LedgerLine.query(paid["id"])][-2:] == ["refund_due", "refunded"]
    assert len(list(OutboxMessage.scan(OutboxMessage.kind == "refunded"))) == 1
    assert audit.differences(Payment.scan()) == []


def test_a_result_that_comes_three_times_counts_once(sent, safaricom, organizer):
    for _ in range(3):
        assert safaricom.tells(0).status == 200

    assert seen(organizer, sent) == ("Refunded", "done", 4_000)
    assert [line.kind for line in LedgerLine.query(sent["id"])].count("refunded") == 1


def test_one_that_was_reversed_before_counts_as_done(sent, safaricom, organizer):
    safaricom.tells("R000001")

    assert seen(organizer, sent) == ("Refunded", "done", 4_000)


@pytest.mark.parametrize("code", ["1", 21, 2001, "R000002"])
def test_a_refusal_leaves_the_money_due_with_its_reason(sent, safaricom, organizer, asks, town, code):
    safaricom.tells(code)
    refused = organizer.payment(sent)

    assert (refused["status"], refused["refunds"][0]["status"]) == ("RefundDue", "refused")
    assert refused["refunds"][0]["code"] == str(code)
    assert refused["refunds"][0]["message"]
    assert asks().status == 202
    town.refunds()
    assert len(safaricom.reversals) == 2
    safaricom.tells(0)
    assert seen(organizer, sent) == ("Refunded", "done", 4_000)


def test_what_was_refused_may_be_given_back_by_hand(sent, safaricom, asks, organizer, caplog):
    safaricom.tells(1)

    assert asks(method="manual", reference="SKT1").body["status"] == "Refunded"
    safaricom.tells(0)  # and then it was carried out after all

    assert "reversal.given_back_twice" in caplog.text
    assert seen(organizer, sent) == ("Refunded", "manual", 4_000)


def test_a_repeated_refusal_of_the_first_request_does_not_touch_the_second(
    sent, safaricom, organizer, asks, town
):
    safaricom.tells(1)
    asks()
    town.refunds()

    safaricom.tells(1, reversal=0)
    repeated = seen(organizer, sent)
    safaricom.tells(0, reversal=0)  # the first one was carried out after all

    assert repeated == ("RefundDue", "sent", 0)
    assert seen(organizer, sent) == ("Refunded", "done", 4_000)
    safaricom.tells("R000001", reversal=1)
    assert seen(organizer, sent) == ("Refunded", "done", 4_000)


def test_a_refusal_after_a_success_changes_nothing(sent, safaricom, organizer, caplog):
    safaricom.tells(0)
    safaricom.tells(1)

    assert seen(organizer, sent) == ("Refunded", "done", 4_000)
    assert "reversal.contradicted" in caplog.text


def test_a_code_that_nobody_knows_leaves_it_unknown(sent, safaricom, organizer, asks):
    safaricom.tells("SFC_X77")

    assert seen(organizer, sent) == ("RefundDue", "unknown", 0)
    assert asks().status == 409
    safaricom.tells(0)
    assert seen(organizer, sent) == ("Refunded", "done", 4_000)


def test_an_answer_that_never_came_is_never_asked_twice(asks, town, safaricom, organizer, paid, clock):
    safaricom.next_reversals = [Unknown("ReadTimeout")]
    asks()
    town.refunds()
    clock.passes(hours=1)
    town.reconciles()
    town.refunds()

    assert seen(organizer, paid) == ("RefundDue", "unknown", 0)
    assert (asks().status, asks(method="manual").status) == (409, 409)
    assert len(safaricom.reversals) == 1
    safaricom.tells(0)
    town.reconciles()  # M-Pesa is asked about the request that the result names
    safaricom.tells_status("Completed")
    assert seen(organizer, paid) == ("Refunded", "done", 4_000)


@pytest.mark.parametrize("body", [b"", b"{}", b"timed out", None])
def test_a_time_out_in_m_pesas_queue_leaves_it_unknown(sent, safaricom, organizer, body):
    answer = safaricom.tells(0, timed_out=True, body=body)

    assert answer.status == 200
    assert seen(organizer, sent) == ("RefundDue", "unknown", 0)
    safaricom.tells(1)
    assert seen(organizer, sent) == ("RefundDue", "refused", 0)


@pytest.mark.parametrize("why", [Why.M_PESA_BUSY, Why.UNREACHABLE])
def test_one_that_was_not_sent_since_m_pesa_was_busy_is_sent_later(
    asks, town, safaricom, organizer, paid, why, monkeypatch
):
    delays, real = [], queues.send
    monkeypatch.setattr(
        queues, "send", lambda queue, body, delay=0: delays.append(delay) or real(queue, body)
    )
    safaricom.next_reversals = [NotSent(why, "by the test")] * 3
    asks()
    town.refunds()

    assert len(safaricom.reversals) == 4
    assert len(delays) == 4
    assert all(delays[1:])
    assert seen(organizer, paid) == ("RefundDue", "sent", 0)
    safaricom.tells(0)
    assert seen(organizer, paid) == ("Refunded", "done", 4_000)


def test_one_that_m_pesa_does_not_take_is_refused(asks, town, safaricom, organizer, paid):
    safaricom.next_reversals = [NotSent(Why.OUR_FAULT, "wrong credential")]
    asks()
    town.refunds()

    assert seen(organizer, paid) == ("RefundDue", "refused", 0)
    assert asks().status == 202


def test_a_message_that_comes_twice_sends_once(asks, town, safaricom, paid):
    asks()
    reversing.queue(Refund.get(paid["id"], 1))

    assert town.refunds() == 2
    assert len(safaricom.reversals) == 1


def test_of_two_workers_one_sends(asks, town, safaricom, paid, monkeypatch):
    asks()
    real, others = refunds.save, [lambda: town.refunds()]

    def after_another(*given, **more):
        if others:
            reversing.queue(Refund.get(paid["id"], 1))
            others.pop()()
        real(*given, **more)

    monkeypatch.setattr(refunds, "save", after_another)
    town.refunds()

    assert len(safaricom.reversals) == 1


def test_a_result_before_the_requests_own_answer_counts(asks, town, safaricom, organizer, paid, monkeypatch):
    real, later, send = safaricom.reverse, [], queues.send
    monkeypatch.setattr(
        queues, "send", lambda *what: later.append(what[:2]) if what[2:] == (5,) else send(*what)
    )

    def told_first(reversal):
        real(reversal)
        safaricom.tells(0, settle=False)
        town.refunds()
        return Requested("AG_1")

    safaricom.reverse = told_first
    asks()
    town.refunds()
    for message in later:
        send(*message)
    town.refunds()

    assert len(later) == 1
    assert seen(organizer, paid) == ("Refunded", "done", 4_000)


def test_a_message_that_was_lost_is_queued_again(asks, town, safaricom, clock, monkeypatch, paid):
    monkeypatch.setattr(reversing, "queue", lambda refund: None)
    asks()
    monkeypatch.undo()
    assert town.refunds() == 0

    clock.passes(minutes=6)
    town.reconciles()
    town.reconciles()

    assert town.refunds() == 1
    assert len(safaricom.reversals) == 1


def test_a_worker_that_died_and_a_result_that_was_lost_are_unknown_after_a_while(
    sent, clock, town, organizer, caplog
):
    clock.passes(minutes=14)
    town.reconciles()
    before = seen(organizer, sent)
    clock.passes(minutes=1)
    town.reconciles()

    assert before == ("RefundDue", "sent", 0)
    assert seen(organizer, sent) == ("RefundDue", "unknown", 0)
    assert "reversal.no_word" in caplog.text


@pytest.mark.parametrize(("is_reversed", "ends"), [(True, "done"), (False, "refused")])
def test_an_admin_says_what_the_statement_says(asks, town, safaricom, organizer, paid, is_reversed, ends):
    safaricom.next_reversals = [Unknown("ReadTimeout")]
    asks()
    town.refunds()
    path = f"/payments/{paid['id']}/refund/1/statement"
    said = {"reversed": is_reversed, "reference": "TKZ1111111"}
    admin = town.admin()

    answers = [who.asks("POST", path, said).status for who in (organizer, admin, admin)]

    assert answers == [403, 200, 200]
    assert seen(organizer, paid)[1:] == (ends, 4_000 if is_reversed else 0)
    assert admin.asks("POST", path, {"reversed": not is_reversed}).status == 409


def test_nobody_says_it_of_what_is_not_unknown(sent, town):
    path = f"/payments/{sent['id']}/refund/1/statement"

    assert town.admin().asks("POST", path, {"reversed": True}).status == 409


def test_a_result_of_another_payment_changes_nothing(sent, safaricom, organizer, caplog):
    safaricom.tells(0, original="TKX0000000")

    assert seen(organizer, sent) == ("RefundDue", "sent", 0)
    assert "reversal.foreign_result" in caplog.text


def test_a_stranger_cannot_say_that_a_refund_is_done(sent, safaricom, organizer, town, buyer):
    path = urlsplit(safaricom.reversals[0].result_url).path
    _, _, payment_id, serial, token, _ = path.split("/")
    body = {"Result": {"ResultCode": 0}}
    prompt = urlsplit(safaricom.prompts[0].callback_url).path

    forged = [
        f"/lnmo/{payment_id}/{serial}/{'0' * 64}/reversal",
        f"/lnmo/{payment_id}/{int(serial) + 1}/{token}/reversal",
        f"/lnmo/{'0' * 32}/{serial}/{token}/reversal",
        f"{prompt}/reversal",
        path.removesuffix("/reversal"),
    ]

    assert [town.asks("POST", one, body).status for one in forged] == [404] * 5
    assert town.refunds() == 0


@pytest.mark.parametrize(
    "body", [b"", b"x", b"[]", b'{"Body": {}}', b'{"Result": {}}', b"\xff", b"{" * 20_000]
)
def test_what_is_no_result_is_refused(sent, safaricom, body):
    assert safaricom.tells(body=body or b" ").status == 400


def test_a_payment_without_receipt_cannot_be_reversed_until_it_comes(
    organizer, buyer, safaricom, town, clock
):
    from chalicelib.payments.daraja.callbacks import Result

    payment = buyer.buys(organizer.event())
    safaricom.query_says["ws_CO_1"] = Result("0", "ws_CO_1", asked=True)
    clock.passes(seconds=91)
    town.reconciles()
    path = f"/payments/{payment['id']}/refund"

    refused = organizer.asks("POST", path, REVERSAL)
    organizer.asks("POST", f"/events/{payment['event_id']}/cancel")
    town.unwinds()
    still = organizer.asks("POST", path, REVERSAL)
    safaricom.calls_back(0, receipt="TKX7777777")
    asked = organizer.asks("POST", path, REVERSAL)

    assert (refused.status, "receipt" in refused.body["message"], still.status) == (409, True, 409)
    assert (asked.status, asked.body["refunds"][0]["receipt"]) == (202, "TKX7777777")
    town.refunds()
    safaricom.tells(0)
    assert seen(organizer, payment) == ("Refunded", "done", 2_000)
    assert audit.differences(Payment.scan()) == []


def test_what_parts_have_left_is_not_reversed(paid, asks, organizer, buyer):
    first = buyer.payment(paid)["tickets"][0]["id"]
    asks(method="manual", tickets=[first])

    answer = asks()

    assert (answer.status, answer.body["code"]) == (409, "conflict")


def test_without_an_initiator_nothing_is_reversed(asks, monkeypatch):
    from dataclasses import replace

    from chalicelib.core.settings import settings
    from chalicelib.payments import refunding

    monkeypatch.setattr(refunding, "settings", lambda: replace(settings(), daraja_initiator=""))

    assert asks().status == 409
    assert asks(method="manual").status == 202


def test_a_queue_that_fails_does_not_fail_the_request(asks, monkeypatch, organizer, paid):
    from botocore.exceptions import EndpointConnectionError

    def down(*given):
        raise EndpointConnectionError(endpoint_url="sqs")

    monkeypatch.setattr(queues, "send", down)

    assert asks().status == 202
    assert seen(organizer, paid) == ("RefundDue", "asked", 0)


def test_a_result_that_meets_another_writer_is_settled_all_the_same(sent, safaricom, organizer, monkeypatch):
    real, others = refunds.write, [lambda: safaricom.calls_back(0, receipt="TKX5555555")]

    def after_another(*given, **more):
        if others:
            others.pop()()
        real(*given, **more)

    monkeypatch.setattr(refunds, "write", after_another)
    safaricom.tells(0)

    assert seen(organizer, sent) == ("Refunded", "done", 4_000)
    assert len(organizer.payment(sent)["refunds"]) == 2


def test_a_result_of_no_refund_of_ours_goes_to_the_dead_letters(town):
    message = {
        "payment_id": "nobody",
        "sending": 101,
        "timed_out": False,
        "body": json.dumps({"Result": {"ResultCode": 0}}),
    }

    with pytest.raises(Refund.DoesNotExist):
        reversal_results.settle_message(message, town.clock())
