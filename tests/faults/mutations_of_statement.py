"""What keeps M-Pesa's records from making money of ours that is not there, or hiding a difference."""

from typing import Final

from tests.faults.mutation import Mutation

_P: Final = "chalicelib/payments"
_S: Final = "tests/payments/test_statement.py"
_Q: Final = "tests/payments/test_reversal_status.py"
_L: Final = "tests/payments/test_pulling.py"

MUTATIONS: Final = (
    Mutation(
        "who looked earlier does not overwrite who looked later",
        f"{_P}/differences.py",
        "is_news = Difference.about.does_not_exist() | (Difference.last_seen_at <= seen_at)",
        "is_news = Difference.about.does_not_exist() | Difference.about.exists()",
        f"{_S}::test_of_two_that_look_at_once_the_older_does_not_overwrite_the_newer",
    ),
    Mutation(
        "what was not looked at is not resolved",
        f"{_P}/differences.py",
        "if one.about in agreed and one.last_seen_at < seen_at:",
        "if one.last_seen_at < seen_at:",
        f"{_S}::test_a_difference_is_resolved_when_both_sides_have_its_money",
    ),
    Mutation(
        "what was found again meanwhile is not resolved",
        f"{_P}/differences.py",
        "Difference.open.exists() & unseen)",
        "Difference.open.exists())",
        f"{_S}::test_a_difference_that_is_found_again_meanwhile_stands",
    ),
    Mutation(
        "which prompt was paid is never guessed",
        f"{_P}/supplying.py",
        "return int(meant[0].number) if len(meant) == 1 else None",
        "return int(meant[0].number) if meant else None",
        f"{_S}::test_where_two_prompts_may_be_meant_nothing_is_guessed",
    ),
    Mutation(
        "another amount than a paid prompt asked for undoes no sale",
        f"{_P}/supplying.py",
        "    if _is_known_to_be_paid(payment.attempts[number - 1]) and",
        "    if False and",
        f"{_L}::test_another_amount_undoes_no_sale_whose_prompt_is_known_to_be_paid",
    ),
    Mutation(
        "money that has gone back buys nothing",
        f"{_P}/comparing.py",
        "if payment.paid_attempt is None and books.about_reversal(money.receipt) in self._seen:",
        "if False:",
        f"{_S}::test_money_that_has_gone_back_buys_no_tickets",
    ),
    Mutation(
        "a receipt of another payment is not called settled",
        f"{_P}/supplying.py",
        "if receipts.owners([money.receipt]).get(money.receipt) != payment_id:",
        "if False:",
        f"{_S}::test_a_receipt_that_another_payment_has_is_not_supplied",
    ),
    Mutation(
        "money at the edge of a statement is not called missing",
        f"{_P}/comparing.py",
        "return self.since <= entry.earliest and entry.latest <= self.until",
        "return self.since <= entry.earliest <= self.until",
        f"{_S}::test_money_that_the_statement_lacks_is_found_within_its_period_only",
    ),
    Mutation(
        "what moved before a statement begins is not called missing",
        f"{_P}/comparing.py",
        "return self.since <= entry.earliest and entry.latest <= self.until",
        "return self.since <= entry.latest <= self.until",
        f"{_S}::test_a_reversal_that_was_told_of_days_later_is_not_missing_in_the_next_statement",
    ),
    Mutation(
        "a reversal of another amount is not that of the refund",
        f"{_P}/comparing.py",
        "if one.state not in GIVEN_BACK and one.amount == whole(money)]",
        "if one.state not in GIVEN_BACK]",
        f"{_S}::test_a_reversal_of_another_amount_settles_nothing",
    ),
    Mutation(
        "who only compares settles no reversal",
        f"{_P}/comparing.py",
        "if self.settles and (open_one := ",
        "if (open_one := ",
        f"{_S}::test_a_reversal_of_which_nobody_has_told_is_done_by_the_statement",
    ),
    Mutation(
        "who only compares settles no money",
        f"{_P}/comparing.py",
        "        if self.settles:\n            why = supplying",
        "        if True:\n            why = supplying",
        f"{_S}::test_a_receipt_that_is_missing_here_comes_from_the_statement",
    ),
    Mutation(
        "a file that cannot be read to its end changes nothing",
        f"{_P}/statement.py",
        "        for one in transactions:\n            first, last = ",
        "        for one in [next(transactions)]:\n            first, last = ",
        f"{_S}::test_nothing_is_done_for_the_lines_before_one_that_cannot_be_read",
    ),
    Mutation(
        "one schedule pulls at a time",
        f"{_P}/pulling.py",
        "free = Shared.claimed_until.does_not_exist() | (Shared.claimed_until <= at.timestamp())",
        "free = Shared.claimed_until.does_not_exist() | Shared.claimed_until.exists()",
        f"{_L}::test_two_schedules_that_overlap_ask_once",
    ),
    Mutation(
        "a watched receipt is moved on from where it was read",
        f"{_P}/pulling.py",
        "update(Difference(row.about, row.kind), actions, Difference.at == row.at)",
        "update(Difference(row.about, row.kind), actions, Difference.about.exists())",
        f"{_L}::test_a_receipt_that_was_let_go_meanwhile_is_not_watched_again",
    ),
    Mutation(
        "money that may still be told is no difference",
        f"{_P}/pulling.py",
        "elif at - money.at >= _SETTLED_BY:",
        "else:",
        f"{_L}::test_money_that_may_still_be_told_is_no_difference_yet",
    ),
    Mutation(
        "a receipt that is missing is watched",
        f"{_P}/settlement.py",
        "        missing.watch(writing, payment, change, at)\n",
        "",
        f"{_L}::test_the_receipt_of_a_payment_that_a_query_completed_is_pulled",
    ),
    Mutation(
        "a prompt that nobody can ask about is watched",
        f"{_P}/missing.py",
        "return bool(is_lost and payment.status == State.PENDING)",
        "return False",
        f"{_L}::test_money_of_a_push_that_had_no_answer_is_pulled_and_buys_its_tickets",
    ),
    Mutation(
        "one schedule asks for a status",
        f"{_P}/reversing.py",
        "unasked = (Refund.version == refund.version) & (Refund.questions == questions)",
        "unasked = Refund.version == refund.version",
        f"{_Q}::test_two_schedules_that_overlap_ask_once",
    ),
    Mutation(
        "a status is that of our own request",
        f"{_P}/proving.py",
        "return not _known(refund, sending, result).isdisjoint(result.conversations)",
        "return True",
        f"{_Q}::test_what_is_not_certain_changes_nothing",
    ),
    Mutation(
        "a status of another amount is not that of our request",
        f"{_P}/reversal_results.py",
        "elif told.amount is not None and told.amount != refund.amount:",
        "elif False:",
        f"{_Q}::test_what_is_not_certain_changes_nothing",
    ),
    Mutation(
        "a status of the payment is not that of its reversal",
        f"{_P}/reversal_results.py",
        "elif told.receipt and told.receipt == refund.receipt:",
        "elif False:",
        f"{_Q}::test_what_is_not_certain_changes_nothing",
    ),
    Mutation(
        "a status that M-Pesa could not look up tells nothing",
        f"{_P}/daraja/reversals.py",
        'if code is None or normalised(result["ResultCode"]) != "0":',
        "if code is None:",
        f"{_Q}::test_what_is_not_certain_changes_nothing",
    ),
)
