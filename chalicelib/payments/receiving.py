"""Receiving callbacks: check, queue, answer. Nothing here reads or changes a payment."""

import json
from collections.abc import Callable, Sequence

from chalicelib.core import log, metrics
from chalicelib.core.problems import BadRequest, NotFound
from chalicelib.core.queues import REFUNDS, STK_RESULTS, send
from chalicelib.core.settings import Settings
from chalicelib.payments.callback_urls import RESULT, STATUS, STK, TIMEOUT, is_genuine
from chalicelib.payments.daraja import callbacks, reversals

#: A true callback has about 1 KB.
_MAX_BYTES = 16 * 1024


def receive(
    payment_id: str, attempt: str, token: str, body: bytes, source_address: str, settings: Settings
) -> None:
    """Put a callback on the queue.

    Raises:
        NotFound: a stranger, who learns nothing more.
        BadRequest: too large, or no STK result.
        botocore exceptions: the queue failed; the sender gets a 500, and the schedule will find out.
    """
    _purpose(payment_id, attempt, token, source_address, settings, [STK])
    text = _checked(body, payment_id, callbacks.parse)
    send(STK_RESULTS, json.dumps({"payment_id": payment_id, "attempt": int(attempt), "body": text}))
    log.event("callback.queued", payment_id=payment_id, attempt=int(attempt))


def receive_reversal(
    payment_id: str, attempt: str, token: str, body: bytes, source_address: str, settings: Settings
) -> None:
    """Put a reversal's result on the queue, that it timed out, or its status; the token tells which it is.

    What a time-out says is documented nowhere, so its body may be anything; also of a status, which has no
    URL of its own for it.

    Raises:
        NotFound, BadRequest, botocore exceptions: as `receive`. If the queue failed, the refund is `unknown`
            after a while.
    """
    purpose = _purpose(payment_id, attempt, token, source_address, settings, [RESULT, TIMEOUT, STATUS])
    text = _checked(body, payment_id, reversals.parse if purpose == RESULT else str)
    told = {"payment_id": payment_id, "sending": int(attempt), "timed_out": purpose == TIMEOUT, "body": text}
    send(REFUNDS, json.dumps(told | {"status": purpose == STATUS}))
    log.event("reversal.queued", payment_id=payment_id, sending=int(attempt), purpose=purpose)


def _purpose(
    payment_id: str,
    attempt: str,
    token: str,
    source_address: str,
    settings: Settings,
    of: Sequence[str],
) -> str:
    """What the URL was made for, one of these; raises `NotFound` for a stranger."""
    sources = settings.daraja_callback_sources
    if not sources or source_address in sources:
        for purpose in of:
            if is_genuine(settings, payment_id, attempt, token, purpose):
                return purpose
    log.event("callback.stranger", source_address=source_address)
    metrics.count("CallbacksRefused", why="stranger")
    raise NotFound


def _checked(body: bytes, payment_id: str, parse: Callable[[str], object]) -> str:
    try:
        text = body[: _MAX_BYTES + 1].decode("utf-8")
        parse(text)
    except (UnicodeDecodeError, callbacks.Malformed):
        text = ""
    if (not text and parse is not str) or len(body) > _MAX_BYTES:
        metrics.count("CallbacksRefused", why="malformed")
        log.alert("callback.malformed", payment_id=payment_id, bytes=len(body))
        raise BadRequest
    return text
