"""Idempotency keys: the same key and request lead to the payment that the first one made."""

import hashlib
import json
from datetime import datetime
from typing import Any, Final

from chalicelib.core.guards import Guard
from chalicelib.payments.models import Attempt, Payment
from chalicelib.payments.problems import IdempotencyMismatch, StillSending
from chalicelib.payments.states import State

#: How long a key is remembered.
_KEY_SECONDS: Final = 24 * 3600
#: A request that sends a push lasts no longer than this (API Gateway's limit); then it is dead.
_REQUEST_SECONDS: Final = 29


def guard(what: str, user_id: str, key: str, request: list[Any], at: datetime) -> Guard:
    """The guard of a key: `what` names the kind of request, `request` is what must be the same again."""
    return Guard(
        f"{what}#{user_id}#{_hash(key)}",
        owner="",
        fingerprint=_hash(json.dumps(request)),
        lapses_at=int(at.timestamp()) + _KEY_SECONDS,
    )


def is_used(wanted: Guard, at: datetime) -> bool:
    """Whether a request with this key has been written; one round trip."""
    try:
        return Guard.get(wanted.key, consistent_read=True).holds(at)
    except Guard.DoesNotExist:
        return False


def check_same(wanted: Guard, used: Guard) -> None:
    """Refuse a key that was used for another request.

    Raises:
        IdempotencyMismatch: it was.
    """
    if used.fingerprint != wanted.fingerprint:
        raise IdempotencyMismatch


def made_before(wanted: Guard, at: datetime) -> Payment:
    """The payment that the first request with this key made or asked again for.

    Raises:
        IdempotencyMismatch: that was another request.
        StillSending: it has not been answered yet.
    """
    used = Guard.get(wanted.key, consistent_read=True)
    check_same(wanted, used)
    payment = Payment.get(used.owner, consistent_read=True)
    if payment.status == State.PENDING and _is_being_sent(payment.attempts[-1], at):
        raise StillSending(retry_after=3)
    return payment


def _is_being_sent(attempt: Attempt, at: datetime) -> bool:
    if attempt.outcome is not None or attempt.pushed_at is None:
        return False
    return bool((at - attempt.pushed_at).total_seconds() < _REQUEST_SECONDS)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
