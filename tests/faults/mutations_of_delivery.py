"""The conditions of delivery, each with the test that fails when it is taken away."""

from typing import Final

from tests.faults.mutation import Mutation

_CLAIMS: Final = "chalicelib/delivery/claims.py"
_POST: Final = "chalicelib/delivery/posting.py"
_AGAIN: Final = "chalicelib/delivery/again.py"
_SES: Final = "chalicelib/delivery/ses.py"
_T: Final = "tests/delivery/test_posting.py"
_M: Final = "tests/delivery/test_messages.py"
_C: Final = "tests/delivery/test_carriers.py"

MUTATIONS: Final = (
    Mutation(
        "a message is claimed if it waits",
        _CLAIMS,
        "writing.update(OutboxMessage(message.id), actions, OutboxMessage.state == State.WAITING)",
        "writing.update(OutboxMessage(message.id), actions, OutboxMessage.id.exists())",
        f"{_T}::test_who_reads_a_message_before_another_claims_it_sends_nothing",
    ),
    Mutation(
        "who lost a claim sends nothing",
        _POST,
        "    if not claims.claim(message, to, texts, now()):\n        return\n",
        "    claims.claim(message, to, texts, now())\n",
        f"{_T}::test_who_reads_a_message_before_another_claims_it_sends_nothing",
    ),
    Mutation(
        "only who has the claim notes what became of it",
        _CLAIMS,
        "(OutboxMessage.claim == message.claim) & OutboxMessage.state.is_in(State.SENDING, State.UNKNOWN)",
        "OutboxMessage.state.is_in(State.SENDING, State.UNKNOWN)",
        f"{_T}::test_an_old_claim_notes_nothing_over_a_new_one",
    ),
    Mutation(
        "who was only slow still notes it",
        _CLAIMS,
        "OutboxMessage.state.is_in(State.SENDING, State.UNKNOWN)",
        "OutboxMessage.state.is_in(State.SENDING)",
        f"{_T}::test_who_was_only_slow_still_notes_that_it_was_sent",
    ),
    Mutation(
        "a claim is given up when it is over",
        _CLAIMS,
        "(OutboxMessage.state == State.SENDING) & (OutboxMessage.due_at <= at)",
        "OutboxMessage.state == State.SENDING",
        f"{_T}::test_a_claim_is_not_given_up_before_it_is_over",
    ),
    Mutation(
        "what was sent is not given up",
        _CLAIMS,
        "(OutboxMessage.state == State.SENDING) & (OutboxMessage.due_at <= at)",
        "OutboxMessage.id.exists()",
        f"{_T}::test_what_was_sent_is_neither_given_up_nor_dropped_nor_postponed",
    ),
    Mutation(
        "what is being sent is not dropped",
        _CLAIMS,
        "    return _updated(message.id, actions, OutboxMessage.state == State.WAITING)\n",
        "    return _updated(message.id, actions, OutboxMessage.id.exists())\n",
        f"{_T}::test_what_was_sent_is_neither_given_up_nor_dropped_nor_postponed",
    ),
    Mutation(
        "what is being sent is not postponed",
        _CLAIMS,
        "return state if _updated(message.id, actions, OutboxMessage.state == State.WAITING) else None",
        "return state if _updated(message.id, actions, OutboxMessage.id.exists()) else None",
        f"{_T}::test_what_was_sent_is_neither_given_up_nor_dropped_nor_postponed",
    ),
    Mutation(
        "a message is announced once in a while",
        _CLAIMS,
        "(OutboxMessage.state == State.WAITING) & (OutboxMessage.due_at <= at)",
        "OutboxMessage.state == State.WAITING",
        f"{_T}::test_of_two_schedules_one_announces",
    ),
    Mutation(
        "only what was announced often enough is failed",
        _CLAIMS,
        "_is_due(at) & (OutboxMessage.announced >= MOST_TRIES)",
        "_is_due(at)",
        f"{_T}::test_who_is_announced_twice_is_not_failed",
    ),
    Mutation(
        "what may have been sent is never sent again by itself",
        _POST,
        "    if message is None or message.state != State.WAITING:\n",
        "    if message is None or message.state == State.SENT:\n",
        f"{_T}::test_what_does_not_wait_is_not_even_written",
    ),
    Mutation(
        "what nobody expected of a carrier is unknown",
        _POST,
        "        return Unknown(type(error).__name__)\n",
        "        return Refused(type(error).__name__)\n",
        f"{_T}::test_what_nobody_expected_of_a_carrier_is_unknown",
    ),
    Mutation(
        "an SMS is written once for an e-mail",
        _POST,
        " or message.with_sms or",
        " or",
        f"{_T}::test_where_there_is_a_way_an_sms_goes_too_once",
    ),
    Mutation(
        "what is being sent is not resent by hand",
        _AGAIN,
        "is_over = OutboxMessage.state.is_in(State.UNKNOWN, State.FAILED)",
        "is_over = OutboxMessage.id.exists()",
        f"{_M}::test_what_was_sent_or_waits_is_not_resent",
    ),
    Mutation(
        "tickets are sent again once a minute",
        _AGAIN,
        "        guards.take(writing, pause, caller.at)\n",
        "",
        f"{_M}::test_again_is_once_a_minute",
    ),
    Mutation(
        "tickets are sent again five times a day",
        _AGAIN,
        "    if len(today) >= _MOST_A_DAY:\n",
        "    if False:\n",
        f"{_M}::test_again_is_five_times_a_day",
    ),
    Mutation(
        "nothing is sent again of a cancelled event",
        _AGAIN,
        "event is None or event.status == sales.CANCELLED",
        "event is None",
        f"{_M}::test_tickets_of_a_cancelled_event_are_not_sent_again_though_they_are_not_revoked_yet",
    ),
    Mutation(
        "a day's five times are of each who asks",
        _AGAIN,
        "one.asked_by == caller.user_id and",
        "one.asked_by and",
        f"{_M}::test_what_organizers_have_sent_is_not_taken_off_the_buyers_day",
    ),
    Mutation(
        "there are tickets to send",
        _AGAIN,
        "    if is_off or not any(ticket.status == VALID for",
        "    if is_off or False and not any(ticket.status == VALID for",
        f"{_M}::test_without_valid_tickets_there_is_nothing_to_send",
    ),
    Mutation(
        "an e-mail is tried once",
        _SES,
        'retries={"total_max_attempts": 1}',
        'retries={"total_max_attempts": 2}',
        f"{_C}::test_what_ses_answers_is_one_of_three_endings_after_one_try",
    ),
    Mutation(
        "a 5xx does not prove that nothing was sent",
        _SES,
        "    if 400 <= status < 500:\n",
        "    if 400 <= status:\n",
        f"{_C}::test_what_ses_answers_is_one_of_three_endings_after_one_try",
    ),
    Mutation(
        "an SMS without an answer is unknown",
        "chalicelib/delivery/africas_talking.py",
        "(Refused if never_connected(error) else Unknown)",
        "Refused",
        f"{_C}::test_what_africas_talking_answers_is_one_of_three_endings_after_one_try",
    ),
    Mutation(
        "a message that the queue does not take fails no sale",
        "chalicelib/core/outbox.py",
        "    except Exception:  # whatever it is: what the message tells of has happened\n",
        "    except KeyError:\n",
        f"{_T}::test_a_queue_that_fails_neither_fails_nor_undoes_the_sale",
    ),
)
