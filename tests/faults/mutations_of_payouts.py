"""What keeps an organizer from being paid out twice, or too much, or by nobody's leave; and what is owed."""

from typing import Final

from tests.faults.mutation import Mutation

_P: Final = "chalicelib/reports/payouts.py"
_T: Final = "tests/reports/test_payouts.py"
_O: Final = "tests/reports/test_owed.py"

MUTATIONS: Final = (
    Mutation(
        "of two payouts at once one is written",
        _P,
        "condition=as_read",
        "condition=PayoutAccount.version.does_not_exist() | (PayoutAccount.version >= 0)",
        f"{_T}::test_what_another_admin_pays_out_at_that_moment_is_not_owed_any_more",
    ),
    Mutation(
        "a payout is written once",
        _P,
        "    guards.take(writing, reference, payout.at)\n",
        "",
        f"{_T}::test_the_same_again_is_the_same_payout",
    ),
    Mutation(
        "a reference with another body is refused",
        _P,
        "    if taken.fingerprint != wanted.fingerprint:\n",
        "    if False:\n",
        f"{_T}::test_a_reference_is_for_one_payout",
    ),
    Mutation(
        "no more is paid out than is owed",
        _P,
        "        if form.amount > dues.owed:\n",
        "        if False:\n",
        f"{_T}::test_no_more_is_paid_out_than_is_owed",
    ),
    Mutation(
        "nobody is paid out who is not verified",
        _P,
        "        if not people.find(event.user_id).is_verified:\n",
        "        if False:\n",
        f"{_T}::test_nobody_is_paid_out_who_is_not_verified",
    ),
    Mutation(
        "nor who loses that at the same moment",
        _P,
        "condition=verifying.is_verified()",
        "condition=User.id.exists()",
        f"{_T}::test_nor_who_loses_the_verification_at_that_moment",
    ),
    Mutation(
        "nor who is no organizer any more",
        _P,
        "condition=Event.user_id == payout.paid_to",
        "condition=Event.id.exists()",
        f"{_T}::test_nor_who_hands_the_event_over_at_that_moment",
    ),
    Mutation(
        "who leaves is verified no more",
        "chalicelib/accounts/leaving.py",
        "        User.verified_at.remove(),\n",
        "",
        f"{_T}::test_who_leaves_is_not_verified_any_more",
    ),
    Mutation(
        "nobody is verified over what somebody else has just done",
        "chalicelib/accounts/verifying.py",
        "condition=_THERE & before",
        "condition=User.id.exists()",
        f"{_T}::test_of_two_who_change_somebody_at_once_one_is_told_so",
    ),
    Mutation(
        "a receipt is charged once",
        "chalicelib/catalog/stock.py",
        "paid = paid._replace(charge=0)",
        "pass",
        f"{_T}::test_the_charge_is_taken_once_for_a_receipt_of_several_types",
    ),
    Mutation(
        "a charge is not taken again with what goes back",
        "chalicelib/catalog/takings.py",
        "    if paid.charge and tickets > 0:\n",
        "    if paid.charge:\n",
        f"{_T}::test_what_m_pesa_took_stays_taken_when_money_goes_back",
    ),
    Mutation(
        "cash is not on the short code",
        "chalicelib/catalog/takings.py",
        "    if paid.in_cash:\n",
        "    if False:\n",
        f"{_T}::test_cash_is_revenue_that_is_not_owed",
    ),
    Mutation(
        "what was paid out is not owed any more",
        "chalicelib/reports/owed.py",
        " - self.fee - self.paid_out",
        " - self.fee",
        f"{_O}::test_everything_is_whole_and_nothing_is_lost",
    ),
)
