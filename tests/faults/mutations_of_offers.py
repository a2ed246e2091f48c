"""What keeps promo codes and limits counted right: see `mutations.py`."""

from typing import Final

from tests.faults.mutation import Mutation

_O: Final = "chalicelib/offers"
_P: Final = "chalicelib/payments"
_C: Final = "tests/offers/test_codes.py"
_N: Final = "tests/offers/test_counting.py"
_T: Final = "tests/offers/test_orders.py"
_B: Final = "tests/offers/test_giving_back.py"

MUTATIONS: Final = (
    # Counts
    Mutation(
        "a count does not go past its limit",
        f"{_O}/counting.py",
        ", condition=room)",
        ")",
        f"{_N}::test_a_count_comes_to_its_limit_and_no_further",
    ),
    Mutation(
        "the first to be counted are not too many",
        f"{_O}/counting.py",
        "        if n <= most:\n",
        "        if True:\n",
        f"{_N}::test_the_first_to_be_counted_may_not_be_too_many_either",
    ),
    Mutation(
        "no count falls below zero",
        f"{_O}/counting.py",
        ", condition=used >= -n)",
        ")",
        f"{_N}::test_nothing_is_given_back_twice",
    ),
    Mutation(
        "a code counts for a person what is cheaper by it",
        f"{_O}/counting.py",
        "            if some.share is not None or _BY not in key:\n",
        "            if True:\n",
        f"{_T}::test_a_code_is_used_up_for_one_and_not_for_others",
    ),
    # Orders
    Mutation(
        "an order is written only while its counts have room",
        f"{_P}/seating.py",
        "most = agreed.most if agreed else {}",
        "most: dict[str, int] = {}",
        f"{_T}::test_two_who_want_the_last_ticket_at_once",
    ),
    Mutation(
        "an order goes by what was agreed",
        f"{_P}/purchase.py",
        "int(seen.event.version), agreed)",
        "int(seen.event.version))",
        f"{_T}::test_two_who_want_the_last_ticket_at_once",
    ),
    Mutation(
        "a code is used up only when all its shares are",
        f"{_O}/terms.py",
        "for share in order]",
        "for share in order[:1]]",
        f"{_T}::test_a_code_of_an_event_in_shards_lies_in_shares_and_the_last_ticket_is_found",
    ),
    Mutation(
        "a limit that is set meanwhile counts for an order",
        "chalicelib/catalog/known_events.py",
        '        "max_per_phone",\n',
        "",
        f"{_T}::test_a_limit_that_is_set_while_somebody_orders_counts_for_that_order",
    ),
    Mutation(
        "one person's tickets are counted against the event's limit",
        f"{_O}/terms.py",
        "    if customer is not None and wanted > customer:\n",
        "    if False:\n",
        f"{_T}::test_one_person_may_have_so_many_tickets_of_an_event",
    ),
    Mutation(
        "a code that has ended counts no more",
        f"{_O}/codes.py",
        "    if code.ended_at:\n",
        "    if False:\n",
        f"{_T}::test_a_code_that_has_ended_counts_no_more_and_what_it_sold_stays",
    ),
    Mutation(
        "a code does not count before its time",
        f"{_O}/codes.py",
        "    if code.starts_at and at < code.starts_at:\n",
        "    if False:\n",
        f"{_T}::test_a_code_counts_in_its_time",
    ),
    Mutation(
        "a code does not count after its time",
        f"{_O}/codes.py",
        "    if code.ends_at and at >= code.ends_at:\n",
        "    if False:\n",
        f"{_T}::test_a_code_counts_in_its_time",
    ),
    Mutation(
        "a code is for its types only",
        f"{_O}/codes.py",
        "    return not code.ticket_types or ticket_type in code.ticket_types\n",
        "    return True\n",
        f"{_T}::test_a_code_is_for_its_types_only_and_counts_no_others",
    ),
    Mutation(
        "a code is part of what a key is for",
        f"{_P}/purchase.py",
        "        request += [order.promo_code.upper()] if order.promo_code else []\n",
        "",
        f"{_T}::test_the_code_is_part_of_the_request_that_a_key_is_for",
    ),
    Mutation(
        "an order that was written after all is no stranger to itself",
        f"{_P}/purchase.py",
        "stored = _stored(payment_id) if search.avoided else None",
        "stored = None",
        f"{_T}::test_an_order_that_was_written_after_all_does_not_stand_in_its_own_way",
    ),
    # What comes back, and goes again
    Mutation(
        "seats that come back are counted back",
        f"{_P}/seating.py",
        'if sign := -how.columns.get("remaining", 0):',
        'if (sign := -how.columns.get("remaining", 0)) > 0:',
        f"{_B}::test_a_refused_prompt_gives_back",
    ),
    Mutation(
        "a person's counts come back with the seats",
        f"{_P}/seating.py",
        "payment.counted or ()",
        "()",
        f"{_B}::test_a_refused_prompt_gives_back",
    ),
    Mutation(
        "a part refund counts back what was cheaper",
        f"{_P}/refunds.py",
        "            picked.append(replace(some, n=n))\n",
        "            picked.append(replace(some, n=n, share=None))\n",
        f"{_B}::test_a_refund_gives_back_and_a_part_of_it_a_part",
    ),
    Mutation(
        "a new attempt is counted under its own phone",
        f"{_P}/attempts.py",
        "int(seen.event.version), retry.agreed)",
        "int(seen.event.version))",
        f"{_B}::test_a_new_attempt_counts_for_its_own_phone",
    ),
    Mutation(
        "a new attempt keeps what it was counted under",
        f"{_P}/attempts.py",
        "Payment.counted.set(personal) if personal else Payment.counted.remove()",
        "Payment.queries.set(0)",
        f"{_B}::test_limits_that_were_taken_away_are_forgotten_by_the_next_attempt",
    ),
    Mutation(
        "a new attempt keeps which share counts it",
        f"{_P}/attempts.py",
        "seats=agreed.counted(seats)",
        "seats=seats",
        f"{_B}::test_a_new_attempt_counts_again_at_the_price_of_then",
    ),
    Mutation(
        "late money is counted in the shares of before",
        f"{_P}/settlement.py",
        "return seats and seating.counted_as_before(payment, seats)",
        "return seats",
        f"{_B}::test_late_money_that_finds_other_seats_is_counted_as_before",
    ),
    # Codes
    Mutation(
        "a code is made once",
        f"{_O}/managing.py",
        ", condition=PromoCode.code.does_not_exist())",
        ")",
        f"{_C}::test_a_code_is_made_once_whatever_its_case",
    ),
    Mutation(
        "an event has so many codes and no more",
        f"{_O}/managing.py",
        "counting.of_codes(event_id), 1, rules.MOST_CODES)",
        "counting.of_codes(event_id), 1)",
        f"{_C}::test_an_event_has_so_many_codes_and_no_more",
    ),
    Mutation(
        "only a code that is there is ended",
        f"{_O}/managing.py",
        "PromoCode.code.exists() & ",
        "",
        f"{_C}::test_a_code_that_is_not_there_is_not_ended",
    ),
    Mutation(
        "a code has ended when it was ended first",
        f"{_O}/managing.py",
        " & PromoCode.ended_at.does_not_exist()",
        "",
        f"{_C}::test_a_code_is_ended_once_and_stays_in_the_list",
    ),
)
