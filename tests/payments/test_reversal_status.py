"""What became of a reversal of which nobody has told: M-Pesa is asked, and believed if it is certain."""

import json
from datetime import datetime
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.ids import new_id
from chalicelib.payments import dead_letters, reversing
from chalicelib.payments.buckets import bucket_of
from chalicelib.payments.daraja import reversals
from chalicelib.payments.daraja.answers import Unknown
from chalicelib.payments.models import LedgerLine, Refund
from tests.actors import status_body
from tests.payments.test_reversing import REVERSAL, seen


@pytest.fixture
def unheard(town, organizer, paid, clock):
    """A reversal that M-Pesa took, and of which nothing was heard."""
    assert organizer.asks("POST", f"/payments/{paid['id']}/refund", REVERSAL).status == 202
    town.refunds()
    clock.passes(minutes=16)
    town.reconciles()
    assert seen(organizer, paid) == ("RefundDue", "unknown", 0)
    return paid


@pytest.fixture
def asked(town, unheard, clock):
    clock.passes(minutes=6)
    town.reconciles()
    return unheard


def test_one_that_was_carried_out_is_done(asked, safaricom, organizer):
    assert [conversation for conversation, _ in safaricom.questions] == ["AG_1"]

    for _ in range(2):
        assert safaricom.tells_status("Completed").status == 200

    assert seen(organizer, asked) == ("Refunded", "done", 4_000)
    assert organizer.payment(asked)["refunds"][0]["reference"] == "TKY7654321"
    assert [line.kind for line in LedgerLine.query(asked["id"])].count("refunded") == 1


@pytest.mark.parametrize("name", ["ConversationID", "Originator Conversation ID", "Conversation ID"])
def test_the_conversation_is_read_under_each_of_its_names(asked, safaricom, organizer, name):
    safaricom.tells_status("Completed", **{"OriginatorConversationID": None, name: "AG_1"})

    assert seen(organizer, asked) == ("Refunded", "done", 4_000)


@pytest.mark.parametrize("status", ["Failed", "Declined", "Cancelled", "Expired"])
def test_one_that_was_not_carried_out_is_due_again_and_not_sent_by_itself(
    asked, town, safaricom, organizer, clock, status
):
    safaricom.tells_status(status)

    refused = organizer.payment(asked)["refunds"][0]
    assert (refused["status"], refused["code"]) == ("refused", "NOT_DONE")
    assert "ask again" in refused["message"]
    clock.passes(hours=1)
    town.reconciles()
    assert (len(safaricom.reversals), len(safaricom.questions)) == (1, 1)


@pytest.mark.parametrize(
    "told",
    [
        {"status": "Processing"},
        {"status": "Completed", "code": 2001},
        {"status": "Completed", "OriginatorConversationID": "AG_of_another"},
        {"status": "Completed", "OriginatorConversationID": None},
        {"status": "Completed", "ReceiptNo": None},
        {"status": "Failed", "OriginatorConversationID": None},
        {"status": "Completed", "Amount": 3_000},
        {"status": "Completed", "ReceiptNo": "TKX1234567"},
        {
            "status": "",
            "body": b'{"Result": {"ResultCode": 1, "ResultDesc": "There is no such transaction"}}',
        },
        {"status": "", "body": b"timed out"},
    ],
)
def test_what_is_not_certain_changes_nothing(asked, safaricom, organizer, told):
    assert safaricom.tells_status(**told).status == 200

    assert seen(organizer, asked) == ("RefundDue", "unknown", 0)


def test_its_own_result_that_comes_after_all_counts_once(asked, safaricom, organizer):
    safaricom.tells_status("Completed")
    safaricom.tells(0)

    assert seen(organizer, asked) == ("Refunded", "done", 4_000)


def test_a_request_without_an_answer_cannot_be_asked_about(town, organizer, paid, safaricom, clock):
    safaricom.next_reversals = [Unknown("time-out")]
    organizer.asks("POST", f"/payments/{paid['id']}/refund", REVERSAL)
    town.refunds()

    clock.passes(hours=3)
    town.reconciles()

    assert seen(organizer, paid) == ("RefundDue", "unknown", 0)
    assert safaricom.questions == []


