"""The conditions and checks that money rests on, each with the test that fails when it is taken away.

`python -m tests.faults.mutate` takes them away one at a time, in a copy, and shows that test fail. What is
new in the rooms of money has to be added here: `test_mutations.py` looks for conditions that are not listed.
"""

from typing import Final

from tests.faults import (
    mutations_of_cash,
    mutations_of_delivery,
    mutations_of_offers,
    mutations_of_orders,
    mutations_of_payouts,
    mutations_of_refunds,
    mutations_of_results,
    mutations_of_statement,
    mutations_of_stock,
    mutations_of_the_gate,
)
from tests.faults.mutation import Mutation

_P: Final = "chalicelib/payments"
_T: Final = "tests/payments"
_S: Final = f"{_T}/test_sales_from_shards.py"

MUTATIONS: Final = (
    # Seats
    Mutation(
        "no column of the stock falls below zero",
        "chalicelib/catalog/stock.py",
        "condition = condition & (path >= -change)",
        "pass",
        "tests/catalog/test_stock.py::test_nothing_falls_below_zero",
    ),
    Mutation(
        "a closed shard sells nothing",
        "chalicelib/catalog/stock.py",
        "    if how.only_on_sale:\n",
        "    if False:\n",
        "tests/catalog/test_stock.py::test_a_closed_shard_sells_nothing_but_takes_seats_back",
    ),
    # Shards
    Mutation(
        "sold out is said after every shard was read",
        f"{_P}/looking.py",
        "    return bool(event.shards == 1) or _has_all(event, shards, wanted)",
        "    return True",
        f"{_S}::test_the_last_seat_is_found_and_then_it_is_sold_out",
    ),
    Mutation(
        "a container finds out that there are more shards",
        "chalicelib/catalog/stock.py",
        "    if event.shards == len(guess):\n",
        "    if True:\n",
        "tests/catalog/test_events_in_shards.py::test_a_container_that_knows_too_few_shards_finds_out",
    ),
    Mutation(
        "a shard that is too busy is left",
        f"{_P}/purchase.py",
        "search.avoid(payment.holds)",
        "pass",
        f"{_S}::test_a_shard_that_is_too_busy_is_left_for_another",
    ),
    Mutation(
        "an order that asks again leaves a shard that is too busy",
        f"{_P}/attempts.py",
        "search.avoid(seats)",
        "pass",
        f"{_S}::test_a_shard_that_is_too_busy_is_left_for_another",
    ),
    Mutation(
        "an order is as it is stored, with the shards that are stored",
        f"{_P}/purchase.py",
        "        return _stored(payment.id)\n",
        "        return payment if _stored(payment.id) else None\n",
        f"{_S}::test_a_try_that_is_written_while_the_next_one_is_on_its_way_is_the_one_that_counts",
    ),
    Mutation(
        "an order that has the phone was written, in whatever shard",
        f"{_P}/purchase.py",
        " or seen.is_ours(phone):",
        ":",
        f"{_S}::test_a_try_that_is_written_after_all_is_the_one_that_counts",
    ),
    Mutation(
        "a retry in another shard may have been written already",
        f"{_P}/attempts.py",
        "if written or _is_ours(payment, retry, at):",
        "if written:",
        f"{_S}::test_a_retry_that_is_written_after_all_is_the_one_that_counts",
    ),
    Mutation(
        "late money writes down the shards of its new seats",
        f"{_P}/settlement.py",
        "        if change.seats:\n",
        "        if False:\n",
        f"{_S}::test_late_money_finds_other_seats_when_its_own_are_sold",
    ),
    Mutation(
        "late money buys nothing from closed shards",
        f"{_P}/settlement.py",
        "if found is None or not all(shard.on_sale for shard in found[1]):",
        "if found is None:",
        f"{_S}::test_late_money_is_due_back_only_if_the_event_has_no_seats",
    ),
    Mutation(
        "new shards are closed while the event is",
        "chalicelib/catalog/restocking.py",
        "on_sale = bool(shards[0].on_sale) if change.on_sale is None else change.on_sale",
        "on_sale = True",
        "tests/catalog/test_events_in_shards.py"
        "::test_a_draft_that_grows_gets_closed_shards_that_open_with_it",
    ),
    # What is taken once
    Mutation(
        "a guard is taken once",
        "chalicelib/core/guards.py",
        "writing.save(guard, condition=free)",
        "writing.save(guard)",
        f"{_T}/test_settlement.py::test_one_receipt_pays_one_payment",
    ),
    Mutation(
        "a guard is freed by its owner",
        "chalicelib/core/guards.py",
        "writing.delete(guard, condition=Guard.key.does_not_exist() | (Guard.owner == guard.owner))",
        "writing.delete(guard)",
        "tests/core/test_dynamo.py::test_a_guard_is_freed_by_its_owner_only",
    ),
    Mutation(
        "a receipt is guarded",
        f"{_P}/settlement.py",
        "if change.receipt and change.receipt != payment.attempts[change.attempt - 1].receipt:",
        "if False:",
        f"{_T}/test_settlement.py::test_one_receipt_pays_one_payment",
    ),
    # The purchase
    Mutation(
        "the phone is taken by the order",
        f"{_P}/purchase.py",
        "[phone] if payment.attempts else []",
        "[]",
        f"{_T}/test_attempts.py::test_one_phone_has_one_open_prompt_over_all_payments",
    ),
    Mutation(
        "an amount above M-Pesa's limit is refused",
        f"{_P}/purchase.py",
        "if payment.amount > till.settings.max_amount:",
        "if False:",
        f"{_T}/test_purchase.py::test_more_than_m_pesa_takes_at_once_is_a_wrong_field",
    ),
    Mutation(
        "a key with another order is refused",
        f"{_P}/idempotency.py",
        "if used.fingerprint != wanted.fingerprint:",
        "if False:",
        f"{_T}/test_purchase.py::test_the_same_key_with_another_order_is_a_mismatch",
    ),
    Mutation(
        "a key whose request is under way waits",
        f"{_P}/idempotency.py",
        "if payment.status == State.PENDING and _is_being_sent(payment.attempts[-1], at):",
        "if False:",
        f"{_T}/test_purchase.py::test_a_key_whose_first_request_is_still_sending_is_a_conflict",
    ),
    Mutation(
        "nothing is sold when it is not on sale",
        f"{_P}/orders.py",
        '        raise SalesClosed(f"{labels} tickets',
        '        str(f"{labels} tickets',
        f"{_T}/test_purchase.py::test_early_booking_closes_and_the_event_ends",
    ),
    # The push
    Mutation(
        "a queued push is claimed once",
        f"{_P}/prompting.py",
        "actions=actions, condition=unmoved)",
        "actions=actions)",
        f"{_T}/test_meetings.py::test_a_push_that_a_worker_has_seen_waiting_is_claimed_before_it_is_sent",
    ),
    Mutation(
        "a queued push takes its phone",
        f"{_P}/prompting.py",
        "        guards.take(writing, phone, at, again=True)\n",
        "",
        f"{_T}/test_prompting.py::test_a_queued_push_takes_the_phone_anew_and_waits_while_it_has_another_prompt",
    ),
    Mutation(
        "all containers share one pace",
        f"{_P}/pacing.py",
        "Shared.until <= room, _TRIES)",
        "Shared.until.exists(), _TRIES)",
        f"{_T}/test_pacing.py::test_containers_share_one_bucket",
    ),
    Mutation(
        "those who wait for their push go first",
        f"{_P}/pacing.py",
        "_BURST_OF_NEW_SECONDS: Final = 1",
        "_BURST_OF_NEW_SECONDS: Final = 2",
        f"{_T}/test_pacing.py::test_in_a_rush_new_orders_do_not_overtake_those_who_wait",
    ),
    Mutation(
        "a push whose hold is over is not sent",
        f"{_P}/prompting.py",
        " and payment.expires_at > at",
        "",
        f"{_T}/test_waiting_pushes.py::test_a_push_that_waited_for_longer_than_a_hold_is_not_sent",
    ),
    Mutation(
        "a push for what is off sale is not sent",
        f"{_P}/prompting.py",
        "return stock.is_on_sale(payment.event_id, seats_of(payment))",
        "return True",
        f"{_T}/test_waiting_pushes.py::test_a_push_that_waits_when_sales_are_closed_is_not_sent",
    ),
    Mutation(
        "a prompt that M-Pesa can be asked about is watched",
        f"{_P}/watching.py",
        "        Payment.pending.set(Payment.pending | bucket(payment.id)),\n",
        "",
        f"{_T}/test_attempts.py::test_a_prompt_whose_payment_ended_before_the_pushs_answer_is_watched_all_the_same",
    ),
    Mutation(
        "the push's answer moves the version",
        f"{_P}/watching.py",
        "        Payment.version.add(1),\n",
        "",
        f"{_T}/test_late_news.py::test_a_cancellation_that_meets_the_pushs_answer_stays_watched",
    ),
    Mutation(
        "a claimed push moves the version",
        f"{_P}/prompting.py",
        "        Payment.version.add(1),\n",
        "",
        f"{_T}/test_waiting_pushes.py::test_a_push_that_a_worker_is_sending_is_not_called_unsent",
    ),
    # The callback
    Mutation(
        "a callback comes to a URL that we made",
        f"{_P}/callback_urls.py",
        "return hmac.compare_digest(token_of(settings, purpose, payment_id, int(attempt)), token)",
        "return True",
        f"{_T}/test_settlement.py::test_a_stranger_gets_a_404_and_changes_nothing",
    ),
    Mutation(
        "a malformed callback is not queued",
        f"{_P}/receiving.py",
        "    if (not text and parse is not str) or len(body) > _MAX_BYTES:\n",
        "    if False:\n",
        f"{_T}/test_settlement.py::test_a_malformed_callback_is_refused_and_never_queued",
    ),
    Mutation(
        "a result names our prompt",
        f"{_P}/verdicts.py",
        "return ours is not None and theirs is not None and ours != theirs",
        "return False",
        f"{_T}/test_settlement.py::test_a_result_that_names_another_prompt_is_ignored",
    ),
    # Settlement
    Mutation(
        "a payment is changed by who saw it as it is",
        f"{_P}/settlement.py",
        "condition=Payment.version == payment.version)",
        "condition=Payment.version >= 0)",
        f"{_T}/test_late_news.py::test_a_cancellation_that_meets_the_pushs_answer_stays_watched",
    ),
    Mutation(
        "another amount never completes",
        f"{_P}/verdicts.py",
        "    if differs:\n        return Happening.PAID_WRONG_AMOUNT\n",
        "",
        f"{_T}/test_settlement.py::test_another_amount_than_asked_never_completes",
    ),
    Mutation(
        "a second receipt is due back",
        f"{_P}/verdicts.py",
        "    if attempt.receipt and result.receipt not in (None, attempt.receipt):",
        "    if False:",
        f"{_T}/test_settlement.py::test_a_second_receipt_leaves_the_state_and_is_due_back_by_itself",
    ),
    Mutation(
        "a second attempt that is paid is due back",
        f"{_P}/verdicts.py",
        "State.REFUNDED):\n        return Happening.PAID_AGAIN\n",
        "State.REFUNDED):\n        return None\n",
        f"{_T}/test_attempts.py::test_two_attempts_that_are_both_paid_leave_one_due_back",
    ),
    Mutation(
        "a failure counts for the newest attempt only",
        f"{_P}/verdicts.py",
        "if payment.status == State.PENDING and attempt == payment.attempt_count:",
        "if payment.status == State.PENDING:",
        f"{_T}/test_attempts.py::test_a_late_failure_of_an_old_attempt_changes_nothing",
    ),
    Mutation(
        "seats that are gone make the money due back",
        f"{_P}/verdicts.py",
        "    if seats_gone:\n        return Happening.PAID_WITHOUT_SEATS\n",
        "",
        f"{_T}/test_settlement.py::test_a_success_whose_seats_are_gone_is_a_refund_due",
    ),
    Mutation(
        "what was true of the seats before somebody moved the payment is forgotten",
        f"{_P}/settlement.py",
        "gone = payment.version == failed_on and elsewhere is None",
        "gone = failed_on is not None and elsewhere is None",
        f"{_T}/test_late_news.py::test_seats_that_were_gone_and_are_held_again_are_sold",
    ),
    Mutation(
        "a sale that is taken back revokes its tickets",
        f"{_P}/settlement.py",
        "if state is State.COMPLETED and after is not State.COMPLETED:",
        "if False:",
        f"{_T}/test_late_news.py::test_another_amount_that_a_repeat_tells_takes_the_sale_back",
    ),
    Mutation(
        "a prompt whose end is not certain is watched",
        f"{_P}/settlement.py",
        "if not watching.unresolved(payment, but=told) and not change.can_be_asked:",
        "if True:",
        f"{_T}/test_attempts.py::test_a_cancelled_payment_is_asked_about_since_its_prompt_may_be_paid",
    ),
    Mutation(
        "tickets are issued once",
        "chalicelib/tickets/issuing.py",
        "writing.save(ticket, condition=Ticket.id.does_not_exist())",
        "writing.save(ticket)",
        "tests/tickets/test_issuing.py::test_tickets_that_are_there_are_not_issued_again",
    ),
    Mutation(
        "only tickets that are there are revoked",
        "chalicelib/tickets/issuing.py",
        "Ticket.status == VALID if unless_admitted else Ticket.id.exists()",
        "Ticket.status == VALID if unless_admitted else None",
        "tests/tickets/test_issuing.py::test_tickets_that_are_not_there_are_not_revoked",
    ),
    Mutation(
        "a line of the ledger is never written over",
        f"{_P}/ledger.py",
        "writing.save(line, condition=LedgerLine.payment_id.does_not_exist())",
        "writing.save(line)",
        f"{_T}/test_meetings.py::test_a_line_of_the_ledger_is_never_written_over",
    ),
    Mutation(
        "a message is put into the outbox once",
        "chalicelib/core/outbox.py",
        "writing.save(message, condition=OutboxMessage.id.does_not_exist())",
        "writing.save(message)",
        f"{_T}/test_meetings.py::test_a_message_is_put_into_the_outbox_once",
    ),
    Mutation(
        "a masked receipt is none",
        f"{_P}/daraja/callbacks.py",
        "return text if text and _RECEIPT.fullmatch(text) else None",
        "return text",
        f"{_T}/test_what_m_pesa_knows.py::test_a_masked_receipt_is_none",
    ),
    # Asking again, cancelling
    Mutation(
        "a pending payment is not asked for again",
        f"{_P}/attempts.py",
        "        raise PromptOpen(retry_after=max(1, int((payment.expires_at - at).total_seconds())))",
        "        pass",
        f"{_T}/test_attempts.py::test_while_a_prompt_may_be_open_there_is_no_new_one",
    ),
    Mutation(
        "no second prompt while the first may be open",
        f"{_P}/attempts.py",
        "if attempt.outcome in UNTOLD and attempt.pushed_at and at < gone_at:",
        "if False:",
        f"{_T}/test_attempts.py::test_while_an_old_prompt_may_be_open_there_is_no_new_one_on_any_phone",
    ),
    Mutation(
        "what is paid is not asked for again",
        f"{_P}/attempts.py",
        "        raise AlreadyPaid.by(payment)",
        "        pass",
        f"{_T}/test_attempts.py::test_what_is_paid_is_not_asked_for_again",
    ),
    # Watching
    Mutation(
        "M-Pesa is asked once in 15 s",
        f"{_P}/reconciliation.py",
        "update(payment, actions, Payment.pending.exists() & is_due & unasked)",
        "update(payment, actions, Payment.id.exists())",
        f"{_T}/test_watching.py::test_a_buyer_who_looks_has_it_looked_at_after_20_seconds_and_once_in_15",
    ),
    Mutation(
        "giving up does not stop the watching of a new attempt",
        f"{_P}/reconciliation.py",
        "Payment.due_at.remove()], unmoved)",
        "Payment.due_at.remove()], Payment.id.exists())",
        f"{_T}/test_attempts.py::test_a_retry_during_the_last_question_stays_watched",
    ),
    Mutation(
        "one container fetches a token",
        f"{_P}/shared_token.py",
        "update(Shared(_ITEM), [Shared.claimed_until.set(claimed_until)], free & seen)",
        "update(Shared(_ITEM), [Shared.claimed_until.set(claimed_until)], seen)",
        f"{_T}/test_shared_token.py::test_of_two_that_see_the_claim_free_one_fetches",
    ),
    # Who may
    Mutation(
        "a payment is its buyer's, its event's and Admin's to see",
        f"{_P}/following.py",
        "if payment is None or not _may_see(payment, caller):",
        "if payment is None:",
        f"{_T}/test_purchase.py::test_who_may_see_a_payment",
    ),
    Mutation(
        "only the buyer asks again or cancels",
        f"{_P}/following.py",
        "    if not caller.is_user(payment.user_id):\n        raise Forbidden",
        "    if False:\n        raise Forbidden",
        f"{_T}/test_attempts.py::test_only_the_buyer_asks_again_or_cancels",
    ),
    *mutations_of_offers.MUTATIONS,
    *mutations_of_orders.MUTATIONS,
    *mutations_of_payouts.MUTATIONS,
    *mutations_of_refunds.MUTATIONS,
    *mutations_of_results.MUTATIONS,
    *mutations_of_statement.MUTATIONS,
    *mutations_of_stock.MUTATIONS,
    *mutations_of_the_gate.MUTATIONS,
    *mutations_of_cash.MUTATIONS,
    *mutations_of_delivery.MUTATIONS,
)

