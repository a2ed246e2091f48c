"""All that an event owes: asked for by one call, gone through by messages, and counted for who waits.

A message goes through the event's refunds that are due or were refused before the call, some at a time, and
sends itself on. Each is asked for under the condition that it is as it was read, so a message may come twice,
and a call may be made again: it goes on with what is left.
"""

import json
from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.accounts import trail
from chalicelib.catalog import stepping_in
from chalicelib.catalog.events import is_organizer, is_visible
from chalicelib.catalog.models import Event
from chalicelib.catalog.problems import NotYourEvent
from chalicelib.core import log, queues
from chalicelib.core.clock import Clock
from chalicelib.core.problems import NotFound, Problem
from chalicelib.core.queues import REFUNDS
from chalicelib.core.settings import settings
from chalicelib.payments import refunding
from chalicelib.payments.buckets import spread
from chalicelib.payments.models import Payment, Refund
from chalicelib.payments.problems import NotReversible
from chalicelib.payments.refund_schemas import ProgressView, RefundForm, SumView
from chalicelib.payments.refund_states import RefundState
from chalicelib.web.caller import Caller

#: Refunds in one message, and the seconds after which it leaves the rest to the next one.
_AT_ONCE: Final = 50
_SECONDS: Final = 15
#: What a call asks for.
_STATES: Final = (RefundState.DUE, RefundState.REFUSED)


@dataclass(frozen=True)
class Round:
    """How far a call has come: `after` is the last place of a bucket and state, `part` counts those."""

    event_id: str
    asked_by: str
    reason: str
    asked_at: str
    part: int = 0
    after: str = ""


def start(event_id: str, reason: str, caller: Caller) -> ProgressView:
    """Ask M-Pesa to give back all that an event of the caller's owes. Calling twice is fine.

    What it cannot reverse (a receipt that is not known, a part) stays due, to be paid back by hand.

    Raises:
        NotFound, NotYourEvent: it is not the caller's to refund.
        NotReversible: reversals are not set up here.
        botocore exceptions: the queue failed; nothing was changed.
    """
    event = _own(event_id, caller)
    progress_now = _counted(event_id)
    if not settings().daraja_initiator:
        raise NotReversible(refunding.NOT_SET_UP)
    trail.write_alone(stepping_in.line(event, caller, "refunds.asked"))
    _send(Round(event_id, caller.user_id, reason, caller.at.isoformat()))
    log.event("refunds.started", event_id=event_id)
    return progress_now


def progress(event_id: str, caller: Caller) -> ProgressView:
    """How many refunds of an event are in each state, and their sums; from an index, so some seconds old.

    Raises:
        NotFound, NotYourEvent: it is not the caller's to see.
    """
    _own(event_id, caller)
    return _counted(event_id)


def _own(event_id: str, caller: Caller) -> Event:
    try:
        event = Event.get(event_id)
    except Event.DoesNotExist:
        event = None
    if event is None or not is_visible(event, caller):
        raise NotFound("There is no such event; it may have been taken down.")
    if not is_organizer(event, caller):
        raise NotYourEvent
    return event


def _counted(event_id: str) -> ProgressView:
    counts: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for bucket in spread(event_id):
        for row in Refund.by_event.query(bucket):
            state = row.place.partition("#")[0]
            counts[state] += 1
            sums[state] += int(row.amount)
    return ProgressView(
        event_id=event_id,
        refunds={
            state: SumView(count=counts[state], amount=sums[state]) for state in RefundState if counts[state]
        },
        total=SumView(count=counts.total(), amount=sums.total()),
    )


def go_on(message: dict[str, Any], now: Clock) -> None:
    """Ask for some of what an event owes, and leave the rest to a next message.

    Raises:
        Exception: it could not be done now; the queue brings it again.
    """
    so_far = Round(**message)
    parts = [(bucket, state) for state in _STATES for bucket in spread(so_far.event_id)]
    room, ends_at = _AT_ONCE, now() + timedelta(seconds=_SECONDS)
    while so_far.part < len(parts) and room > 0 and now() < ends_at:
        bucket, state = parts[so_far.part]
        places = [row.place for row in _rows(bucket, state, so_far.after, room)]
        for place in places:
            _ask(place, so_far, now())
            so_far = replace(so_far, after=place)
        room -= len(places)
        if room > 0:
            so_far = replace(so_far, part=so_far.part + 1, after="")
    if so_far.part < len(parts):
        _send(so_far)
    else:
        log.event("refunds.all_asked", event_id=so_far.event_id)


def _rows(bucket: str, state: RefundState, after: str, most: int) -> Any:
    # `$` comes after `#`, the end of the state in a place: all places of this state lie between.
    between = Refund.place.between(f"{after or f'{state}#'}!", f"{state}$")
    return Refund.by_event.query(bucket, between, limit=most)


def _ask(place: str, so_far: Round, at: datetime) -> None:
    """Ask for one refund. One that cannot be reversed, or fails, does not stop the others."""
    _, payment_id, number = place.split("#")
    facts = {"payment_id": payment_id, "refund": int(number)}
    try:
        refund = Refund.get(payment_id, int(number), consistent_read=True)
        # The index is late: it may have been asked for, and refused again, since the call.
        if refund.state not in _STATES or refund.moved_at > datetime.fromisoformat(so_far.asked_at):
            return
        payment = Payment.get(payment_id, consistent_read=True)
        form = RefundForm(reason=so_far.reason, method="reversal")
        asked = refunding.ask_due(payment, refund, form, so_far.asked_by, at)
        log.event("refunds.asked" if asked else "refunds.moved_meanwhile", **facts)
    except Problem as problem:
        log.event("refunds.left_due", **facts, why=problem.code)
    except Exception:
        log.crash("refunds.postponed", **facts)


def _send(so_far: Round) -> None:
    queues.send(REFUNDS, json.dumps(asdict(so_far)))
