"""What connections ask for: to follow an event, to follow it no more, or whether we are still here."""

import contextlib
import json
from datetime import datetime
from typing import Any, Final

from pynamodb.expressions.condition import size
from pynamodb.transactions import TransactWrite

from chalicelib.core import dynamo
from chalicelib.core.dynamo import ConditionFailed
from chalicelib.core.problems import NotFound, Problem
from chalicelib.live import limits, problems, sending, telling, watching
from chalicelib.live.models import Connection, Subscription
from chalicelib.live.problems import TooLong, TooManyEvents, TooManyMessages, Unreadable
from chalicelib.live.sending import Sent

_PONG: Final = json.dumps({"action": "pong"})


def hear(connection_id: str, body: str, at: datetime) -> None:
    """Do what a message asks for, and answer it; every message counts, a wrong one too.

    To `subscribe` the answer is what is left of the event, to `ping` a `pong`, to `unsubscribe` nothing. A
    refusal is `{"code", "message"}` as over HTTP, with the `event_id` that it is about.
    """
    try:
        connection = _count(connection_id)
        answer = _answer(connection, body, at) if connection else None
        is_to_go = connection is None  # it has been forgotten, and does not know
    except Problem as refusal:
        answer = _told(refusal, body)
        is_to_go = isinstance(refusal, TooLong | TooManyMessages)
    # Who cannot be told is closed: the page sees that, connects again, and is told then.
    if (answer and sending.send(connection_id, answer) is not Sent.OK) or is_to_go:
        sending.close(connection_id)


def _count(connection_id: str) -> Connection | None:
    """The connection, one message later; None if it is gone."""
    connection = Connection(connection_id)
    condition = Connection.lapses_at.exists() & (Connection.asked < limits.MESSAGES)
    try:
        dynamo.update(connection, [Connection.asked.add(1)], condition)
    except ConditionFailed:
        if Connection.count(connection_id):
            raise TooManyMessages from None
        return None
    return connection


def _answer(connection: Connection, body: str, at: datetime) -> str | None:
    if len(body.encode()) > limits.MESSAGE_BYTES:
        raise TooLong
    match _parsed(body):
        case {"action": "ping"}:
            return _PONG
        case {"action": "subscribe", "event_id": str(event_id)} if event_id:
            return _subscribe(connection, event_id, at)
        case {"action": "unsubscribe", "event_id": str(event_id)} if event_id:
            _unsubscribe(connection, event_id)
            return None
    raise Unreadable


def _subscribe(connection: Connection, event_id: str, at: datetime) -> str:
    """Follow an event, then read what is left of it: a change that comes between is told twice, not never."""
    if not watching.is_watched(event_id, at + limits.LIFE):
        telling.state(event_id, at)  # of what is no event, nothing is written
        watching.begin(event_id, at)
    _follow(connection, event_id)
    try:
        return telling.state(event_id, at).model_dump_json()
    except NotFound:
        _unsubscribe(connection, event_id)
        raise


def _follow(connection: Connection, event_id: str) -> None:
    few = Connection.events.does_not_exist() | (size(Connection.events) < limits.EVENTS)
    few = few | Connection.events.contains(event_id)

    def fill(writing: TransactWrite) -> None:
        writing.update(
            Connection(connection.id),
            actions=[Connection.events.add({event_id})],
            condition=Connection.lapses_at.exists() & few,
        )
        writing.save(Subscription(event_id, connection.id, lapses_at=connection.lapses_at))

    try:
        dynamo.transact(fill)
    except ConditionFailed:
        raise TooManyEvents from None  # or it is gone, and nobody hears this


def _unsubscribe(connection: Connection, event_id: str) -> None:
    def fill(writing: TransactWrite) -> None:
        writing.update(
            Connection(connection.id),
            actions=[Connection.events.delete({event_id})],
            condition=Connection.lapses_at.exists(),
        )
        writing.delete(Subscription(event_id, connection.id))

    try:
        dynamo.transact(fill)
    except ConditionFailed:
        return  # it is gone, with all that it followed


def _parsed(body: str) -> Any:
    try:
        said = json.loads(body)
        json.dumps(said, ensure_ascii=False).encode()  # half a character, "\\ud800", can be kept nowhere
        return said
    except (ValueError, RecursionError):
        raise Unreadable from None


def _told(refusal: Problem, body: str) -> str:
    about: dict[str, str] = {}
    with contextlib.suppress(Unreadable):
        match _parsed(body[: limits.MESSAGE_BYTES]):
            case {"event_id": str(event_id)}:
                about = {"event_id": event_id}
    return problems.told(refusal, **about)