def test_it_is_asked_ever_less_often_and_then_no_more(unheard, town, safaricom, clock):
    for _ in range(24 * 12):
        clock.passes(minutes=5)
        reversing.look_again(town.till())

    assert len(safaricom.questions) == 6
    (refund,) = Refund.query(unheard["id"])
    assert (refund.watched, refund.state) == (None, "unknown")


def test_two_schedules_that_overlap_ask_once(unheard, town, safaricom, clock, monkeypatch):
    clock.passes(minutes=6)
    true_status = safaricom.status

    def meanwhile(*question):
        monkeypatch.setattr(safaricom, "status", true_status)
        Refund(unheard["id"], 1).update([Refund.look_at.set(clock())])
        stale = Refund.get(unheard["id"], 1)
        stale.questions = 0
        with pytest.raises(reversing.ConditionFailed):
            reversing._ask(stale, town.till())
        return true_status(*question)

    monkeypatch.setattr(safaricom, "status", meanwhile)
    reversing.look_again(town.till())

    assert len(safaricom.questions) == 1


@pytest.fixture
def due(town, clock):
    """Twelve refunds of which M-Pesa is to be asked."""
    at = clock()
    for number in range(12):
        payment_id = new_id(at)
        Refund(
            payment_id,
            1,
            of="whole",
            state="unknown",
            event_id="e",
            sale="e#0",
            place=f"unknown#{payment_id}#1",
            created_at=at,
            moved_at=at,
            amount=100,
            received=100,
            attempt=1,
            version=3,
            sendings=1,
            conversation=f"AG_{number}",
            watched=bucket_of("refunds", payment_id),
            look_at=at,
        ).save()


@pytest.fixture
def dead_letters_are_counted(monkeypatch, clock):
    at: list[datetime] = []
    monkeypatch.setattr(dead_letters, "report", lambda: at.append(clock()))
    return at


def test_a_run_ends_before_the_function_does_though_m_pesa_hangs(
    due, town, safaricom, clock, monkeypatch, dead_letters_are_counted
):
    """Each question takes eight seconds and gets no answer."""
    began = clock()

    def hangs(*question):
        safaricom.questions.append(question)
        clock.passes(seconds=8)
        return Unknown("ReadTimeout")

    monkeypatch.setattr(safaricom, "status", hangs)
    town.reconciles()

    assert dead_letters_are_counted == [began]
    assert len(safaricom.questions) == 2
    town.reconciles()
    assert len({conversation for conversation, _ in safaricom.questions}) == 4  # the next goes on


def test_one_that_fails_does_not_keep_the_others_waiting(due, town, safaricom, monkeypatch, caplog):
    real = safaricom.status

    def fails_once(*question):
        monkeypatch.setattr(safaricom, "status", real)
        raise RuntimeError

    monkeypatch.setattr(safaricom, "status", fails_once)
    town.reconciles()

    assert len(safaricom.questions) == 11
    assert "reversal.postponed" in caplog.messages


def test_a_status_urls_token_is_for_nothing_else(asked, safaricom, town, organizer):
    """Its body is not read as a result: whoever forges one has no URL for it."""
    _, url = safaricom.questions[-1]
    body = json.dumps({"Result": {"ResultCode": "0", "TransactionID": "TKY7654321"}}).encode()

    assert town.asks("POST", urlsplit(url).path, body).status == 200
    town.refunds()

    assert seen(organizer, asked) == ("RefundDue", "unknown", 0)


@given(
    st.text()
    | st.recursive(
        st.none() | st.integers() | st.text(),
        lambda one: (
            st.dictionaries(
                st.sampled_from(
                    ["Result", "ResultCode", "ResultParameters", "ResultParameter", "Key", "Value"]
                ),
                one,
            )
            | st.lists(one)
        ),
    ).map(json.dumps)
)
def test_whatever_a_status_says_it_is_read_or_tells_nothing(body):
    told = reversals.status(body)

    assert told is None or told.code in ("0", "NOT_DONE")


def test_a_status_is_read():
    told = reversals.status(json.dumps(status_body("Completed", 0, "AG_1")))

    assert told == reversals.Result(
        "0", ("AG_1",), "TKY7654321", amount=told.amount, source=reversals.Source.STATUS
    )
    assert told.amount == 4_000
