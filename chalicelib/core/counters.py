"""Counting against the limits: an item for each limit, whoever it is about, and window.

The condition is checked where it is counted, so of many at once no more than the limit get through. It needs
no read: the key has the window, and the window tells when it ends. Whom a counter is about is in its key as
an HMAC, so who reads the table learns no phone, address or account. If DynamoDB refuses the counter, because
it is hammered, so does the caller: 503, never a free way in (decision 0086).
"""

import hashlib
import hmac
from contextlib import suppress
from datetime import datetime
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.core import limits, log, metrics
from chalicelib.core.attributes import WholeAttribute
from chalicelib.core.dynamo import ConditionFailed, StillColliding, TableMeta, table_name, update
from chalicelib.core.limits import Limit
from chalicelib.core.problems import TooOften
from chalicelib.core.settings import settings

#: Keeps this key apart from whatever else may be derived from the same secret.
_PURPOSE: Final = b"tiketi/limits/1"
#: A counter that DynamoDB throttles is one that is hammered; more tries would help who does so.
_TRIES: Final = 3


class Counter(Model):
    """How often something was done in one window: `limit#window#hmac`. `lapses_at` is in epoch seconds.

    Without `used` it says that somebody was seen: see `accounts/guessing.py`.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("counters")

    key = UnicodeAttribute(hash_key=True)
    used = WholeAttribute(null=True)
    lapses_at = NumberAttribute()


def key_of(limit: Limit, whom: str, at: datetime) -> str:
    """The key of a counter."""
    return f"{limit.name}#{limits.window(limit, at)}#{hidden(f'{limit.name}#{whom}')}"


def hidden(whom: str) -> str:
    """Whom a counter is about, so that nobody who reads it can tell."""
    key = hmac.digest(settings().cursor_key.encode(), _PURPOSE, hashlib.sha256)
    return hmac.digest(key, whom.encode(), hashlib.sha256).hex()[:32]


def take(limit: Limit, whom: str, at: datetime, n: int = 1) -> None:
    """Count one more, or `n`, if there is room for one; one UpdateItem.

    Raises:
        TooOften: with the seconds until there is room again.
        StillColliding: DynamoDB takes no more for this counter; nothing may be let through.
    """
    try:
        update(Counter(key_of(limit, whom, at)), _more(limit, at, n), _room(limit), _TRIES)
    except ConditionFailed:
        raise refusal(limit, at) from None


def add(limit: Limit, whom: str, at: datetime, n: int = 1) -> None:
    """Count what has been done already, room or not."""
    Counter(key_of(limit, whom, at)).update(actions=_more(limit, at, n))


def give_back(limit: Limit, whom: str, at: datetime) -> None:
    """Count one less of what `take` has counted; one UpdateItem, which fails nobody.

    A counter that began anew meanwhile stays as it is, and so does one for which DynamoDB takes no more.
    """
    with suppress(ConditionFailed, StillColliding):
        update(Counter(key_of(limit, whom, at)), _more(limit, at, -1), Counter.used > 0, _TRIES)


def count(writing: TransactWrite, limit: Limit, whom: str, at: datetime) -> None:
    """Count one more in a transaction, which fails if there is no room."""
    counter = Counter(key_of(limit, whom, at))
    writing.update(counter, actions=_more(limit, at, 1), condition=_room(limit))


def take_back(writing: TransactWrite, limit: Limit, whom: str, counted_at: datetime) -> None:
    """Count one less in a transaction, which cannot fail by it; in a window that is over, that is nothing."""
    counter = Counter(key_of(limit, whom, counted_at))
    writing.update(counter, actions=_more(limit, counted_at, -1))


def forget(writing: TransactWrite, limit: Limit, whom: str, at: datetime) -> None:
    """Begin anew in a transaction, which cannot fail by it."""
    writing.delete(Counter(key_of(limit, whom, at)))


def refuse_full(limit: Limit, found: Counter | None, at: datetime) -> None:
    """Refuse if the counter that was read has no room.

    Raises:
        TooOften: with the seconds until there is room again.
    """
    if found and int(found.used or 0) >= most(limit):
        raise refusal(limit, at)


def most(limit: Limit) -> int:
    """How many there is room for; on a developer's machine so many times as many (`LIMITS_FACTOR`)."""
    return limit.most * settings().limits_factor


def refusal(limit: Limit, at: datetime) -> TooOften:
    """What whoever is refused is told; it is counted, and nobody is named."""
    log.event("limit.reached", limit=limit.name)
    metrics.count("Limited", limit=limit.name)
    return TooOften(limit.told, retry_after=limits.retry_after(limit, at))


def _room(limit: Limit) -> Condition:
    room: Condition = Counter.key.does_not_exist() | (Counter.used < most(limit))
    return room


def _more(limit: Limit, at: datetime, n: int) -> list[Action]:
    return [Counter.used.add(n), Counter.lapses_at.set(limits.ends_at(limit, at))]
