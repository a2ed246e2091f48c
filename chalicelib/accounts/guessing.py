"""Guessing passwords: how often somebody may try, without locking out whose account it is (decision 0086).

An account knows the places where it was made or logged in to. At each it has a counter of its own; all other
places share one, which an attacker can fill and nobody at a known place feels. Each try is counted before the
password is looked at, so that many at once get no more; one that was right is taken back. A link for a new
password makes the place known at which it is used, and begins its counter anew: the way in for who is
attacked, from elsewhere or next door.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.transactions import TransactWrite

from chalicelib.core import counters, limits
from chalicelib.core.counters import Counter
from chalicelib.core.dynamo import Key
from chalicelib.core.limits import LOG_INS, LOG_INS_AT_HOME, WRONG_LOG_INS
from chalicelib.core.retention import PLACE_DAYS

#: A place is known for so long after the last log-in there, or after one within the first month of that.
_KNOWN: Final = timedelta(days=PLACE_DAYS)
_RENEWED: Final = _KNOWN - timedelta(days=30)


@dataclass(frozen=True)
class Try:
    """One try to log in to an account. An e-mail address that nobody has costs, counts and tells the same."""

    user_id: str
    email: str
    source_address: str
    at: datetime

    @property
    def home(self) -> Key:
        """What to read with the user: whether the account knows the place."""
        return Counter, _home(self.user_id, self.source_address)

    def begin(self, found: Mapping[Key, Any]) -> None:
        """Count the try; `found` is what was read: `others`, and `home`.

        Raises:
            TooOften: there were too many from elsewhere, from here, or from this address to any account.
        """
        if _lapses_after(found.get(self.home), self.at):
            counters.take(LOG_INS_AT_HOME, self.home[1], self.at)
        else:
            self._refuse_where_others_are(found)
            counters.take(LOG_INS, self.email, self.at)

    def fail(self, found: Mapping[Key, Any]) -> None:
        """Count a wrong password against the address.

        Raises:
            TooOften: an account that does not know the place would have been refused; so nobody who guesses
                learns which one does.
        """
        counters.add(WRONG_LOG_INS, limits.address_of(self.source_address), self.at)
        self._refuse_where_others_are(found)

    def succeed(self, found: Mapping[Key, Any]) -> None:
        """Take the try back, but no other; let the account know the place, if that was not noted lately."""
        home = found.get(self.home)
        if _lapses_after(home, self.at):
            counters.give_back(LOG_INS_AT_HOME, self.home[1], self.at)
        else:
            counters.give_back(LOG_INS, self.email, self.at)
        if not _lapses_after(home, self.at + _RENEWED):
            known_place(self.user_id, self.source_address, self.at).save()

    def _refuse_where_others_are(self, found: Mapping[Key, Any]) -> None:
        for limit, key in zip(
            (WRONG_LOG_INS, LOG_INS), others(self.email, self.source_address, self.at), strict=True
        ):
            counters.refuse_full(limit, found.get(key), self.at)


def others(email: str, source_address: str, at: datetime) -> tuple[Key, Key]:
    """What to read first: the counters of this address, and of the account's tries from elsewhere."""
    address = limits.address_of(source_address)
    return (
        (Counter, counters.key_of(WRONG_LOG_INS, address, at)),
        (Counter, counters.key_of(LOG_INS, email, at)),
    )


def begin_anew(writing: TransactWrite, user_id: str, source_address: str, at: datetime) -> None:
    """Let an account know a place, where nothing has been tried: its owner sets a new password by a link."""
    writing.save(known_place(user_id, source_address, at))
    counters.forget(writing, LOG_INS_AT_HOME, _home(user_id, source_address), at)


def known_place(user_id: str, source_address: str, at: datetime) -> Counter:
    """What lets an account know a place, once it is written."""
    return Counter(_home(user_id, source_address), lapses_at=int((at + _KNOWN).timestamp()))


def _home(user_id: str, source_address: str) -> str:
    return f"home#{counters.hidden(f'home#{user_id}#{limits.place_of(source_address)}')}"


def _lapses_after(home: Counter | None, at: datetime) -> bool:
    return home is not None and home.lapses_at > at.timestamp()
