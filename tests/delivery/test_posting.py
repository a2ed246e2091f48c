"""Sending a message of the outbox: once for each claim, and whatever goes wrong is seen."""

from datetime import timedelta

import pytest

from chalicelib.catalog import indexing
from chalicelib.core import outbox, queues
from chalicelib.core.outbox import OutboxMessage
from chalicelib.delivery import claims, letters, posting
from chalicelib.delivery.mime import NoSuchAddress
from chalicelib.delivery.outcomes import Refused, Sent, Unknown


def buys_free(person, organizer):
    return person.buys(organizer.event(regular_price=0))


def pays(person, organizer, safaricom):
    payment = person.buys(organizer.event())
    safaricom.calls_back(0)
    return payment


def rows():
    return sorted(OutboxMessage.scan(), key=lambda row: (row.created_at, row.channel))


def row():
    (found,) = rows()
    return found


def test_a_free_order_is_told_by_e_mail_with_its_tickets(town, buyer, organizer):
    buys_free(buyer, organizer)
    assert row().state == "waiting"

    assert town.posts() == 1

    (posted,) = town.post.taken
    assert (posted.channel, posted.letter.email) == ("email", "amina@example.com")
    assert [one.kind for one in posted.letter.attachments] == ["application/pdf"]
    told = row()
    assert (told.state, told.to, told.reference) == ("sent", "a•••••@example.com", "carried-1")
    assert (told.sent_at, told.due, told.trouble) == (town.clock(), None, None)


def test_a_settled_payment_is_told(town, buyer, organizer, safaricom):
    buyer.buys(organizer.event())
    safaricom.calls_back(0)

    town.posts()

    assert [one.state for one in rows()] == ["sent"]
    assert len(town.post.taken) == 1


def test_a_queue_that_fails_neither_fails_nor_undoes_the_sale(town, buyer, organizer, safaricom, monkeypatch):
    def fails(queue, body):
        raise RuntimeError("nobody expected this")

    monkeypatch.setattr(queues, "hint", fails)
    payment = buyer.buys(organizer.event())
    safaricom.calls_back(0)

    assert buyer.payment(payment)["status"] == "Completed"
    assert buys_free(buyer, organizer)["status"] == "Completed"
    assert {one.state for one in rows()} == {"waiting"}


def test_what_was_not_announced_is_found_by_the_schedule_within_a_minute(town, buyer, organizer, clock):
    buys_free(buyer, organizer)
    town.forgets_deliveries()

    town.mends()
    assert town.posts() == 0  # it is left to its message for a while
    clock.passes(seconds=60)
    town.mends()

    assert town.posts() == 1
    assert row().state == "sent"


def test_the_schedule_announces_once_in_a_while_only(town, buyer, organizer, clock):
    buys_free(buyer, organizer)
    town.forgets_deliveries()
    clock.passes(seconds=60)

    for _ in range(3):
        town.mends()

    assert town.posts() == 1


def test_the_schedule_goes_on_though_nobody_can_tell_what_is_due(town, monkeypatch):
    def throttled(at):
        raise RuntimeError("too many reads")

    repaired = []
    monkeypatch.setattr(posting, "_due", throttled)
    monkeypatch.setattr(indexing, "repair", lambda: repaired.append(True))

    town.mends()

    assert repaired


def test_a_message_that_comes_twice_is_sent_once(town, buyer, organizer):
    buys_free(buyer, organizer)
    outbox.announce(row().id)

    assert town.posts() == 2

    assert len(town.post.taken) == 1


def test_who_reads_a_message_before_another_claims_it_sends_nothing(town, buyer, organizer, monkeypatch):
    """Both have read it as waiting; one of them claims it first."""
    buys_free(buyer, organizer)
    message, write = row(), letters.write

    def another_is_faster(*given):
        monkeypatch.setattr(letters, "write", write)
        posting.post(message.id, town.clock)
        return write(*given)

    monkeypatch.setattr(letters, "write", another_is_faster)
    posting.post(message.id, town.clock)

    assert len(town.post.taken) == 1
    assert (row().state, row().tries) == ("sent", 1)


