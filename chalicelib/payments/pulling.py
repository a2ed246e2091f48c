"""Pulling: asking M-Pesa for the money that came, where a receipt is missing here.

The schedule asks for the minutes in which a prompt was out whose receipt nobody has told, and for no others:
while nothing is missing it costs one read of an empty index. What it finds is settled as by its callback.

`python -m chalicelib.payments.pulling 254722000000` registers the short code for it, which M-Pesa wants once.
"""

import argparse
import sys
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from chalicelib.core import log, metrics
from chalicelib.core.dynamo import ConditionFailed, read_together, update
from chalicelib.core.settings import settings
from chalicelib.core.shared import Shared
from chalicelib.payments import books, comparing, differences, missing, receipts, supplying
from chalicelib.payments.daraja.answers import NoAnswer
from chalicelib.payments.daraja.transactions import Transaction
from chalicelib.payments.difference_models import OPEN, WATCHED, Difference
from chalicelib.payments.models import Attempt, Payment
from chalicelib.payments.till import Till

#: One run at a time asks, and no more often than this.
_BETWEEN: Final = timedelta(minutes=2)
_ITEM: Final = "mpesa-pull"
#: At most so many receipts in one run, which ends in time before the function does.
_MOST: Final = 100
_RUN_SECONDS: Final = 10
#: So long M-Pesa remembers.
_REMEMBERED: Final = timedelta(hours=48)
#: Our clock and M-Pesa's may differ by so much.
_SKEW: Final = timedelta(minutes=2)
#: Money that we do not know may be about to be told: a difference it is when it is older.
_SETTLED_BY: Final = timedelta(minutes=10)


class Window(NamedTuple):
    """Minutes to ask about."""

    since: datetime
    until: datetime


def run(till: Till) -> int:
    """Look for the receipts that are due to be looked for; returns how many were settled."""
    at = till.now()
    due = list(Difference.by_open.query(WATCHED, Difference.at <= at, limit=_MOST))
    if not due or not _is_ours(at):
        return 0
    return _look_for(_sought(due, at), till)


def _is_ours(at: datetime) -> bool:
    """Claim this run; of two schedules that overlap one asks."""
    free = Shared.claimed_until.does_not_exist() | (Shared.claimed_until <= at.timestamp())
    try:
        update(Shared(_ITEM), [Shared.claimed_until.set((at + _BETWEEN).timestamp())], free)
    except ConditionFailed:
        return False
    return True


def _sought(due: Collection[Difference], at: datetime) -> dict[str, list[Attempt]]:
    """The attempts whose receipts to look for, by payment; those that are found, or too old, are let go."""
    payments = read_together([(Payment, one) for one in {str(row.payment_id) for row in due}])
    sought: dict[str, list[Attempt]] = {}
    for row in due:
        payment: Payment = payments[Payment, str(row.payment_id)]
        attempt = payment.attempts[int(row.about.partition("#")[2]) - 1]
        is_forgotten = at - attempt.prompted_at >= _REMEMBERED
        # Of a prompt that only may have been paid M-Pesa has known nothing for two days: it was not.
        if attempt.receipt or attempt.outcome == "failed" or (is_forgotten and attempt.outcome != "paid"):
            row_now: list[Any] = [Difference.open.remove(), Difference.resolved_at.set(at)]
        elif is_forgotten:
            log.alert("pulling.gave_up", payment_id=payment.id, attempt=int(attempt.number))
            row_now = [Difference.open.set(OPEN), Difference.at.set(attempt.prompted_at)]
        else:
            sought.setdefault(payment.id, []).append(attempt)
            row_now = [Difference.at.set(missing.next_look(row, at)), Difference.looks.add(1)]
        _move(row, [*row_now, Difference.last_seen_at.set(at)])
    return sought


def _move(row: Difference, actions: list[Any]) -> None:
    try:
        update(Difference(row.about, row.kind), actions, Difference.at == row.at)
    except ConditionFailed:
        log.event("pulling.moved_meanwhile", about=row.about)


