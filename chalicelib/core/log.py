"""Structured logs: one JSON object a line, with the request's id, and nothing secret or personal.

Call `event(name, **facts)` with ids, states and codes only; never a token, a password, a phone number
or a whole body. Texts of others, an exception's above all, may have such things in them: each line goes
through `without_secrets` before it is written.
"""

import json
import logging
import re
import sys
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final
from uuid import uuid4

from chalice.app import Chalice

#: The id of the request or message being worked on.
request_id: ContextVar[str] = ContextVar("request_id", default="")

_LOGGER: Final = logging.getLogger("tiketi")

#: What tells who somebody is, or lets one act for them, in the order in which it is looked for.
_UNSAID: Final = (
    ("[token]", re.compile(r"\beyJ[\w-]+\.[\w.-]+|(?<=[Bb]earer )[\w.~+/=-]+")),
    ("[code]", re.compile(r"\bT1\.[\w-]+\.[A-Z2-7]{20,}")),
    ("[hash]", re.compile(r"\$(?:argon2\w*|2[aby]|scrypt)\$[\w$,=+/.-]*[\w=+/]")),
    ("[link]", re.compile(r"(?<=/password-resets/)[\w.-]+|(?<=link=)[\w.%-]+|(?<=/lnmo/)[\w-]+/\d+/\w+")),
    ("[e-mail]", re.compile(r"(?<!\\)[\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}")),
    ("[phone]", re.compile(r"(?<=ws_CO_\d{17})\d{9}")),
    ("[phone]", re.compile(r"(?:(?<![\w.])|(?<=\\n))(?:\+?254|0)[ -]?[17](?:[ -]?\d){8}(?!\w)")),
)
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")


class _Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {"level": record.levelname, "event": record.getMessage()}
        if current := request_id.get():
            line["request_id"] = current
        line.update(getattr(record, "facts", {}))
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        text = without_secrets(json.dumps(line, default=str, ensure_ascii=False))
        # ASCII: nothing in it ends a line, or turns it round.
        return _NOT_ASCII.sub(lambda letter: json.dumps(letter[0])[1:-1], text)


def without_secrets(text: str) -> str:
    """The text without e-mail addresses, phones, tokens, hashes of passwords, and what links carry.

    Example:
        >>> without_secrets("no such address: amina@example.com")
        'no such address: [e-mail]'
    """
    for instead, kind in _UNSAID:
        text = kind.sub(instead, text)
    return text


def _configure() -> None:
    """Send our lines to standard output, where Lambda and the local stack pick them up."""
    if _LOGGER.handlers:
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Line())
    _LOGGER.addHandler(handler)
    _LOGGER.setLevel(logging.INFO)
    _LOGGER.propagate = False


def install(app: Chalice) -> None:
    """Write lines from now on; those of handlers carry the id of their invocation."""
    _configure()

    def around(message: Any, handle: Callable[[Any], Any]) -> Any:
        request_id.set(getattr(message.context, "aws_request_id", None) or uuid4().hex)
        return handle(message)

    for source in ("sqs", "scheduled", "websocket", "dynamodb"):
        app.register_middleware(around, source)


def event(name: str, **facts: Any) -> None:
    """Something happened: `event("payment.settled", payment_id=…, state=…)`."""
    _LOGGER.info(name, extra={"facts": facts})


def alert(name: str, **facts: Any) -> None:
    """Something happened that a person must look at."""
    _LOGGER.error(name, extra={"facts": facts})


def crash(name: str, **facts: Any) -> None:
    """An exception that nobody expected, with its trace."""
    _LOGGER.error(name, exc_info=True, extra={"facts": facts})
