"""What is posted to a reversal's URL counts if it names the conversation; else M-Pesa is asked."""

import json
from urllib.parse import urlsplit

import pytest

from chalicelib.core import queues
from chalicelib.payments import reversal_results, reversing
from chalicelib.payments.daraja.answers import NotSent, Requested, Unknown, Why
from chalicelib.payments.models import LedgerLine, Refund
from tests.payments.test_reversing import REVERSAL, seen

DONE = ("Refunded", "done", 4_000)


@pytest.fixture
def asks(organizer, town, paid):
    def ask():
        assert organizer.asks("POST", f"/payments/{paid['id']}/refund", REVERSAL).status == 202
        town.refunds()
        return paid

    return ask


@pytest.fixture
def unanswered(asks, safaricom):
    """A reversal whose request got no answer, so that we do not know its conversation."""
    safaricom.next_reversals = [Unknown("time-out")]
    return asks()


@pytest.fixture
def sent(asks):
    """A reversal that M-Pesa has taken."""
    return asks()


def posts(town, safaricom, result, reversal=-1):
    """What somebody says who has the URL."""
    path = urlsplit(safaricom.reversals[reversal].result_url).path
    assert town.asks("POST", path, {"Result": result}).status == 200
    town.refunds()


@pytest.mark.parametrize(
    "result",
    [
        {"ResultCode": 0},
        {"ResultCode": 0, "TransactionID": "TKY7654321"},
        {"ResultCode": 0, "OriginatorConversationID": "AG_1"},
        {"ResultCode": "R000001"},
        {"ResultCode": 1},
    ],
)
def test_what_does_not_prove_itself_settles_nothing_and_m_pesa_is_asked(
    sent, town, safaricom, organizer, clock, caplog, result
):
    posts(town, safaricom, result)

    assert seen(organizer, sent) == ("RefundDue", "unknown", 0)
    assert "reversal.unproven" in caplog.text
    clock.passes(minutes=6)
    town.reconciles()
    assert [conversation for conversation, _ in safaricom.questions] == ["AG_1"]
    safaricom.tells(0)  # the true one counts all the same
    safaricom.tells_status("Completed")
    assert seen(organizer, sent) == DONE
    assert [line.kind for line in LedgerLine.query(sent["id"])].count("refunded") == 1


@pytest.mark.parametrize("code", [0, "R000001", 1])
def test_what_names_another_conversation_is_foreign(sent, town, safaricom, organizer, caplog, code):
    lie = {"ResultCode": code, "TransactionID": "TKY7654321", "ConversationID": "AG_x"}
    for more in ({}, {"OriginatorConversationID": "AG_9"}):
        posts(town, safaricom, lie | more)

    assert seen(organizer, sent) == ("RefundDue", "sent", 0)
    assert "reversal.foreign_result" in caplog.text
    assert "AG_9" not in caplog.text
    safaricom.tells(0)
    assert seen(organizer, sent) == DONE


def test_either_name_of_the_conversation_proves_it(sent, town, safaricom, organizer):
    """Of an answer that had only the one, only that is known."""
    true = {"ResultCode": 0, "TransactionID": "TKY7654321", "ConversationID": "AG_1"}
    posts(town, safaricom, true | {"OriginatorConversationID": "71840-27539181-07"})

    assert seen(organizer, sent) == DONE


def test_one_that_was_reversed_before_has_no_receipt_of_its_own(sent, town, safaricom, organizer):
    posts(town, safaricom, {"ResultCode": "R000001", "OriginatorConversationID": "AG_1"})

    assert seen(organizer, sent) == DONE


def test_m_pesa_is_asked_about_the_request_that_a_result_names_if_ours_is_not_known(
    unanswered, town, safaricom, organizer
):
    posts(town, safaricom, {"ResultCode": 0, "OriginatorConversationID": "AG_made_up"})
    safaricom.tells(0)
    safaricom.tells(0)
    before = seen(organizer, unanswered)
    town.reconciles()

    assert before == ("RefundDue", "unknown", 0)
    assert [conversation for conversation, _ in safaricom.questions] == ["AG_1"]
    safaricom.tells_status("Completed", OriginatorConversationID="AG_made_up")
    assert seen(organizer, unanswered) == before
    safaricom.tells_status("Completed")
    assert seen(organizer, unanswered) == DONE


