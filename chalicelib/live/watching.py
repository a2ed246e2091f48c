"""The events that somebody watches: which they are, whose turn it is to tell, and what has been told.

Every number that is told is read anew, so a record of a change that comes twice, late or never makes no
wrong one. What counts is that a round of telling begins after the last change; `expect` and `take_turn` see
to that.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core import dynamo
from chalicelib.core.dynamo import ConditionFailed
from chalicelib.live import limits
from chalicelib.live.models import WATCHED, Watched

#: How long an event counts as watched after somebody came: longer than a connection lives.
_WATCHED_FOR: Final = timedelta(hours=5)
#: So long a round that was asked for is waited for; then it is asked for again.
_EXPECTED_FOR: Final = timedelta(seconds=10)
#: So long the one that waits has to say that it still does, which it can each second.
_WAITED_FOR: Final = timedelta(seconds=5)


def is_watched(event_id: str, until: datetime) -> bool:
    """Whether changes of an event are told until then."""
    found = dynamo.read_together([(Watched, event_id)])
    return any(watched.lapses_at > until.timestamp() for watched in found.values())


def begin(event_id: str, at: datetime) -> None:
    """Have changes of an event told from now on, for some hours, so that a crowd does not write one item."""
    lapses_at = int((at + _WATCHED_FOR).timestamp())
    Watched(event_id).update(actions=[Watched.listing.set(WATCHED), Watched.lapses_at.set(lapses_at)])


def unexpected(event_ids: Iterable[str], at: datetime) -> list[Watched]:
    """Those of so many events (100 at most) that are watched, and of which no round is on its way."""
    found = dynamo.read_together([(Watched, event_id) for event_id in event_ids])
    now = limits.milliseconds(at)
    return [
        watched
        for watched in found.values()
        if watched.lapses_at > at.timestamp() and (watched.expected_until or 0) <= now
    ]


def expect(watched: Watched, at: datetime) -> None:
    """Note that a round has been asked for, unless one has begun since the event was read.

    That one may have read the stock before the change, so then the next change asks again.
    """
    condition = Watched.turns == int(watched.turns)
    if not watched.turns:
        condition = condition | Watched.turns.does_not_exist()
    until = limits.milliseconds(at + _EXPECTED_FOR)
    try:
        dynamo.update(Watched(watched.event_id), [Watched.expected_until.set(until)], condition)
    except ConditionFailed:
        return


def must_wait(watched: Watched, at: datetime) -> bool:
    """Whether a round is under way, or the last one began too short a time ago."""
    return (watched.next_at or 0) > limits.milliseconds(at)


def take_turn(event_id: str, at: datetime) -> Watched | None:
    """Begin a round of telling: what is read after this is what the round tells.

    The next one has to wait until this one is finished, so that no page hears the older number later; or
    until it must have died.

    Returns:
        The event as it is watched now, if it is this one's turn.
    """
    now = limits.milliseconds(at)
    watched = Watched(event_id)
    actions = [
        Watched.turns.add(1),
        Watched.next_at.set((Watched.pause | limits.PAUSE) + (now + limits.ROUND)),
        Watched.expected_until.remove(),
        Watched.waiter.remove(),
        Watched.waits_until.remove(),
    ]
    condition = (Watched.lapses_at > int(at.timestamp())) & (
        Watched.next_at.does_not_exist() | (Watched.next_at <= now)
    )
    try:
        dynamo.update(watched, actions, condition)
    except ConditionFailed:
        return None
    return watched


def wait(event_id: str, waiter: str, at: datetime) -> bool:
    """Whether a message may wait for the next turn: one does, and the others have nothing to add to it."""
    now = limits.milliseconds(at)
    actions = [
        Watched.waiter.set(waiter),
        Watched.waits_until.set(limits.milliseconds(at + _WAITED_FOR)),
    ]
    free = Watched.waits_until.does_not_exist() | (Watched.waits_until <= now) | (Watched.waiter == waiter)
    try:
        dynamo.update(Watched(event_id), actions, (Watched.lapses_at > int(at.timestamp())) & free)
    except ConditionFailed:
        return False
    return True


def goes_on(event_id: str, turn: int, at: datetime) -> bool:
    """Whether a round is still the latest; the next one then has to wait a while longer."""
    until = limits.milliseconds(at) + limits.ROUND
    try:
        dynamo.update(Watched(event_id), [Watched.next_at.set(until)], Watched.turns == turn)
    except ConditionFailed:
        return False
    return True


def finish(event_id: str, turn: int, began: int, version: int, pause: int) -> None:
    """End a round, unless another has begun because this one took too long.

    Args:
        event_id: whose.
        turn: the number of the round.
        began: when, in epoch milliseconds.
        version: what everybody has been told of, or of something later.
        pause: milliseconds from its beginning to that of the next one, at the least.
    """
    actions = [
        Watched.version.set(version),
        Watched.pause.set(pause),
        Watched.next_at.set(began + pause),
    ]
    try:
        dynamo.update(Watched(event_id), actions, Watched.turns == turn)
    except ConditionFailed:
        return


def all_watched(at: datetime) -> Iterator[str]:
    """The ids of all events that are watched.

    They come from the other end each minute: whoever has no time for all does not leave out the same ones.
    """
    still = Watched.lapses_at > int(at.timestamp())
    for watched in Watched.watched.query(WATCHED, still, scan_index_forward=at.minute % 2 == 0):
        yield str(watched.event_id)
