"""Phones on payments are kept as long as records of money must be, and not longer: then all are taken off.

A shared item says how far it is, so that the schedule goes through each month once, when its time has come,
and which payments had to keep their phones: those are looked at again once a day. It goes no further while a
hundred are left, so the item never has more than 199 of them (with those of the step that came to a hundred).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.core import log, retention
from chalicelib.core.dynamo import ConditionFailed, update
from chalicelib.core.shared import Shared
from chalicelib.payments.models import Payment
from chalicelib.privacy import walking
from chalicelib.privacy.forgetting import KEPT, Outcome, forget

_NAME: Final = "phones-forgotten"
_RUN: Final = timedelta(seconds=10)
#: When those that were left are looked at again.
_AGAIN: Final = timedelta(days=1)
#: With so many left, people have to settle some first.
_MOST: Final = 100


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
    try:
        item = Shared.get(_NAME, consistent_read=True)
    except Shared.DoesNotExist:
        item = Shared(_NAME)
    if item.members and int(item.until or 0) <= at.timestamp():
        _look_again(item, at)
        return True
    first_kept = retention.first_month(at)
    place = item.text or walking.begin()
    if walking.month_of(place) >= first_kept or len(item.members or ()) >= _MOST:
        return False
    payments, following = walking.step(place, walking.before(first_kept))
    actions: list[Any] = [Shared.text.set(following or walking.begin(first_kept))]
    if left := _left(payments):
        actions.append(Shared.members.add(left))
        if not item.members:
            actions.append(Shared.until.set(_tomorrow(at)))
    # Of two who took the same step one moves on.
    unmoved = Shared.text == item.text if item.text else Shared.text.does_not_exist()
    try:
        update(item, actions, unmoved)
    except ConditionFailed:
        return False
    return True


def _look_again(item: Shared, at: datetime) -> None:
    """Look at those that were left; two at once do no harm, since each only takes out what needs no look."""
    members = sorted(item.members or ())
    left: set[str] = set()
    for start in range(0, len(members), walking.MOST):
        left |= _left(walking.read(members[start : start + walking.MOST]))
    actions: list[Any] = [Shared.until.set(_tomorrow(at))]
    if done := set(members) - left:
        actions.append(Shared.members.delete(done))
    item.update(actions=actions)


def _left(payments: list[Payment]) -> set[str]:
    """The ids of those that keep their phones for now, when all that may go is gone."""
    became = {payment.id: forget(payment) for payment in payments}
    for payment_id, outcome in became.items():
        if outcome is Outcome.LEFT:  # open after years: a person has to look at it
            log.alert("phones.kept", payment_id=payment_id)
    return {payment_id for payment_id, outcome in became.items() if outcome in KEPT}


def _tomorrow(at: datetime) -> int:
    return int((at + _AGAIN).timestamp())