def test_what_may_have_been_sent_is_not_sent_again(town, buyer, organizer, clock):
    town.post.next_outcomes = [Unknown("ReadTimeoutError")]
    buys_free(buyer, organizer)
    town.posts()

    for _ in range(5):
        clock.passes(hours=1)
        outbox.announce(row().id)
        town.mends()
        town.posts()

    assert len(town.post.taken) == 1
    assert (row().state, row().why, row().trouble) == ("unknown", "ReadTimeoutError", "unknown")


def test_what_nobody_expected_of_a_carrier_is_unknown(town, buyer, organizer):
    town.post.next_outcomes = [RuntimeError("what now?")]
    buys_free(buyer, organizer)

    town.posts()

    assert (row().state, row().why) == ("unknown", "RuntimeError")


def test_what_was_refused_is_tried_again_after_growing_pauses_and_then_failed(town, buyer, organizer, clock):
    town.post.next_outcomes = [Refused("TooManyRequestsException")] * 20
    buys_free(buyer, organizer)
    town.posts()

    for pause in (1, 2, 4, 8, 16, 32, 60, 60, 60):
        assert row().state == "waiting"
        clock.passes(minutes=pause, seconds=-1)
        town.mends()
        assert town.posts() == 0
        clock.passes(seconds=1)
        town.mends()
        assert town.posts() == 1

    assert len(town.post.taken) == claims.MOST_TRIES
    assert (row().state, row().why, row().trouble) == ("failed", "TooManyRequestsException", "failed")


def test_a_refusal_for_good_fails_at_once(town, buyer, organizer):
    town.post.next_outcomes = [Refused("MessageRejected", for_good=True)]
    buys_free(buyer, organizer)

    town.posts()

    assert (row().state, len(town.post.taken)) == ("failed", 1)


def test_after_a_refusal_it_may_go_well(town, buyer, organizer, clock):
    town.post.next_outcomes = [Refused("TooManyRequestsException")]
    buys_free(buyer, organizer)
    town.posts()
    assert (row().state, row().why) == ("waiting", "TooManyRequestsException")

    clock.passes(seconds=61)
    town.mends()
    town.posts()

    assert (row().state, row().why) == ("sent", None)


def test_a_claim_whose_process_died_is_called_unknown_by_the_schedule(town, buyer, organizer, clock):
    buys_free(buyer, organizer)
    message = row()
    assert claims.claim(message, "a@b", (), clock())
    town.forgets_deliveries()

    clock.passes(seconds=59)
    town.mends()
    assert row().state == "sending"
    clock.passes(seconds=1)
    town.mends()

    assert (row().state, row().why) == ("unknown", "died")
    assert town.posts() == 0


def test_a_claim_is_not_given_up_before_it_is_over(town, buyer, organizer, clock):
    """Of two schedules one has seen it too early."""
    buys_free(buyer, organizer)
    claims.claim(row(), "a@b", (), clock())

    assert not claims.give_up(row().id, clock() + claims.CLAIM - timedelta(seconds=1))
    assert claims.give_up(row().id, clock() + claims.CLAIM)


def test_what_was_sent_is_neither_given_up_nor_dropped_nor_postponed(town, buyer, organizer, clock):
    """By those who read it as waiting, before it was claimed and sent."""
    buys_free(buyer, organizer)
    message = row()
    town.posts()
    clock.passes(hours=1)

    assert not claims.give_up(message.id, clock())
    assert not claims.drop(message, "left")
    assert claims.postpone(message, "not_written", clock()) is None
    assert not claims.wake(message.id, clock())
    assert row().state == "sent"


def test_of_two_schedules_one_announces(town, buyer, organizer, clock):
    buys_free(buyer, organizer)
    clock.passes(seconds=60)

    assert [claims.wake(row().id, clock()) for _ in range(2)] == [True, False]


def test_who_is_announced_twice_is_not_failed(town, buyer, organizer, clock):
    buys_free(buyer, organizer)
    clock.passes(seconds=60)

    assert not claims.fail_unwritten(row().id, clock())
    assert row().state == "waiting"