#: Conditions that no test can miss alone: something else holds them as well, or their parts are in the list.
HELD_TWICE: Final = {
    "chalicelib/tickets/issuing.py: condition=meant": "its two forms, which are in the list",
    "chalicelib/payments/owing.py: condition=Refund.payment_id.does_not_exist()": "the payment's version",
    "chalicelib/reports/payouts.py: condition=Payout.event_id.does_not_exist()": "its id is a fresh one",
    "chalicelib/payments/reversing.py: unmoved": "one that is queued twice is sent once",
    "chalicelib/payments/refunds.py: condition=is_as_read": "the payment's version",
    "chalicelib/payments/refunds.py: condition=Payment.version == payment.version": (
        "the number of the ledger's next line"
    ),
    "chalicelib/tickets/checking_in.py: condition=unmoved": "its two forms, which are in the list",
    "chalicelib/tickets/checking_in.py: condition=Scan.id.does_not_exist()": "the ticket is as it was read",
    "chalicelib/tickets/undoing.py: condition=unmoved": "its parts, which are in the list",
    "chalicelib/tickets/undoing.py: condition=Scan.id.does_not_exist()": "its id is a fresh one",
    "chalicelib/catalog/stock.py: condition=condition": "what a move takes is there, or the move fails",
    "chalicelib/payments/purchase.py: condition=Payment.id.does_not_exist()": "the ledger's first line",
    "chalicelib/payments/selling.py: condition=Payment.id.does_not_exist()": "the ledger's first line",
    "chalicelib/payments/cashing_up.py: condition=CashUp.id.does_not_exist()": "its id is a fresh one",
    "chalicelib/payments/attempts.py: condition=unmoved": "the number of the ledger's next line",
    "chalicelib/payments/prompting.py: Payment.id.exists()": "it was read before, and none is ever deleted",
    "chalicelib/payments/settlement.py: Payment.id.exists()": "it was read before, and none is ever deleted",
    "chalicelib/payments/shared_token.py: ours": "M-Pesa refuses a token that has ended, then it is renewed",
    "chalicelib/payments/cancelling_events.py: Event.unwinding.exists()": "without the mark nobody looks",
    "chalicelib/payments/cancelling_events.py: is_marked if only_if is None else is_marked & only_if": (
        "a pass that is started once more finds nothing to do"
    ),
    "chalicelib/catalog/restocking.py: condition=condition": "the parts of it",
    "chalicelib/catalog/restocking.py: condition=Stock.key.does_not_exist()": "the event's version",
    "chalicelib/core/dynamo.py: condition=condition": "what it was called with",
    "chalicelib/delivery/claims.py: condition": "what it was called with",
}
