"""Receiving callbacks: check, queue, answer. Nothing here reads or changes a payment."""

import json

from chalicelib.core import log, metrics
from chalicelib.core.problems import BadRequest, NotFound
from chalicelib.core.queues import STK_RESULTS, send
from chalicelib.core.settings import Settings
from chalicelib.payments.callback_urls import is_genuine
from chalicelib.payments.daraja import callbacks

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
    sources = settings.daraja_callback_sources
    if (sources and source_address not in sources) or not is_genuine(settings, payment_id, attempt, token):
        log.event("callback.stranger", source_address=source_address)
        metrics.count("CallbacksRefused", why="stranger")
        raise NotFound
    text = _checked(body, payment_id)
    send(STK_RESULTS, json.dumps({"payment_id": payment_id, "attempt": int(attempt), "body": text}))
    log.event("callback.queued", payment_id=payment_id, attempt=int(attempt))


def _checked(body: bytes, payment_id: str) -> str:
    try:
        text = body[: _MAX_BYTES + 1].decode("utf-8")
        callbacks.parse(text)
    except (UnicodeDecodeError, callbacks.Malformed):
        text = ""
    if not text or len(body) > _MAX_BYTES:
        metrics.count("CallbacksRefused", why="malformed")
        log.alert("callback.malformed", payment_id=payment_id, bytes=len(body))
        raise BadRequest
    return text