@pytest.mark.parametrize("state", ["sending", "sent", "failed", "unknown", "dropped"])
def test_what_does_not_wait_is_not_even_written(town, buyer, organizer, monkeypatch, state):
    buys_free(buyer, organizer)
    row().update([OutboxMessage.state.set(state)])
    monkeypatch.setattr(letters, "write", lambda *given: pytest.fail("it is written"))

    assert town.posts() == 1

    assert (row().state, town.post.taken) == (state, [])


def test_who_was_only_slow_still_notes_that_it_was_sent(town, buyer, organizer, clock):
    buys_free(buyer, organizer)
    message = row()
    claims.claim(message, "a@b", (), clock())
    clock.passes(seconds=60)
    posting.go_on(clock)

    assert claims.note(message, Sent("late"), clock()) == "sent"

    assert (row().state, row().reference, row().trouble) == ("sent", "late", None)


def test_an_old_claim_notes_nothing_over_a_new_one(town, buyer, organizer, clock):
    buys_free(buyer, organizer)
    old, new = row(), row()
    claims.claim(old, "a@b", (), clock())
    clock.passes(seconds=60)
    posting.go_on(clock)
    OutboxMessage(old.id).update(claims.waiting_again(old, clock()))
    claims.claim(new, "a@b", (), clock())

    assert claims.note(old, Refused("late"), clock()) is None

    assert (row().state, row().claim) == ("sending", new.claim)


def test_a_note_that_fails_does_not_bring_the_message_again(town, buyer, organizer, clock, monkeypatch):
    def fails(*given):
        raise RuntimeError("no table")

    with monkeypatch.context() as patched:
        patched.setattr(claims, "note", fails)
        buys_free(buyer, organizer)
        town.posts()
    clock.passes(seconds=60)
    town.mends()

    assert len(town.post.taken) == 1
    assert row().state == "unknown"


def test_what_cannot_be_written_is_tried_later_and_never_claimed(town, buyer, organizer, clock, monkeypatch):
    def fails(*given):
        raise RuntimeError("no event")

    with monkeypatch.context() as patched:
        patched.setattr(letters, "write", fails)
        buys_free(buyer, organizer)
        town.posts()
    assert (row().state, row().why, row().claim) == ("waiting", "not_written", None)

    clock.passes(seconds=61)
    town.mends()
    town.posts()

    assert row().state == "sent"


def test_what_can_never_be_written_fails_in_the_end(town, buyer, organizer, clock, monkeypatch):
    monkeypatch.setattr(letters, "write", None)
    buys_free(buyer, organizer)

    for _ in range(claims.MOST_TRIES):
        town.posts()
        clock.passes(hours=1)
        town.mends()

    assert (row().state, row().why, town.post.taken) == ("failed", "not_written", [])


def test_a_letter_that_kills_its_writer_fails_in_the_end(town, buyer, organizer, clock):
    buys_free(buyer, organizer)

    for announced in range(1, claims.MOST_TRIES + 1):
        town.forgets_deliveries()  # whoever had it was killed
        clock.passes(hours=1)
        town.mends()
        assert (row().state, row().announced) == ("waiting", announced)
    clock.passes(hours=1)
    town.mends()

    assert (row().state, row().why, row().trouble) == ("failed", "not_written", "failed")
    assert row().due_at is None


def test_what_was_announced_often_still_has_all_its_tries(town, buyer, organizer, clock):
    town.post.next_outcomes = [Refused("TooManyRequestsException")] * claims.MOST_TRIES
    buys_free(buyer, organizer)
    for _ in range(claims.MOST_TRIES):
        town.forgets_deliveries()
        clock.passes(hours=1)
        town.mends()

    for _ in range(claims.MOST_TRIES):
        assert row().state == "waiting"
        town.posts()
        clock.passes(hours=1)
        town.mends()

    assert len(town.post.taken) == row().tries == claims.MOST_TRIES
    assert (row().state, row().announced) == ("failed", 0)


def test_who_has_left_is_told_nothing(town, buyer, organizer):
    buys_free(buyer, organizer)
    assert buyer.asks("DELETE", f"/users/{buyer.id}?give_up_tickets=true").status == 204

    town.posts()

    assert town.post.taken == []
    assert (row().state, row().why, row().due) == ("dropped", "left", None)


