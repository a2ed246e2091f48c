"""What keeps people from being forgotten too early, in part, or not at all."""

from typing import Final

from tests.faults.mutation import Mutation

_P: Final = "chalicelib/privacy"
_T: Final = "tests/privacy/test_erasing.py"
_A: Final = "tests/privacy/test_ageing.py"

MUTATIONS: Final = (
    Mutation(
        "who leaves is forgotten",
        f"{_P}/departing.py",
        "        erasing.add(writing, user.id, caller)\n",
        "        pass\n",
        f"{_T}::test_nothing_in_any_table_says_who_it_was",
    ),
    Mutation(
        "who has something open does not leave",
        f"{_P}/departing.py",
        "    if not user.organizes:",
        "    if False:",
        f"{_T}::test_who_has_something_open_is_told_what_to_do",
    ),
    Mutation(
        "a payment whose money is open keeps its phone",
        f"{_P}/forgetting.py",
        "is_uncertain = payment.status in _OPEN or payment.pending is not None",
        "is_uncertain = False",
        f"{_T}::test_a_payment_whose_money_is_open_is_left_until_it_is_settled",
    ),
    Mutation(
        "the phone of who has no account stays until the event is over",
        f"{_P}/erasing.py",
        "Outcome.LEFT if payment.id in to_come else forget(payment, erasure.phone)",
        "forget(payment, erasure.phone)",
        f"{_T}::test_a_phone_stays_while_its_event_is_to_come",
    ),
    Mutation(
        "the phone of who gave tickets up stays until the event is over",
        f"{_P}/erasing.py",
        "bool(known and payment.amount)",
        "False",
        f"{_T}::test_tickets_may_be_given_up_and_count_still_and_the_phone_stays_for_the_money",
    ),
    Mutation(
        "of a cancelled event the phone stays until the money has moved on",
        f"{_P}/erasing.py",
        "open_matters.not_over({one.event_id for one in paid}, at)",
        "open_matters.not_over(set(open_matters.coming({one.event_id for one in paid}, at)), at)",
        f"{_T}::test_a_phone_stays_while_a_cancelled_event_is_given_back",
    ),
    Mutation(
        "of two who ask for a phone at once one begins",
        f"{_P}/erasing.py",
        "        guards.take(writing, Guard(_key(phone), owner=row.id), caller.at)\n",
        "",
        f"{_T}::test_of_two_who_ask_at_once_one_begins",
    ),
    Mutation(
        "a phone that is forgotten may be asked for again",
        f"{_P}/erasing.py",
        "            writing.delete(Guard(_key(erasure.phone)))\n",
        "            pass\n",
        f"{_T}::test_a_phone_that_waits_is_not_asked_for_twice",
    ),
    Mutation(
        "what is over is not postponed",
        f"{_P}/erasing.py",
        "Erasure.due == DUE)",
        "None)",
        f"{_T}::test_what_another_run_has_finished_is_not_postponed",
    ),
    Mutation(
        "why money went back stays where only a phone is forgotten",
        f"{_P}/forgetting.py",
        'left = "" if phone is None else phones.without(refund.reason, phone)',
        'left = ""',
        f"{_T}::test_a_phone_goes_out_of_why_money_went_back_too",
    ),
    Mutation(
        "an order whose phone was forgotten is not prompted",
        "chalicelib/payments/attempts.py",
        "        if not phone:  # it was forgotten, as its owner asked",
        "        if False:",
        "tests/privacy/test_ids_of_prompts.py::test_an_order_whose_phone_was_forgotten_asks_for_one",
    ),
    Mutation(
        "what waits to be sent keeps its phone",
        f"{_P}/forgetting.py",
        " or any(message.state in _UNSENT for message in told):",
        ":",
        f"{_T}::test_a_message_that_waits_keeps_its_phone",
    ),
    Mutation(
        "a message that is sent again meanwhile keeps its address",
        f"{_P}/forgetting.py",
        "OutboxMessage.id.exists() & ~OutboxMessage.state.is_in(*_UNSENT)",
        "OutboxMessage.id.exists()",
        f"{_T}::test_a_message_that_is_sent_again_meanwhile_keeps_its_address",
    ),
    Mutation(
        "nothing is forgotten over what somebody else has just written",
        f"{_P}/forgetting.py",
        "unmoved = Payment.version == payment.version",
        "unmoved = Payment.id.exists()",
        f"{_T}::test_money_that_comes_at_that_very_moment_loses_nothing",
    ),
    Mutation(
        "what does not go with the phones goes only if the payment is as it was read",
        f"{_P}/forgetting.py",
        "            writing.condition_check(Payment, payment.id, condition=unmoved)\n",
        "            pass\n",
        f"{_T}::test_a_payment_without_a_phone_that_has_changed_loses_nothing",
    ),
    Mutation(
        "who read the payment before does not write the phone back",
        f"{_P}/forgetting.py",
        "[*actions, Payment.version.add(1)]",
        "actions",
        f"{_T}::test_who_read_it_before_does_not_write_the_phone_back",
    ),
    Mutation(
        "of two runs at once one moves on",
        f"{_P}/erasing.py",
        "actions=actions, condition=unmoved",
        "actions=actions",
        f"{_T}::test_of_two_runs_at_once_one_moves_on",
    ),
    Mutation(
        "a customer's phone is not the seller's to have forgotten",
        f"{_P}/erasing.py",
        " if not payment.sold_by]",
        "]",
        f"{_T}::test_who_sold_at_the_gate_leaves_and_customers_keep_their_phones_and_tickets",
    ),
    Mutation(
        "phones go after the tax law's time, and not before",
        "chalicelib/core/retention.py",
        "PHONE_MONTHS: Final = 72",
        "PHONE_MONTHS: Final = 71",
        f"{_A}::test_phones_are_kept_as_long_as_the_tax_law_wants_and_no_longer",
    ),
    Mutation(
        "an old payment that had to keep its phone is looked at again",
        f"{_P}/ageing.py",
        "        actions.append(Shared.members.add(left))\n",
        "",
        f"{_A}::test_an_old_payment_that_is_open_calls_a_person_each_day_until_it_is_settled",
    ),
    Mutation(
        "a payment that somebody changed just then is looked at again",
        f"{_P}/forgetting.py",
        "KEPT: Final = (Outcome.LEFT, Outcome.OVERTAKEN)",
        "KEPT: Final = (Outcome.LEFT,)",
        f"{_A}::test_one_that_somebody_changed_just_then_calls_nobody_and_is_looked_at_again",
    ),
    Mutation(
        "who sold a ticket does not see the customer's phone",
        "chalicelib/payments/following.py",
        " and not payment.sold_by)",
        ")",
        "tests/privacy/test_masked_for_others.py"
        "::test_who_sells_at_the_gate_sees_no_whole_phone_of_a_customer",
    ),
)
