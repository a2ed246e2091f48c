"""Erasing: who has left, and phones of people who never had an account, are forgotten step by step.

A row says what is to be done and how far it is, so the schedule goes on where it died, or does a step again.
Payments whose money is open are left, and looked at again every day until there is none.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.accounts import trail
from chalicelib.core import log, retention
from chalicelib.core.dynamo import ConditionFailed, transact, update
from chalicelib.core.ids import new_id
from chalicelib.core.problems import NotFound
from chalicelib.payments.models import Payment
from chalicelib.privacy import walking
from chalicelib.privacy.forgetting import Outcome, forget
from chalicelib.privacy.models import DUE, Erasure
from chalicelib.web.caller import Caller

#: Erasures that one run looks at, and how long it goes on with them.
_MOST: Final = 20
_RUN: Final = timedelta(seconds=20)
#: Indexes are a moment late: by then they know what the person did last.
_INDEX_IS_LATE: Final = timedelta(minutes=1)
#: Payments whose money was open are looked at again.
_AGAIN: Final = timedelta(days=1)


def add(writing: TransactWrite, user_id: str, caller: Caller) -> None:
    """Let somebody be forgotten, in the transaction in which they leave."""
    row = _row(user_id, caller)
    row.user_id = user_id
    writing.save(row, condition=Erasure.id.does_not_exist())


def ask(phone: str, caller: Caller) -> Erasure:
    """Let a phone be forgotten wherever a payment knows it; asked again, it is gone through again."""
    row = _row(new_id(caller.at), caller)
    row.phone = phone
    line = trail.line(caller.user_id, caller.at, "erasure.asked", f"erasure#{row.id}")

    def fill(writing: TransactWrite) -> None:
        writing.save(row, condition=Erasure.id.does_not_exist())
        trail.write(writing, line)

    transact(fill)
    return row


def find(erasure_id: str) -> Erasure:
    """How far an erasure is.

    Raises:
        NotFound: there is none.
    """
    try:
        return Erasure.get(erasure_id, consistent_read=True)
    except Erasure.DoesNotExist:
        raise NotFound("There is no such erasure; POST /erasures tells its id.") from None


def go_on(now: Callable[[], datetime]) -> None:
    """Go on with what is due, for a while; may run twice at once."""
    at = now()
    try:
        due = [row.id for row in Erasure.by_due.query(DUE, Erasure.due_at <= at, limit=_MOST)]
    except Exception:
        log.crash("erasures.not_looked_at")
        return
    for erasure_id in due:
        try:
            while _took_a_step(erasure_id, now()) and now() - at < _RUN:
                pass
        except Exception:  # whatever it is: others wait behind it
            log.crash("erasure.postponed", erasure_id=erasure_id)


def _row(erasure_id: str, caller: Caller) -> Erasure:
    return Erasure(
        erasure_id,
        asked_by=caller.user_id,
        asked_at=caller.at,
        due=DUE,
        due_at=caller.at + _INDEX_IS_LATE,
    )


def _took_a_step(erasure_id: str, at: datetime) -> bool:
    """Go through some payments and note it; says whether there are more to go through now."""
    erasure = Erasure.get(erasure_id, consistent_read=True)
    if erasure.due is None or erasure.due_at > at:
        return False
    payments, following = _some(erasure, at)
    became = Counter(forget(payment, erasure.phone) for payment in payments)
    left = int(erasure.left) if erasure.place else 0
    left += became[Outcome.LEFT]
    actions = [Erasure.erased.add(became[Outcome.FORGOTTEN]), Erasure.left.set(left), Erasure.version.add(1)]
    # Of two who went through the same payments one moves on; what the other did is done.
    unmoved = Erasure.version == erasure.version
    try:
        update(erasure, actions + _then(following, left, at), unmoved)
    except ConditionFailed:
        return False
    if erasure.done_at:
        log.event("erasure.done", erasure_id=erasure.id, erased=int(erasure.erased))
    return following is not None


def _then(following: str | None, left: int, at: datetime) -> list[Action]:
    if following:
        return [Erasure.place.set(following)]
    if left:
        return [Erasure.place.remove(), Erasure.due_at.set(at + _AGAIN)]
    return [
        Erasure.place.remove(),
        Erasure.phone.remove(),
        Erasure.due.remove(),
        Erasure.due_at.remove(),
        Erasure.done_at.set(at),
        Erasure.lapses_at.set(retention.lapses(at, retention.ERASURE_DAYS)),
    ]


def _some(erasure: Erasure, at: datetime) -> walking.Step:
    if erasure.user_id is None:
        return walking.step(erasure.place or walking.begin(), f"{at:%Y-%m}")
    found = Payment.by_buyer.query(erasure.user_id, Payment.id > (erasure.place or "0"), limit=walking.MOST)
    ids = [row.id for row in found]
    # What somebody sold for cash has their customers' phones, and is no purchase of theirs.
    own = [payment for payment in walking.read(ids) if not payment.sold_by]
    return walking.Step(own, ids[-1] if len(ids) == walking.MOST else None)