@pytest.mark.parametrize(("status", "amount"), [("Completed", None), ("Failed", None), ("Completed", 2_000)])
def test_what_was_only_claimed_to_be_ours_has_to_be_of_our_amount(
    unanswered, town, safaricom, organizer, status, amount
):
    """Else the conversation of anybody's reversal would do."""
    posts(
        town, safaricom, {"ResultCode": 0, "TransactionID": "TKY1111111", "ConversationID": "AG_of_another"}
    )
    town.reconciles()
    safaricom.tells_status(status, Amount=amount)

    assert seen(organizer, unanswered) == ("RefundDue", "unknown", 0)


def test_who_makes_up_conversations_has_m_pesa_asked_six_times_at_most(unanswered, town, safaricom, clock):
    for number in range(10):
        posts(town, safaricom, {"ResultCode": 0, "ConversationID": f"AG_made_up_{number}"})
        town.reconciles()
        clock.passes(minutes=1)

    assert len(safaricom.questions) == 6
    (refund,) = Refund.query(unanswered["id"])
    assert (refund.watched, refund.state) == (None, "unknown")


def test_one_that_m_pesa_had_not_taken_and_carried_out_is_found_out(asks, town, safaricom, organizer):
    safaricom.next_reversals = [NotSent(Why.OUR_FAULT, "wrong credential")]
    payment = asks()
    assert seen(organizer, payment) == ("RefundDue", "refused", 0)

    safaricom.tells(0)
    town.reconciles()
    safaricom.tells_status("Completed")

    assert seen(organizer, payment) == DONE


@pytest.fixture
def early(safaricom, monkeypatch):
    """What is posted while a request waits for its answer, and looked at again later."""
    later, send = [], queues.send
    monkeypatch.setattr(
        queues, "send", lambda *what: later.append(what[1]) if what[2:] == (5,) else send(*what)
    )
    real = safaricom.reverse

    def posted_first(reversal):
        answer = real(reversal)
        early.posts()
        return answer

    safaricom.reverse = posted_first

    def looked_at_again(at):
        messages = [json.loads(body) for body in later]
        later.clear()
        for message in messages:
            reversal_results.settle_message(message, at)

    early = looked_at_again
    return early


def test_an_early_lie_waits_for_the_answer_and_is_foreign(
    asks, early, town, safaricom, organizer, clock, paid
):
    def lies_and_truth():
        posts(town, safaricom, {"ResultCode": 1, "OriginatorConversationID": "AG_9"})
        safaricom.tells(0)

    early.posts = lies_and_truth
    asks()
    before = seen(organizer, paid)
    early(clock())

    assert before == ("RefundDue", "sent", 0)
    assert seen(organizer, paid) == DONE


@pytest.mark.parametrize("minutes", [0, 3])
def test_an_early_result_whose_answer_never_comes_is_asked_about(
    asks, early, town, safaricom, organizer, clock, paid, minutes
):
    """The worker may have died: then nothing moves the refund for two minutes."""
    early.posts = lambda: safaricom.tells(0)
    if minutes:

        def dies(reversal):
            safaricom.reversals.append(reversal)
            safaricom.tells(0)
            raise SystemExit

        safaricom.reverse = dies
        with pytest.raises(SystemExit):
            asks()
    else:
        safaricom.next_reversals = [Unknown("time-out")]
        asks()
    clock.passes(minutes=minutes)
    early(clock())
    clock.passes(minutes=6)
    town.reconciles()

    assert seen(organizer, paid) == ("RefundDue", "unknown", 0)
    safaricom.tells_status("Completed")
    assert seen(organizer, paid) == DONE


def test_conversations_of_earlier_requests_are_kept(asks, town, safaricom, organizer):
    """The first was carried out after all, and M-Pesa has not taken the second."""
    payment = asks()
    safaricom.tells(1)
    safaricom.next_reversals = [NotSent(Why.OUR_FAULT, "wrong credential")]
    asks()

    safaricom.tells(0, reversal=0)

    assert seen(organizer, payment) == DONE
    assert Requested("AG_1").conversation in Refund.get(payment["id"], 1).earlier.values()


def test_a_claim_of_a_refund_that_moved_meanwhile_is_looked_at_again(
    unanswered, town, safaricom, organizer, monkeypatch
):
    """Else M-Pesa would be asked about what is done, or the wrong request."""
    path = f"/payments/{unanswered['id']}/refund/1/statement"
    real, others = reversing.ask_about, [lambda: town.admin().asks("POST", path, {"reversed": True})]

    def after_another(*given):
        if others:
            assert others.pop()().status == 200
        real(*given)

    monkeypatch.setattr(reversing, "ask_about", after_another)
    safaricom.tells(0)

    (refund,) = Refund.query(unanswered["id"])
    assert (refund.state, refund.claimed, refund.look_at) == ("done", None, None)


