"""How often a person may order, and a phone be prompted, whoever orders (decision 0087).

Both are counted in the transaction that holds the seats: that costs no round trip, and what is refused,
repeated or never written counts nothing. The counters are read with the stock, so that a full one is told.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pynamodb.transactions import TransactWrite

from chalicelib.core import counters
from chalicelib.core.counters import Counter
from chalicelib.core.dynamo import Key
from chalicelib.core.limits import ORDERS, PROMPTS, Limit

#: Limits, and whom each is about.
Counted = list[tuple[Limit, str]]


def of(buyer: str, phone: str | None) -> Counted:
    """What an order of this buyer counts for; `phone` is the one to be prompted, None where none is."""
    return [(ORDERS, buyer), *([(PROMPTS, phone)] if phone else [])]


def keys(counted: Counted, at: datetime) -> list[Key]:
    """The counters, to be read."""
    return [(Counter, counters.key_of(limit, whom, at)) for limit, whom in counted]


def refuse_full(counted: Counted, found: Mapping[Key, Any], at: datetime) -> None:
    """Refuse if one of the counters has no room; `found` is what was read.

    Raises:
        TooOften: with the seconds until there is room.
    """
    for (limit, _), key in zip(counted, keys(counted, at), strict=True):
        counters.refuse_full(limit, found.get(key), at)


def count(writing: TransactWrite, counted: Counted, at: datetime) -> None:
    """Count, in the transaction of the order, which fails if there is no room."""
    for limit, whom in counted:
        counters.count(writing, limit, whom, at)


def take_back(writing: TransactWrite, phone: str, asked_at: datetime) -> None:
    """Count a prompt no more that was never on its phone. Fails no transaction."""
    counters.take_back(writing, PROMPTS, phone, asked_at)


def begin_anew(writing: TransactWrite, phone: str, at: datetime) -> None:
    """Forget the prompts of a phone that has paid: who enters a PIN is not pestered. Fails no transaction."""
    counters.forget(writing, PROMPTS, phone, at)
