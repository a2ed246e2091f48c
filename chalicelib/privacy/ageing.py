"""Phones on payments are kept as long as records of money must be, and not longer: then all are taken off.

A shared item says how far it is, so that the schedule looks at each month once, when its time has come.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core import log, retention
from chalicelib.core.dynamo import ConditionFailed, update
from chalicelib.core.shared import Shared
from chalicelib.privacy import walking
from chalicelib.privacy.forgetting import Outcome, forget

_NAME: Final = "phones-forgotten"
_RUN: Final = timedelta(seconds=10)


def go_on(now: Callable[[], datetime]) -> None:
    """Take the phones off payments that are old enough, for a while; may run twice at once.

    Costs one round trip when there is nothing to do.
    """
    at = now()
    try:
        while _took_a_step(at) and now() - at < _RUN:
            pass
    except Exception:  # whatever it is: a later run goes on
        log.crash("phones.postponed")


def _took_a_step(at: datetime) -> bool:
    first_kept = retention.first_month(at)
    try:
        item = Shared.get(_NAME, consistent_read=True)
    except Shared.DoesNotExist:
        item = Shared(_NAME)
    place = item.text or walking.begin()
    if walking.month_of(place) >= first_kept:
        return False
    payments, following = walking.step(place, walking.before(first_kept))
    for payment in payments:
        if forget(payment) is Outcome.LEFT:  # open after years: a person has to look at it
            log.alert("phones.kept", payment_id=payment.id)
    # Of two who took the same step one moves on.
    unmoved = Shared.text == item.text if item.text else Shared.text.does_not_exist()
    try:
        update(item, [Shared.text.set(following or walking.begin(first_kept))], unmoved)
    except ConditionFailed:
        return False
    return True