@pytest.fixture
def sent_twice(unanswered, town, organizer, safaricom):
    """The first request's answer was lost; a person read that it was not carried out, and asked again."""
    path = f"/payments/{unanswered['id']}/refund/1/statement"
    assert town.admin().asks("POST", path, {"reversed": False}).status == 200
    assert organizer.asks("POST", f"/payments/{unanswered['id']}/refund", REVERSAL).status == 202
    town.refunds()
    safaricom.tells(0, reversal=0)  # but it was, by the first
    assert seen(organizer, unanswered)[1] == "sent"
    return unanswered


@pytest.mark.parametrize(("answer", "state"), [(Requested("AG_2"), "sent"), (Unknown("time-out"), "unknown")])
def test_what_an_earlier_request_may_have_done_is_kept_if_it_is_told_while_the_latest_is_sent(
    unanswered, early, town, safaricom, organizer, clock, answer, state
):
    """The answer of the latest is noted by who has read the refund before the claim."""
    path = f"/payments/{unanswered['id']}/refund/1/statement"
    assert town.admin().asks("POST", path, {"reversed": False}).status == 200
    early.posts = lambda: safaricom.tells(0, reversal=0)
    safaricom.next_reversals = [answer]
    assert organizer.asks("POST", f"/payments/{unanswered['id']}/refund", REVERSAL).status == 202
    town.refunds()

    (refund,) = Refund.query(unanswered["id"])
    assert (refund.state, refund.claimed, refund.claimed_of) == (state, "AG_1", 1)
    assert refund.conversation == getattr(answer, "conversation", None)
    clock.passes(minutes=16)
    town.reconciles()
    clock.passes(minutes=6)
    town.reconciles()
    assert "AG_1" in [conversation for conversation, _ in safaricom.questions]
    safaricom.tells_status("Completed")
    assert seen(organizer, unanswered) == DONE


def test_what_an_earlier_request_has_done_counts_while_the_latest_is_sent(
    sent, early, organizer, safaricom, town, caplog
):
    safaricom.tells(1)
    early.posts = lambda: safaricom.tells(0, reversal=0)
    assert organizer.asks("POST", f"/payments/{sent['id']}/refund", REVERSAL).status == 202
    town.refunds()

    assert seen(organizer, sent) == DONE
    assert "reversal.answer_not_saved" not in caplog.text  # there was nothing to note any more


@pytest.fixture
def asked_about_both(sent_twice, town, clock):
    clock.passes(minutes=16)
    town.reconciles()
    clock.passes(minutes=6)
    town.reconciles()
    return sent_twice


def test_what_an_earlier_request_may_have_done_is_asked_about_too(asked_about_both, safaricom, organizer):
    (ours, _), (claimed, _) = safaricom.questions
    assert (ours, claimed) == ("AG_2", "AG_1")
    safaricom.tells_status("Completed")
    assert seen(organizer, asked_about_both) == DONE


def test_what_an_earlier_request_has_not_done_says_nothing_of_the_latest(
    asked_about_both, safaricom, organizer
):
    safaricom.tells_status("Failed")

    assert seen(organizer, asked_about_both) == ("RefundDue", "unknown", 0)


def test_a_refusal_of_the_latest_does_not_end_the_question_of_an_earlier(
    sent_twice, town, safaricom, organizer, clock
):
    safaricom.tells(1, reversal=1)
    assert seen(organizer, sent_twice) == ("RefundDue", "refused", 0)

    clock.passes(minutes=6)
    town.reconciles()
    assert [conversation for conversation, _ in safaricom.questions] == ["AG_1"]
    safaricom.tells_status("Completed")

    assert seen(organizer, sent_twice) == DONE


def test_each_request_has_questions_of_its_own(unanswered, town, safaricom, organizer, clock):
    safaricom.tells(0)
    for _ in range(24 * 12):
        clock.passes(minutes=5)
        town.reconciles()
    assert len(safaricom.questions) == 6
    path = f"/payments/{unanswered['id']}/refund/1/statement"
    assert town.admin().asks("POST", path, {"reversed": False}).status == 200
    safaricom.next_reversals = [Unknown("time-out")]
    log_in = {"email": "otieno@example.com", "password": "Tiketi@123"}
    organizer.token = town.asks("POST", "/login", log_in).body["token"]
    assert organizer.asks("POST", f"/payments/{unanswered['id']}/refund", REVERSAL).status == 202
    town.refunds()

    for _ in range(24 * 12):
        clock.passes(minutes=5)
        town.reconciles()

    assert len(safaricom.questions) == 12
