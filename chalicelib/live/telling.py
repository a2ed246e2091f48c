"""Telling everybody who follows an event what is left of it, some hundred connections at a time.

A message of the queue begins a round, or goes on with one after some connection, or tries a few again that
could not be reached. Each reads for itself what is left, so none tells what was true when it was sent.
"""

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

from chalicelib.catalog import events, stock
from chalicelib.catalog.schemas import AvailabilityView
from chalicelib.core import log, queues
from chalicelib.core.clock import Clock
from chalicelib.core.ids import new_id
from chalicelib.live import connecting, limits, problems, sending, watching
from chalicelib.live.models import Subscription
from chalicelib.live.sending import Sent
from chalicelib.web.caller import Caller

#: Tries of one who cannot be reached, a second apart. Then it is closed: who comes back is told at once.
_TRIES: Final = 3
#: How long one run of the schedule asks for rounds.
_RUN: Final = timedelta(seconds=10)
#: Stands for the version of an event that has been deleted: none has it, so that is told, and told once.
_DELETED: Final = -1


class News(NamedTuple):
    """What those who follow an event are to hear now, and the version of the event that it is true of."""

    event_id: str
    version: int
    text: str


class Round(NamedTuple):
    """One round of telling: its number, when it began (epoch milliseconds), and what it began with."""

    turn: int
    began: int
    version: int


def state(event_id: str, at: datetime) -> AvailabilityView:
    """What is left of an event now, as everybody may know it.

    Raises:
        NotFound: there is none, or nobody may know of it yet.
    """
    shown = events.find(event_id, Caller(at))
    return AvailabilityView.of(shown.event, shown.shards, at)


def ask(event_id: str, *, wait: bool = False, waiter: str | None = None) -> None:
    """Have a round of telling begin, or be tried a second later; `waiter` names a message that waits."""
    message = {"event_id": event_id} | ({"waiter": waiter} if waiter else {})
    queues.send(queues.AVAILABILITY, json.dumps(message), 1 if wait else 0)


def tell_message(body: str, now: Clock) -> None:
    """Work off a message of the queue.

    Raises:
        Exception: the queue brings it again, and some are told twice.
    """
    at = now()
    match json.loads(body):
        case {"event_id": event_id, "again": [*connections], "tries": tries}:
            _tell(_news(event_id, at), connections, tries)
        case {"event_id": event_id, "after": after, "told": told, "round": [turn, began, version]}:
            if watching.goes_on(event_id, turn, at):  # else a later one tells them
                _go_on(_news(event_id, at), after, told, Round(turn, began, version), at)
        case {"event_id": event_id, **more}:
            _begin(event_id, str(more.get("waiter") or new_id(at)), at)


def make_sure(now: Clock) -> None:
    """Ask for a round for every event that is watched, for a while: it tells nobody what all know."""
    at = now()
    watched = watching.all_watched(at)
    try:
        while now() - at < _RUN and (some := list(islice(watched, queues.TOGETHER))):
            queues.hint_all(queues.AVAILABILITY, [json.dumps({"event_id": event_id}) for event_id in some])
    except Exception:  # whatever it is: the next minute makes up for it
        log.crash("live.not_made_sure")


def _news(event_id: str, at: datetime) -> News:
    """What is left of an event now, or that it has been taken down.

    A draft has a version too, so one that is published and taken down again is told of again, whatever was
    told between.
    """
    gone = problems.told(problems.TakenDown(), event_id=event_id)
    found = stock.read_with_event(event_id)
    if found is None:
        return News(event_id, _DELETED, gone)
    left = AvailabilityView.of(*found, at)
    is_shown = events.is_visible(found[0], Caller(at))
    return News(event_id, left.version, left.model_dump_json() if is_shown else gone)


def _begin(event_id: str, waiter: str, at: datetime) -> None:
    watched = watching.take_turn(event_id, at)
    if watched is None:
        if watching.wait(event_id, waiter, at):
            ask(event_id, wait=True, waiter=waiter)
        return
    now = _news(event_id, at)
    round_ = Round(int(watched.turns), limits.milliseconds(at), now.version)
    if watched.version != now.version:
        _go_on(now, None, 0, round_, at)
    else:
        watching.finish(event_id, *round_, int(watched.pause or limits.PAUSE))


def _go_on(now: News, after: str | None, told: int, round_: Round, at: datetime) -> None:
    """Tell the next connections after one, and have those after them told by another message.

    That is sent first: who cannot be reached here delays none of them. When all are told, all know the
    version that the round began with, or a later one.
    """
    beyond = None if after is None else Subscription.connection_id > after
    # Consistent, so that it has whoever was answered before the round began.
    query = Subscription.query(now.event_id, beyond, limit=limits.CHUNK, consistent_read=True)
    page = list(query)
    here = [str(each.connection_id) for each in page if each.lapses_at > at.timestamp()]
    told += len(here)
    if len(page) == limits.CHUNK:
        rest = {"event_id": now.event_id, "after": page[-1].connection_id, "told": told}
        queues.send(queues.AVAILABILITY, json.dumps(rest | {"round": round_}))
    _tell(now, here)
    if len(page) < limits.CHUNK:
        watching.finish(now.event_id, *round_, limits.pause(told))


def _tell(now: News, connections: Sequence[str], tries: int = 0) -> None:
    outcomes = dict(zip(connections, _send_all(connections, now.text), strict=True))
    gone = [each for each, outcome in outcomes.items() if outcome is Sent.GONE]
    failed = [each for each, outcome in outcomes.items() if outcome is Sent.FAILED]
    _drop(now.event_id, gone)
    if failed and tries + 1 < _TRIES:
        again = {"event_id": now.event_id, "again": failed, "tries": tries + 1}
        queues.send(queues.AVAILABILITY, json.dumps(again), 1)
    elif failed:
        _close(now.event_id, failed)
    log.event("live.told", event_id=now.event_id, to=len(connections), gone=len(gone), failed=len(failed))


def _send_all(connections: Sequence[str], text: str) -> Iterable[Sent]:
    if len(connections) < 2:
        return [sending.send(each, text) for each in connections]
    with ThreadPoolExecutor(min(sending.AT_ONCE, len(connections))) as pool:
        return list(pool.map(lambda each: sending.send(each, text), connections))


def _drop(event_id: str, gone: Sequence[str]) -> None:
    def forget(connection_id: str) -> None:
        Subscription(event_id, connection_id).delete()  # of one whose own item is gone, nothing else tells
        connecting.forget(connection_id)

    if gone:
        with ThreadPoolExecutor(min(sending.AT_ONCE, len(gone))) as pool:
            list(pool.map(forget, gone))


def _close(event_id: str, lost: Sequence[str]) -> None:
    with ThreadPoolExecutor(min(sending.AT_ONCE, len(lost))) as pool:
        list(pool.map(sending.close, lost))
    _drop(event_id, lost)