def _look_for(sought: dict[str, list[Attempt]], till: Till) -> int:
    """Ask M-Pesa, settle what belongs to these payments, and look after what belongs to none of them."""
    at, settled, strays = till.now(), 0, []
    by_reference = {supplying.reference_of(payment_id): payment_id for payment_id in sought}
    for page in _pages(_windows([one for each in sought.values() for one in each], at), till):
        counted = receipts.owners([one.receipt for one in page])
        for money in page:
            if money.receipt in counted:
                continue
            if payment_id := by_reference.get(money.reference or ""):
                settled += _supply(payment_id, money, at)
            elif at - money.at >= _SETTLED_BY:
                strays.append(money)
    return settled + _look_after(strays, at)


def _pages(windows: Iterable[Window], till: Till) -> Iterator[list[Transaction]]:
    """What M-Pesa tells of these minutes, page after page, while there is time; each receipt once.

    What it told before it gave no answer counts: so it may say that there is no more. A page that tells
    nothing new is the last: it may not know our offsets.
    """
    begun, told = till.now(), set[str]()
    for window in windows:
        offset = 0
        while till.now() - begun <= timedelta(seconds=_RUN_SECONDS):
            try:
                page = till.mpesa.pull(window.since, window.until, offset)
            except NoAnswer as error:
                log.alert("pulling.no_answer", reason=str(error))
                if error.unreachable:
                    return
                break
            news = list({one.receipt: one for one in page.transactions if one.receipt not in told}.values())
            if not page.told or (page.transactions and not news):
                break
            told.update(one.receipt for one in news)
            for start in range(0, len(news), _MOST):
                yield news[start : start + _MOST]
            offset += page.told


def _windows(attempts: Iterable[Attempt], at: datetime) -> list[Window]:
    """The minutes in which these prompts were out, those that touch made one."""
    windows: list[Window] = []
    for since in sorted(one.prompted_at - _SKEW for one in attempts):
        until = min(since + _SKEW + books.PROMPT_LASTS, at + _SKEW)
        if windows and since <= windows[-1].until:
            windows[-1] = Window(windows[-1].since, until)
        else:
            windows.append(Window(since, until))
    return windows


def _look_after(strays: Collection[Transaction], at: datetime) -> int:
    """Money that nobody was looking for: settled if it names a payment, else kept as a difference."""
    known = differences.known([one.receipt for one in strays])
    news = [one for one in strays if one.receipt not in known]
    traced = supplying.trace(news)
    settled = 0
    for money in news:
        if payment_id := traced.get(money.reference or ""):
            settled += _supply(payment_id, money, at)
        else:
            log.alert("pulling.unknown_money", receipt=money.receipt)
            differences.keep([comparing.unknown(money, "it names none of our payments")], at)
    return settled


def _supply(payment_id: str, money: Transaction, at: datetime) -> bool:
    """Settle one receipt, whatever becomes of the others."""
    try:
        why = supplying.supply(payment_id, money, at)
    except Exception:
        log.crash("pulling.postponed", payment_id=payment_id)
        return False
    if why:
        differences.keep([comparing.unknown(money, why, payment_id)], at)
        return False
    metrics.count("Pulled")
    return True


def main(arguments: list[str] | None = None) -> int:
    """Register the short code for Pull Transactions."""
    from chalicelib.payments.shared_token import make_mpesa

    parser = argparse.ArgumentParser(description="Register the short code for M-Pesa's Pull Transactions.")
    parser.add_argument("phone", help="the nominated number, one of the business's own: 254…")
    given = parser.parse_args(arguments)
    try:
        print(make_mpesa(settings()).register_pulling(given.phone, settings().public_url))  # noqa: T201
    except NoAnswer as error:
        print(f"M-Pesa did not register it: {error}.", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
