"""What keeps cash from being taken by strangers, counted twice, or given back by M-Pesa."""

from typing import Final

from tests.faults.mutation import Mutation

_P: Final = "chalicelib/payments"
_S: Final = "tests/payments/test_selling.py"
_C: Final = "tests/payments/test_cashing_up.py"
_R: Final = "tests/payments/test_refunding_cash.py"

MUTATIONS: Final = (
    Mutation(
        "cash is sold by those who run the event or stand at its gate",
        f"{_P}/selling.py",
        "    if not is_staff(event, caller):\n",
        "    if False:\n",
        f"{_S}::test_organizers_and_admins_sell_too_and_nobody_else",
    ),
    Mutation(
        "gifts are made by those who run the event",
        f"{_P}/selling.py",
        "payment_type == COMPLIMENTARY and not may_run(event, caller)",
        "False",
        f"{_S}::test_organizers_and_admins_sell_too_and_nobody_else",
    ),
    Mutation(
        "who has lost the role gives nothing away",
        "chalicelib/catalog/events.py",
        ' and caller.may("events:write")',
        "",
        f"{_S}::test_an_organizer_who_lost_the_role_gives_nothing_away_and_sees_no_cash_of_others",
    ),
    Mutation(
        "the largest sale leaves room for its messages",
        f"{_P}/selling.py",
        "min(tickets, room, _MOST_TOLD)",
        "min(tickets, _MOST_TOLD)",
        "tests/offers/test_largest.py"
        "::test_the_largest_sale_for_cash_is_told_to_as_many_phones_as_there_is_room_for",
    ),
    Mutation(
        "a cash sale is at today's price",
        f"{_P}/selling.py",
        "SELL_UNHELD, at, int(seen.event.version))",
        "SELL_UNHELD, at)",
        f"{_S}::test_a_price_that_is_changed_meanwhile_counts",
    ),
    Mutation(
        "a gift costs nothing",
        f"{_P}/selling.py",
        "0 if is_gift else int(price)",
        "int(price)",
        f"{_S}::test_a_complimentary_ticket_costs_nothing_and_counts_nothing",
    ),
    Mutation(
        "a key sells once",
        f"{_P}/selling.py",
        "            guards.take(writing, key, at)\n",
        "            pass\n",
        f"{_S}::test_one_key_sent_twice_at_once_sells_once",
    ),
    Mutation(
        "a key is of one kind of payment",
        f"{_P}/selling.py",
        ", order.payment_type]",
        "]",
        f"{_S}::test_a_key_sells_once_and_for_one_kind_of_payment",
    ),
    Mutation(
        "a sale whose answer was lost is found",
        f"{_P}/selling.py",
        "        return _stored(payment.id)\n",
        "        return None\n",
        f"{_S}::test_a_sale_that_was_written_though_its_answer_was_lost_is_told",
    ),
    Mutation(
        "a gift is in nobody's drawer",
        f"{_P}/selling.py",
        "        if payment.payment_type == CASH:\n",
        "        if True:\n",
        f"{_S}::test_a_complimentary_ticket_costs_nothing_and_counts_nothing",
    ),
    Mutation(
        "two who count one drawer do not both take over its cash",
        f"{_P}/cashing_up.py",
        "actions=actions, condition=unmoved)",
        "actions=actions)",
        f"{_C}::test_of_two_who_count_at_once_one_counts",
    ),
    Mutation(
        "what should be there is as of the cash-up",
        f"{_P}/cashing_up.py",
        "unmoved = CashDrawer.version == int(drawer.version)",
        "unmoved = CashDrawer.cash_ups == int(drawer.cash_ups)",
        f"{_C}::test_a_sale_meanwhile_is_counted_to_what_should_be_there",
    ),
    Mutation(
        "who looked before another counted does not count",
        f"{_P}/cashing_up.py",
        "        if drawer.cash_ups != seen:\n",
        "        if False:\n",
        f"{_C}::test_who_looked_before_another_counted_is_refused",
    ),
    Mutation(
        "a key counts once",
        f"{_P}/cashing_up.py",
        "            guards.take(writing, key, at)\n",
        "            pass\n",
        f"{_C}::test_a_key_counts_once",
    ),
    Mutation(
        "cash is counted by those who run the event",
        f"{_P}/cashing_up.py",
        "    if not may_run(event, caller):\n",
        "    if False:\n",
        f"{_C}::test_who_counts_and_who_sees",
    ),
    Mutation(
        "gate staff see their own cash",
        f"{_P}/drawers.py",
        "    if may_run(event_of_staff(event_id, caller), caller):\n",
        "    if event_of_staff(event_id, caller):\n",
        f"{_C}::test_who_counts_and_who_sees",
    ),
    Mutation(
        "cash is not reversed",
        f"{_P}/refunding.py",
        "    if payment.payment_type == CASH:\n",
        "    if False:\n",
        f"{_R}::test_cash_is_not_reversed",
    ),
    Mutation(
        "cash leaves the drawer when it is given back, and not before",
        f"{_P}/refunds.py",
        "if payment.payment_type == CASH and refund.state in GIVEN_BACK:",
        "if payment.payment_type == CASH:",
        f"{_R}::test_above_the_limit_it_comes_out_of_the_drawer_of_who_asked",
    ),
    Mutation(
        "nobody's money leaves a drawer for what was paid by M-Pesa",
        f"{_P}/refunds.py",
        "if payment.payment_type == CASH and refund.state in GIVEN_BACK:",
        "if refund.state in GIVEN_BACK:",
        f"{_R}::test_a_complimentary_ticket_is_taken_back_with_nothing_to_pay",
    ),
    Mutation(
        "cash that is due back has no attempt to look at",
        f"{_P}/refunding.py",
        "    if not refund.attempt:\n",
        "    if False:\n",
        f"{_R}::test_of_a_cancelled_event_cash_is_due_back_until_somebody_gives_it",
    ),
)
