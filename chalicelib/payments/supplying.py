"""Money that M-Pesa's records tell of and no callback did: whose it is, and settling it as a callback would.

By its reference the payment is found, by its time the attempt. Where two attempts may be meant nothing is
guessed: a wrong guess would call money that came once money that came twice, and give it back.
"""

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core import log, metrics
from chalicelib.payments import books, by_time, receipts, settlement
from chalicelib.payments.daraja.callbacks import Result
from chalicelib.payments.daraja.results import PAID
from chalicelib.payments.daraja.transactions import Transaction
from chalicelib.payments.models import Attempt, Payment

#: A payment is looked for among those made so long before its money; who asks again later is not found.
LOOK_BACK: Final = timedelta(days=2)
#: Our clock and M-Pesa's may differ by so much.
_SKEW: Final = timedelta(minutes=2)

_OURS: Final = re.compile(r"[0-9a-f]{12}")


def reference_of(payment_id: str) -> str:
    """What the prompt of a payment calls it, and M-Pesa its account."""
    return payment_id[-12:]


def trace(transactions: Collection[Transaction]) -> dict[str, str]:
    """The ids of the payments that these name, by reference; one that names two payments is left out.

    Goes through the ids of all payments of that time, so it is for what cannot be found otherwise.
    """
    wanted = {one.reference for one in transactions if one.reference and _OURS.fullmatch(one.reference)}
    if not wanted:
        return {}
    since = min(one.at for one in transactions) - LOOK_BACK
    found = defaultdict(set)
    for payment_id in by_time.ids_between(since, max(one.at for one in transactions) + _SKEW):
        if (reference := reference_of(payment_id)) in wanted:
            found[reference].add(payment_id)
    return {reference: ids.pop() for reference, ids in found.items() if len(ids) == 1}


def supply(payment_id: str, money: Transaction, at: datetime) -> str | None:
    """Settle money of a payment as its callback would have; a repeat changes nothing.

    Returns:
        Why it could not be settled: a person must look. None if it counts.

    Raises:
        settlement.Unsettled: it lost every race; try again.
    """
    payment = Payment.get(payment_id, consistent_read=True)
    number = attempt_of(payment.attempts, money.at)
    if number is None:
        log.alert("supplying.ambiguous", payment_id=payment_id, receipt=money.receipt)
        return "it is not certain which of its prompts was paid"
    if _is_known_to_be_paid(payment.attempts[number - 1]) and math.ceil(money.amount) != payment.amount:
        log.alert("supplying.another_amount", payment_id=payment_id, receipt=money.receipt)
        return "its prompt was paid, and asked for another amount"
    settlement.settle(payment_id, number, Result(PAID, receipt=money.receipt, amount=money.amount), at)
    if receipts.owners([money.receipt]).get(money.receipt) != payment_id:
        return "it does not count for the payment that it names"
    log.event("supplying.settled", payment_id=payment_id, attempt=number)
    metrics.count("Supplied")
    return None


def attempt_of(attempts: Iterable[Attempt], at: datetime) -> int | None:
    """The number of the attempt that money of that time has paid; None if it is not certain.

    First those whose receipt is missing, of these the ones whose prompt was out at that time; then the one
    that is known to be paid, if all others are known not to be.
    """
    sent = [one for one in attempts if one.pushed_at and one.outcome != "not_sent"]
    meant = [one for one in sent if not one.receipt] or sent
    meant = [one for one in meant if _may_pay(one, at)] or meant
    if len(meant) > 1 and all(one.outcome in ("paid", "failed") for one in meant):
        meant = [one for one in meant if one.outcome == "paid"]
    return int(meant[0].number) if len(meant) == 1 else None


def _is_known_to_be_paid(attempt: Attempt) -> bool:
    """Whether M-Pesa has said that this prompt was paid, and its receipt is yet to come.

    A prompt takes what it asks for and nothing else, so another amount was paid by hand: it undoes no sale.
    """
    return attempt.outcome == "paid" and not attempt.receipt


def _may_pay(attempt: Attempt, at: datetime) -> bool:
    return bool(attempt.prompted_at - _SKEW <= at <= attempt.prompted_at + books.PROMPT_LASTS)
