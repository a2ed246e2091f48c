"""Erasing: who has left, and phones of people who never had an account, are forgotten step by step.

A row says what is to be done and how far it is, so the schedule goes on where it died, or does a step again.
Payments whose money is open, or whose event is to come, are left and looked at again: after a day, then after
as long as it has been, at most a month.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.accounts import trail
from chalicelib.core import guards, log, retention
from chalicelib.core.dynamo import ConditionFailed, transact, update
from chalicelib.core.guards import Guard
from chalicelib.core.ids import new_id
from chalicelib.core.problems import Busy, NotFound
from chalicelib.payments.models import Payment
from chalicelib.payments.states import State
from chalicelib.privacy import open_matters, walking
from chalicelib.privacy.forgetting import KEPT, Outcome, forget, phones_of
from chalicelib.privacy.models import DUE, Erasure
from chalicelib.web.caller import Caller

#: Erasures that one run looks at, and how long it goes on with them.
_MOST: Final = 20
_RUN: Final = timedelta(seconds=20)
#: Indexes are a moment late: by then they know what the person did last.
_INDEX_IS_LATE: Final = timedelta(minutes=1)
#: When payments that were left are looked at again: each time later, since a phone is looked for everywhere.
_AGAIN: Final = (timedelta(days=1), timedelta(days=30))
#: How often it is asked for a phone whose erasure ends at that very moment.
_TRIES: Final = 3
#: One that cannot be gone on with makes room for the others.
_POSTPONED: Final = timedelta(minutes=10)


def add(writing: TransactWrite, user_id: str, caller: Caller) -> None:
    """Let somebody be forgotten, in the transaction in which they leave."""
    row = _row(user_id, caller)
    row.user_id = user_id
    writing.save(row, condition=Erasure.id.does_not_exist())


def ask(phone: str, caller: Caller) -> Erasure:
    """Let a phone be forgotten wherever a payment knows it; one that waits already is that erasure.

    All payments are gone through for it, so not twice at once. What is paid after it was first asked for may
    be missed: then ask again when it is done.

    Raises:
        Busy: it was finished and asked for again each time; nothing was written.
    """
    for _ in range(_TRIES):
        try:
            return _begin(phone, caller)
        except ConditionFailed:
            if waiting := _waiting(phone):
                return waiting
    raise Busy


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
            while now() - at < _RUN and _took_a_step(erasure_id, now()):
                pass
        except Exception:  # whatever it is: others wait behind it
            log.crash("erasure.postponed", erasure_id=erasure_id)
            _postpone(erasure_id, at)


def _postpone(erasure_id: str, at: datetime) -> None:
    try:
        update(Erasure(erasure_id), [Erasure.due_at.set(at + _POSTPONED)], Erasure.due == DUE)
    except Exception:
        log.crash("erasure.not_postponed", erasure_id=erasure_id)


def _begin(phone: str, caller: Caller) -> Erasure:
    row = _row(new_id(caller.at), caller)
    row.phone = phone
    line = trail.line(caller.user_id, caller.at, "erasure.asked", f"erasure#{row.id}")

    def fill(writing: TransactWrite) -> None:
        # Of two who ask at once one begins.
        guards.take(writing, Guard(_key(phone), owner=row.id), caller.at)
        writing.save(row, condition=Erasure.id.does_not_exist())
        trail.write(writing, line)

    transact(fill)
    return row


def _waiting(phone: str) -> Erasure | None:
    """The erasure of a phone that is not done; None if there is none any more."""
    try:
        found = Erasure.get(Guard.get(_key(phone), consistent_read=True).owner, consistent_read=True)
    except (Guard.DoesNotExist, Erasure.DoesNotExist):
        return None
    return None if found.done_at else found


def _key(phone: str) -> str:
    return f"erasure#{phone}"


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
    if erasure.user_id and not erasure.place:
        _tell_of_cash(erasure.user_id)
    payments, following = _some(erasure, at)
    to_come = _to_come(payments, erasure.phone, at)
    became = Counter(
        Outcome.LEFT if payment.id in to_come else forget(payment, erasure.phone) for payment in payments
    )
    left = int(erasure.left) if erasure.place else 0
    left += sum(became[outcome] for outcome in KEPT)
    actions = [Erasure.erased.add(became[Outcome.FORGOTTEN]), Erasure.left.set(left), Erasure.version.add(1)]
    is_done = following is None and not left
    try:
        _note(erasure, actions + _then(erasure, following, left, at), is_done=is_done)
    except ConditionFailed:
        return False
    if is_done:
        erased = int(erasure.erased) + became[Outcome.FORGOTTEN]
        log.event("erasure.done", erasure_id=erasure.id, erased=erased)
    return following is not None


def _note(erasure: Erasure, actions: list[Action], *, is_done: bool) -> None:
    # Of two who went through the same payments one moves on; what the other did is done.
    unmoved = Erasure.version == erasure.version

    def fill(writing: TransactWrite) -> None:
        writing.update(Erasure(erasure.id), actions=actions, condition=unmoved)
        if is_done and erasure.phone:
            # Whoever has it: one that belonged to an erasure of a restored backup would never be freed.
            writing.delete(Guard(_key(erasure.phone)))

    transact(fill)


def _tell_of_cash(user_id: str) -> None:
    """Let a person ask for cash that was taken while they left: after it was looked for, before they had."""
    for event_id in open_matters.cash_in_hand(user_id):
        log.alert("erasure.cash_in_hand", user_id=user_id, event_id=event_id)


def _to_come(payments: Sequence[Payment], phone: str | None, at: datetime) -> set[str]:
    """The payments for events to come that need their phone still.

    Of who has no account, to tell of a cancellation; of who has left, to give money back (decision 0095). A
    cancelled event counts until its money has been moved on.
    """

    def needs_it(payment: Payment) -> bool:
        known = phones_of(payment)
        return phone in known if phone else bool(known and payment.amount)

    paid = [one for one in payments if one.status == State.COMPLETED and needs_it(one)]
    coming = {event.id for event in open_matters.not_over({one.event_id for one in paid}, at)}
    return {one.id for one in paid if one.event_id in coming}


def _then(erasure: Erasure, following: str | None, left: int, at: datetime) -> list[Action]:
    if following:
        return [Erasure.place.set(following)]
    if left:
        shortest, longest = _AGAIN
        pause = min(max(at - erasure.asked_at, shortest), longest)
        return [Erasure.place.remove(), Erasure.due_at.set(at + pause)]
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
