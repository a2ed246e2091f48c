"""Changing an event: read it, decide, write under a condition, and look again if somebody was faster."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.accounts import trail
from chalicelib.catalog import changes, events, stepping_in
from chalicelib.catalog.events import OnShow
from chalicelib.catalog.models import Event
from chalicelib.catalog.problems import NotYourEvent
from chalicelib.catalog.restocking import Restock, restock
from chalicelib.core.dynamo import ConditionFailed, transact
from chalicelib.core.problems import Busy
from chalicelib.web.caller import Caller

#: How often one change looks again after losing a race.
_TRIES: Final = 10


@dataclass(frozen=True)
class Revision:
    """What is to be written of an event: its own attributes, its stock, and what else hangs on it.

    `what` and `details` are what the trail says of it, if the event is not the caller's own.
    """

    actions: Sequence[Action]
    what: str
    details: Mapping[str, str] = field(default_factory=dict)
    stock: Restock | None = None
    besides: Callable[[TransactWrite], None] | None = None


def revise(event_id: str, caller: Caller, decide: Callable[[OnShow], Revision | None]) -> OnShow:
    """Change an event of the caller's.

    Only what changed is written, and only if nobody else has changed the event since it was read: so of two
    edits at once none undoes the other. Sales go on meanwhile; they do not touch the event.

    Args:
        event_id: which one.
        caller: one of its organizers, or Admin.
        decide: what to write of the event as it stands, or None for nothing; it may be asked several times.

    Returns:
        The event after it.

    Raises:
        NotFound, NotYourEvent: it is not the caller's to change.
        Busy: others were faster each time; nothing was changed.
    """
    for _ in range(_TRIES):
        seen = find_own(event_id, caller)
        revision = decide(seen)
        if revision is None:
            return seen
        if _wrote(seen, revision, caller):
            changes.announce(event_id)
            return events.find(event_id, caller)
    raise Busy


def find_own(event_id: str, caller: Caller) -> OnShow:
    """An event that is the caller's to run, with its stock.

    Raises:
        NotFound: there is none, or the caller may not know of it.
        NotYourEvent: the caller may see it only.
    """
    seen = events.find(event_id, caller)
    if not events.is_organizer(seen.event, caller):
        raise NotYourEvent
    return seen


def unchanged(event: Event) -> Condition:
    """The condition that nobody has edited the event since it was read."""
    condition: Condition = Event.version == int(event.version)
    return condition


def _wrote(seen: OnShow, revision: Revision, caller: Caller) -> bool:
    event = seen.event
    version = int(event.version) + 1
    line = stepping_in.line(event, caller, revision.what, **revision.details)

    def fill(writing: TransactWrite) -> None:
        actions = [*revision.actions, Event.version.set(version)]
        writing.update(Event(event.id), actions=actions, condition=unchanged(event))
        changes.note(writing, event.id, caller.at)
        trail.write(writing, line)
        if revision.stock:
            restock(writing, seen.shards, revision.stock, version)
        if revision.besides:
            revision.besides(writing)

    try:
        transact(fill)
    except ConditionFailed:
        return False
    return True
