"""One open prompt per phone, over all payments: a guard that lapses when the prompt leaves the phone."""

from datetime import datetime, timedelta
from typing import Final

from pynamodb.transactions import TransactWrite

from chalicelib.core import guards
from chalicelib.core.guards import Guard
from chalicelib.core.settings import settings
from chalicelib.payments import frequency
from chalicelib.payments.models import UNTOLD, Attempt
from chalicelib.payments.problems import PromptOpen

#: A guard this close to its end is left to lapse: somebody may be taking it over by a clock that is ahead.
_MARGIN: Final = timedelta(seconds=10)


def guard(phone: str, payment_id: str, attempt: int, at: datetime) -> Guard:
    """The guard of a phone, for one attempt."""
    lapses_at = int(at.timestamp()) + settings().prompt_seconds
    return Guard(f"prompt#{phone}", owner=f"{payment_id}#{attempt}", lapses_at=lapses_at)


def refuse_if_open(found: Guard | None, at: datetime) -> None:
    """Refuse another prompt on a phone that has one; `found` is the guard that somebody holds.

    Raises:
        PromptOpen: with the seconds until it is gone.
    """
    if found:
        raise PromptOpen(retry_after=max(1, int(found.lapses_at or 0) - int(at.timestamp())))


def release(
    writing: TransactWrite, payment_id: str, attempt: Attempt, at: datetime, outcome: str | None
) -> None:
    """Free the phone of an attempt whose end is told for the first time, in the transaction that notes it.

    Told again, it frees nothing: the phone may have a newer prompt by then. A phone that has paid is not
    pestered, and by what was never sent nobody is; `outcome` is the end that is told.
    """
    is_first = attempt.outcome in UNTOLD
    if outcome == "paid":
        frequency.begin_anew(writing, attempt.phone, at)
    elif is_first and (outcome == "not_sent" or attempt.pushed_at is None):
        frequency.take_back(writing, attempt.phone, attempt.asked_at)
    if is_first and at < attempt.prompted_at + timedelta(seconds=settings().prompt_seconds) - _MARGIN:
        guards.release(writing, guard(attempt.phone, payment_id, int(attempt.number), at))
