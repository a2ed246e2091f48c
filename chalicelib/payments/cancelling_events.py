"""Cancelling an event: its sales stop at once, and then each of its payments is given back.

A message on a queue goes through the event's payments, some at a time, and sends itself on to the next ones.
Each payment is moved by a transaction of its own, under the condition that it is as it was read: so a message
may come twice, or start again from the beginning. The event bears a mark until a whole pass has left nothing;
the schedule starts a pass where the mark stays and nobody is at work.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.expressions.condition import Condition

from chalicelib.catalog.calling_off import call_off
from chalicelib.catalog.events import OnShow
from chalicelib.catalog.models import UNWINDING, Event
from chalicelib.core import log, queues
from chalicelib.core.clock import Clock
from chalicelib.core.dynamo import ConditionFailed, read_together, update
from chalicelib.core.queues import CANCELLED_EVENTS
from chalicelib.payments import settlement
from chalicelib.payments.buckets import spread
from chalicelib.payments.models import Payment
from chalicelib.payments.states import Happening, State
from chalicelib.payments.verdicts import Change
from chalicelib.web.caller import Caller

#: Payments in one message, and the seconds after which it leaves the rest to the next one.
_AT_ONCE: Final = 50
_SECONDS: Final = 15
#: How often one payment is looked at again after somebody else moved it.
_TRIES: Final = 5
#: A pass that has not been heard of for so long has stopped.
_STOPPED: Final = timedelta(minutes=5)
#: The index is late: a pass that began this soon after the cancelling may have missed a payment.
_INDEX_IS_LATE: Final = timedelta(seconds=60)
#: Events that one tick of the schedule starts again.
_MOST_RESTARTED: Final = 20


@dataclass(frozen=True)
class Pass:
    """How far a pass through an event's payments has come: `after` is the last payment of a bucket.

    `left_over`: whether a payment could not be given back, so that there has to be another pass.
    """

    event_id: str
    started_at: str
    bucket: int = 0
    after: str = ""
    left_over: bool = False


def cancel(event_id: str, caller: Caller) -> OnShow:
    """Cancel an event of the caller's. Its payments follow soon: what was paid becomes `RefundDue`.

    Cancelling twice is fine.

    Raises:
        NotFound, NotYourEvent: it is not the caller's to cancel.
        StillADraft: it was never on sale.
        Busy: others were faster each time; nothing was changed.
    """
    cancelled = call_off(event_id, caller)
    if cancelled.event.unwinding:
        try:
            _send(Pass(event_id, caller.at.isoformat()))
        except (BotoCoreError, ClientError):  # the event is cancelled all the same, and the schedule looks
            log.crash("cancelling.not_queued", event_id=event_id)
    return cancelled


def unwind_message(body: str, now: Clock) -> None:
    """Give back some payments of a cancelled event, and leave the rest to a next message.

    Raises:
        Exception: it could not be done now; the queue brings it again.
    """
    so_far = Pass(**json.loads(body))
    try:
        event = Event.get(so_far.event_id, consistent_read=True)
    except Event.DoesNotExist:
        return  # nobody had bought anything of it, and it was deleted
    if event.unwinding is None or not _look_at(event, now() + _STOPPED):
        return
    so_far = _give_back_some(so_far, now)
    if so_far.bucket < len(spread(event.id)):
        _send(so_far)
    else:
        _end(event, so_far, now())


def restart_stopped(at: datetime) -> None:
    """Start a pass for each cancelled event that bears its mark still and at which nobody is at work."""
    for key in Event.by_look.query(UNWINDING, Event.look_at <= at, limit=_MOST_RESTARTED):
        # The index is late, the item decides: of two ticks only one can move `look_at`.
        if _look_at(key, at + _STOPPED, Event.look_at <= at):
            log.event("cancelling.restarted", event_id=key.id)
            _send(Pass(key.id, at.isoformat()))


def _give_back_some(so_far: Pass, now: Clock) -> Pass:
    """Go on with a pass, for a while; returns how far it came."""
    buckets, room, ends_at = spread(so_far.event_id), _AT_ONCE, now() + timedelta(seconds=_SECONDS)
    while so_far.bucket < len(buckets) and room > 0:
        beyond = Payment.id > so_far.after if so_far.after else None
        ids = [key.id for key in Payment.by_event.query(buckets[so_far.bucket], beyond, limit=room)]
        found = read_together([(Payment, payment_id) for payment_id in ids]) if ids else {}
        for payment_id in ids:
            if now() >= ends_at:
                return so_far
            done = _give_back(found[Payment, payment_id], now())
            so_far = replace(so_far, after=payment_id, left_over=so_far.left_over or not done)
        if len(ids) < room:
            so_far = replace(so_far, bucket=so_far.bucket + 1, after="")
        room -= len(ids)
    return so_far


def _give_back(payment: Payment, at: datetime) -> bool:
    """Move one payment; says whether nothing of it is left to do. One that fails does not stop the others."""
    try:
        for _ in range(_TRIES):
            change = _change(payment)
            if change is None or settlement.close(payment, change, at):
                return True
            payment = Payment.get(payment.id, consistent_read=True)  # somebody else moved it first
    except Exception:
        log.crash("cancelling.postponed", payment_id=payment.id)
    return False


def _change(payment: Payment) -> Change | None:
    """What its event's cancelling means for a payment. Money that comes later finds the sale closed."""
    if payment.status == State.PENDING:
        return Change(Happening.EVENT_CANCELLED, int(payment.attempt_count))
    if payment.status != State.COMPLETED:
        return None
    is_free = payment.amount == 0
    return Change(
        Happening.FREE_TAKEN_BACK if is_free else Happening.REFUND_ASKED, int(payment.paid_attempt or 0)
    )


def _end(event: Event, so_far: Pass, at: datetime) -> None:
    """After a whole pass: take the mark off, or leave it for one more."""
    if so_far.left_over:
        log.alert("cancelling.left_over", event_id=event.id)
    began_at = datetime.fromisoformat(so_far.started_at)
    if so_far.left_over or began_at < event.cancelled_at + _INDEX_IS_LATE:
        _look_at(event, at + _INDEX_IS_LATE)
        return
    try:
        update(event, [Event.unwinding.remove(), Event.look_at.remove()], Event.unwinding.exists())
    except ConditionFailed:
        return  # another pass was here
    log.event("cancelling.done", event_id=event.id)


def _look_at(event: Event, when: datetime, only_if: Condition | None = None) -> bool:
    """Say when the schedule should look; not for an event whose mark is gone."""
    is_marked: Condition = Event.unwinding.exists()
    try:
        update(event, [Event.look_at.set(when)], is_marked if only_if is None else is_marked & only_if)
    except ConditionFailed:
        return False
    return True


def _send(so_far: Pass) -> None:
    queues.send(CANCELLED_EVENTS, json.dumps(asdict(so_far)))
