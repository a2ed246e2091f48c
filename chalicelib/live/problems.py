"""What is refused over a WebSocket. The codes are those of HTTP; there is no status."""

import json
from typing import ClassVar

from chalicelib.core.problems import Problem
from chalicelib.live import limits


def told(refusal: Problem, **about: str) -> str:
    """A refusal as a page hears it, with the `event_id` that it is about, if there is one."""
    return json.dumps({"code": refusal.code, "message": refusal.message, **about})


class TakenDown(Problem):
    """The event is a draft again, or deleted; said to those who follow it, unasked."""

    code: ClassVar[str] = "not_found"
    message = "The event has been taken down; if it comes back, you are told."


class TooManyMessages(Problem):
    """The connection has sent as many messages as it may; it is closed."""

    code: ClassVar[str] = "rate_limited"
    message = "This connection has asked too often; connect again, and ask less."


class TooManyEvents(Problem):
    """The connection follows as many events as it may."""

    code: ClassVar[str] = "conflict"
    message = f"A connection follows {limits.EVENTS} events at most; unsubscribe from one first."


class TooLong(Problem):
    """The message is larger than any that makes sense; the connection is closed."""

    code: ClassVar[str] = "too_large"
    message = f"A message may be {limits.MESSAGE_BYTES:,} bytes at most."


class Unreadable(Problem):
    """The message is none that we know."""

    code: ClassVar[str] = "bad_request"
    message = (
        'Send {"action": "subscribe", "event_id": "…"}, the same with "unsubscribe", or {"action": "ping"}.'
    )
