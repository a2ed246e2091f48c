"""What keeps money from going back twice, or unasked, or to nobody's knowledge."""

from typing import Final

from tests.faults.mutation import Mutation

_P: Final = "chalicelib/payments"
_A: Final = "tests/payments/test_refunding.py"
_R: Final = "tests/payments/test_reversing.py"
_E: Final = "tests/payments/test_event_refunds.py"
_S: Final = "tests/payments/test_refund_states.py"

MUTATIONS: Final = (
    Mutation(
        "a refund is taken on by one worker",
        f"{_P}/refunds.py",
        "writing.save(refund, condition=Refund.version == known)",
        "writing.save(refund)",
        f"{_R}::test_of_two_workers_one_sends",
    ),
    Mutation(
        "two who refund at once do not both give back",
        f"{_P}/refunds.py",
        "Payment.version.set(int(payment.version) + len(CONSEQUENCES[happening].ledger)),",
        "Payment.version.set(int(payment.version)),",
        f"{_A}::test_of_two_who_refund_at_once_one_gives_back",
    ),
    Mutation(
        "only what is asked for is sent",
        f"{_P}/reversing.py",
        "if refund.state != RefundState.ASKED or not _claim(refund, till):",
        "if not _claim(refund, till):",
        f"{_R}::test_a_message_that_comes_twice_sends_once",
    ),
    Mutation(
        "what may be on its way is not asked for again",
        f"{_P}/refunding.py",
        "if (RefundState(refund.state), step) not in STEPS:",
        "if False:",
        f"{_A}::test_a_second_receipt_is_a_refund_of_its_own",
    ),
    Mutation(
        "an unknown outcome is not a refusal",
        f"{_P}/reversing.py",
        "_note(refund, Step.NO_WORD, till)",
        "_note(refund, Step.NOT_SENT, till)",
        f"{_R}::test_an_answer_that_never_came_is_never_asked_twice",
    ),
    Mutation(
        "a refusal counts for the latest sending only",
        f"{_P}/reversal_results.py",
        "is_open = refund.state in ON_ITS_WAY and sending == refund.sendings",
        "is_open = refund.state in ON_ITS_WAY",
        f"{_R}::test_a_repeated_refusal_of_the_first_request_does_not_touch_the_second",
    ),
    Mutation(
        "what was given back is not given back again",
        f"{_P}/reversal_results.py",
        "return None if refund.state in GIVEN_BACK else Verdict",
        "return Verdict",
        f"{_R}::test_a_result_that_comes_three_times_counts_once",
    ),
    Mutation(
        "a result that says done is done, once refused or not",
        f"{_P}/refund_states.py",
        "for state in RefundState if state not in GIVEN_BACK",
        "for state in sorted(ON_ITS_WAY)",
        f"{_S}::test_a_reversal_that_m_pesa_carried_out_counts_in_every_state_that_has_not_given_back",
    ),
    Mutation(
        "a result names our receipt",
        f"{_P}/reversal_results.py",
        "if not 1 <= sending <= refund.sendings + 1 or _is_foreign(refund, result):",
        "if False:",
        f"{_R}::test_a_result_of_another_payment_changes_nothing",
    ),
    Mutation(
        "a code that nobody knows leaves it open",
        f"{_P}/daraja/reversals.py",
        "return self.code in REFUSALS",
        "return not self.is_done",
        f"{_R}::test_a_code_that_nobody_knows_leaves_it_unknown",
    ),
    Mutation(
        "a time-out is no result",
        f"{_P}/reversal_results.py",
        'result = None if message["timed_out"] else reversals.parse(message["body"])',
        'result = reversals.parse(message["body"])',
        f"{_R}::test_a_time_out_in_m_pesas_queue_leaves_it_unknown",
    ),
    Mutation(
        "a reversal's URL is its own",
        f"{_P}/receiving.py",
        "settings, [RESULT, TIMEOUT, STATUS])",
        "settings, [RESULT, TIMEOUT, STATUS, STK])",
        f"{_R}::test_a_stranger_cannot_say_that_a_refund_is_done",
    ),
    Mutation(
        "what nobody told the end of is unknown after a while",
        f"{_P}/refunds.py",
        "    RefundState.SENT: timedelta(minutes=15),\n",
        "",
        f"{_R}::test_a_worker_that_died_and_a_result_that_was_lost_are_unknown_after_a_while",
    ),
    Mutation(
        "a message that was lost is queued again",
        f"{_P}/refunds.py",
        "    RefundState.ASKED: timedelta(minutes=5),\n",
        "",
        f"{_R}::test_a_message_that_was_lost_is_queued_again",
    ),
    Mutation(
        "one that is queued again is not queued at each tick",
        f"{_P}/reversing.py",
        "update(refund, [Refund.look_at.set(till.now() + _QUEUED_AGAIN_AFTER)], unmoved)",
        "pass",
        f"{_R}::test_a_message_that_was_lost_is_queued_again",
    ),
    Mutation(
        "who asked for a refund does not approve it",
        f"{_P}/refunding.py",
        "        if caller.is_user(refund.asked_by):\n",
        "        if False:\n",
        f"{_A}::test_above_the_limit_a_second_person_approves",
    ),
    Mutation(
        "what was approved is not turned down",
        f"{_P}/declining.py",
        "        if refund.state != RefundState.AWAITING_APPROVAL:\n",
        "        if False:\n",
        f"{_A}::test_nobody_turns_down_what_does_not_wait",
    ),
    Mutation(
        "what was turned down is due, not asked for",
        f"{_P}/refund_states.py",
        "    (RefundState.AWAITING_APPROVAL, Step.TURNED_DOWN): RefundState.DUE,\n",
        "    (RefundState.AWAITING_APPROVAL, Step.TURNED_DOWN): RefundState.ASKED,\n",
        f"{_A}::test_what_is_turned_down_is_due_again_and_can_be_asked_otherwise",
    ),
    Mutation(
        "above the limit somebody has to approve",
        f"{_P}/refunding.py",
        "    if limit and amount > limit:\n",
        "    if False:\n",
        f"{_A}::test_above_the_limit_a_second_person_approves",
    ),
    Mutation(
        "an admitted ticket goes back only by its name",
        f"{_P}/refunding.py",
        "    if inside and not form.tickets:\n",
        "    if False:\n",
        f"{_A}::test_an_admitted_ticket_goes_back_only_by_its_name",
    ),
    Mutation(
        "nor by a refund that races the gate",
        f"{_P}/refunding.py",
        "unless_admitted=not form.tickets",
        "unless_admitted=False",
        f"{_A}::test_who_is_admitted_at_that_very_moment_is_not_refunded_unasked",
    ),
    Mutation(
        "a part takes its seats off the payment",
        f"{_P}/refunds.py",
        "    if refund.of == PART and taken.seats:\n",
        "    if False:\n",
        f"{_A}::test_what_part_refunds_left_can_go_back_and_never_more",
    ),
    Mutation(
        "what parts gave back is not owed again",
        f"{_P}/owing.py",
        "max(0, received - refunds.parted(payment))",
        "received",
        f"{_A}::test_an_event_that_is_cancelled_later_owes_what_parts_have_left",
    ),
    Mutation(
        "a revoked ticket is not refunded again",
        f"{_P}/refunding.py",
        "for ticket in issued if ticket.status != REVOKED}",
        "for ticket in issued}",
        f"{_A}::test_a_ticket_goes_back_once",
    ),
    Mutation(
        "a key refunds once",
        f"{_P}/refunding.py",
        "        if key and idempotency.is_used(key, caller.at):\n",
        "        if False:\n",
        f"{_A}::test_a_key_refunds_once",
    ),
    Mutation(
        "a part is not reversed",
        f"{_P}/refunding.py",
        "if refund.of == refunds.PART or refund.amount != refund.received:",
        "if False:",
        f"{_A}::test_a_part_is_not_reversed",
    ),
    Mutation(
        "without its receipt money is not reversed",
        f"{_P}/refunding.py",
        "    if not refund.receipt:\n",
        "    if False:\n",
        f"{_R}::test_a_payment_without_receipt_cannot_be_reversed_until_it_comes",
    ),
    Mutation(
        "what is refused while a call is worked off waits for the next call",
        f"{_P}/event_refunds.py",
        " or refund.moved_at > datetime.fromisoformat(so_far.asked_at):",
        ":",
        f"{_E}::test_one_that_is_refused_while_a_call_is_worked_off_is_not_asked_again_by_it",
    ),
    Mutation(
        "whatever happens, it is not sent twice",
        f"{_P}/refund_states.py",
        "    (RefundState.SENT, Step.NO_WORD): RefundState.UNKNOWN,\n",
        "    (RefundState.SENT, Step.NO_WORD): RefundState.ASKED,\n",
        f"{_S}::test_whatever_happens_it_is_never_sent_twice_without_a_certain_refusal_in_between",
    ),
)