def test_what_is_not_true_any_more_is_told_to_nobody(town, buyer, organizer, safaricom, clock):
    payment_id = buyer.buys(organizer.event())["id"]
    safaricom.calls_back(1032)
    clock.passes(seconds=1)
    again = {"payment_id": payment_id, "phone": town.another_phone()}
    assert buyer.asks("POST", "/lnmo", again).status == 202
    safaricom.calls_back(0)

    town.posts()

    assert [(one.kind, one.state, one.why) for one in rows()] == [
        ("payment_failed", "dropped", "overtaken"),
        ("tickets_issued", "sent", None),
    ]
    assert len(town.post.taken) == 1


def test_an_address_that_no_e_mail_can_go_to_fails_at_once(town, buyer, organizer):
    town.post.next_outcomes = [NoSuchAddress("é@example.com")]
    buys_free(buyer, organizer)

    town.posts()

    assert (row().state, row().why) == ("failed", "NoSuchAddress")


def test_where_there_is_a_way_an_sms_goes_too_once(town, buyer, organizer, safaricom, clock):
    town.post.sends_sms = True
    town.post.next_outcomes = [Refused("TooManyRequestsException")]
    pays(buyer, organizer, safaricom)
    town.posts()
    clock.passes(seconds=61)
    town.mends()

    town.posts()

    assert [one.channel for one in town.post.taken] == ["email", "sms", "email"]
    assert [(one.channel, one.state, one.to) for one in rows()] == [
        ("email", "sent", "a•••••@example.com"),
        ("sms", "sent", "2547•••••678"),
    ]


def test_an_sms_that_fails_leaves_the_e_mail_alone(town, buyer, organizer, safaricom):
    town.post.sends_sms = True
    town.post.next_outcomes = [Sent(), Refused("code 403", for_good=True)]
    pays(buyer, organizer, safaricom)

    town.posts()

    assert [(one.channel, one.state) for one in rows()] == [("email", "sent"), ("sms", "failed")]


def test_what_is_not_worth_an_sms_gets_none(town, buyer):
    town.post.sends_sms = True
    town.asks("POST", "/password-resets", {"email": "amina@example.com"})

    town.posts()

    assert [one.channel for one in town.post.taken] == ["email"]


def test_free_tickets_cost_nobody_an_sms(town, buyer, organizer):
    """Anybody may order them in the name of any number."""
    town.post.sends_sms = True
    buys_free(buyer, organizer)

    town.posts()

    assert [one.channel for one in town.post.taken] == ["email"]


def test_an_sms_whose_way_was_closed_is_dropped(town, buyer, organizer, clock):
    buys_free(buyer, organizer)
    letter = outbox.new("tickets_issued", buyer.id, clock(), about=row().id[:32], channel="sms")
    letter.save()

    posting.post(letter.id, clock)

    assert (outbox.find(letter.id).state, outbox.find(letter.id).why) == ("dropped", "no_way")


def test_a_message_of_nothing_is_nothing(town):
    posting.post("0" * 48, town.clock)

    assert town.post.taken == []


def test_no_address_number_or_link_is_in_the_log(
    town, buyer, organizer, safaricom, caplog, capsys, monkeypatch
):
    town.post.sends_sms = True
    town.post.next_outcomes = [Unknown("ReadTimeoutError"), RuntimeError("to amina@example.com")]
    pays(buyer, organizer, safaricom)
    buyer.asks("POST", "/password-resets", {"email": "amina@example.com"})
    town.posts()
    monkeypatch.setattr(letters, "write", lambda *given: 1 / 0)
    buys_free(buyer, organizer)
    town.posts()

    said = capsys.readouterr().out + "".join(str(vars(record)) for record in caplog.records)

    assert {"message.unknown", "message.sent", "message.crashed", "message.not_written"} <= set(
        caplog.messages
    )
    assert '"Messages"' in said
    assert not [secret for secret in ("amina", "http", "254712345678", "/tickets/") if secret in said]


@pytest.mark.parametrize(("tries", "minutes"), [(1, 1), (2, 2), (6, 32), (7, 60), (10, 60)])
def test_pauses_grow_up_to_an_hour(tries, minutes):
    assert claims.pause_after(tries) == timedelta(minutes=minutes)
