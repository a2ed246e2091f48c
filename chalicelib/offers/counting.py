"""Counting tickets against limits, always in the transaction that moves their seats.

A count's key says what it counts: `event#CODE#3` the tickets of one share of a code, `event#CODE#by#user`
those that one person has by the code, `event#customer#user` and `event#phone#` with a keyed hash those that
one person, or one phone, has of the event, and `event#codes` the event's codes.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from pynamodb.transactions import TransactWrite

from chalicelib.catalog.stock import Seats
from chalicelib.core.dynamo import read_together
from chalicelib.core.settings import settings
from chalicelib.offers.models import Count

#: Items that DynamoDB reads in one batch.
_AT_ONCE: Final = 100
_BY: Final = "#by#"
#: Keeps these hashes apart from whatever else is made with the same key.
_PURPOSE: Final = "tiketi/count-of-phone/1:"


def of_share(event_id: str, code: str, share: int) -> str:
    """The key of one share of a code's count."""
    return f"{event_id}#{code}#{share}"


def of_code_by(event_id: str, code: str, user_id: str) -> str:
    """The key of what one person has by a code."""
    return f"{event_id}#{code}{_BY}{user_id}"


def of_customer(event_id: str, user_id: str) -> str:
    """The key of what one person has of an event."""
    return f"{event_id}#customer#{user_id}"


def of_phone(event_id: str, phone: str) -> str:
    """The key of what was asked of one phone for an event.

    It outlives what else is known of the phone, so it does not tell it: a keyed hash, since all the numbers
    that there are could be tried out. With another key, counting begins anew.
    """
    key, text = settings().callback_key.encode(), f"{_PURPOSE}{phone}"
    return f"{event_id}#phone#{hmac.digest(key, text.encode(), hashlib.sha256).hex()[:16]}"


def of_codes(event_id: str) -> str:
    """The key of the number of an event's codes."""
    return f"{event_id}#codes"


def tickets(event_id: str, code: str | None, personal: Iterable[str], seats: Iterable[Seats]) -> Counter[str]:
    """How many of some seats each count has, by its key: all, or those that a code made cheaper."""
    found: Counter[str] = Counter()
    for some in seats:
        if code and some.share is not None:
            found[of_share(event_id, code, some.share)] += some.n
        for key in personal:
            if some.share is not None or _BY not in key:
                found[key] += some.n
    return found


def count(writing: TransactWrite, key: str, n: int, most: int | None = None) -> None:
    """Count so many more or, below zero, fewer, as part of a transaction.

    It fails if the count would come to more than `most`, or below zero: so of two that want the last
    ticket one gets it, and none is given back twice.
    """
    used: Any = Count.used
    if n < 0:
        writing.update(Count(key), actions=[used.set(used - -n)], condition=used >= -n)
    elif most is None:
        writing.update(Count(key), actions=[used.add(n)])
    else:
        room = used <= most - n
        if n <= most:
            room = room | used.does_not_exist()
        writing.update(Count(key), actions=[used.add(n)], condition=room)


def used(keys: Iterable[str]) -> Counter[str]:
    """What has been counted so far, as of now; one round trip for each 100, none for none."""
    wanted = [(Count, key) for key in keys]
    found: Counter[str] = Counter()
    for start in range(0, len(wanted), _AT_ONCE):
        read = read_together(wanted[start : start + _AT_ONCE])
        found.update({key: int(one.used) for (_, key), one in read.items()})
    return found
