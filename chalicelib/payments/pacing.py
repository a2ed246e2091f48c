"""Pacing the pushes: one token bucket that all containers share, since M-Pesa arrests spikes.

A container leases a few tokens at a time, so that most pushes cost no round trip. The shared item holds one
instant, `until`: the time up to which tokens have been given out (the "theoretical arrival time" of the
generic cell rate algorithm, ITU-T I.371).

Pushes that wait in the queue come first: the upper half of the bucket is theirs. While there are more of them
than turns, they keep it so full that nobody who comes new finds a turn, and everybody goes through the queue.
"""

import random
import threading
from typing import Final

from chalicelib.core.clock import Clock
from chalicelib.core.dynamo import ConditionFailed, StillColliding, update
from chalicelib.core.shared import Shared

_ITEM: Final = "stk-pace"
#: Tokens in one lease at most, and the seconds after which unused ones are forgotten: what lies around in
#: many containers could go out all at once.
_LEASE: Final = 5
_LEASE_SECONDS: Final = 10
#: How far ahead of its rate the bucket may run, in seconds of tokens: for those who have waited,
_BURST_SECONDS: Final = 2
#: and for those who come new.
_BURST_OF_NEW_SECONDS: Final = 1
#: Who found the bucket empty asks no more for so long (at least half of it: not all at the same moment). It
#: is no longer than what the bucket holds for those who wait, so no turn is lost by it.
_PAUSE_SECONDS: Final = 1
#: An item that is too busy to be asked has no token either.
_TRIES: Final = 2


class Pacer:
    """This container's share of the bucket; `per_second` pushes for all containers together."""

    def __init__(self, per_second: int, now: Clock) -> None:
        self._per_second = per_second
        self._share = min(_LEASE, max(1, per_second // 10))
        self._now = now
        self._tokens = 0
        self._leased_until = 0.0
        self._closed_until = {True: 0.0, False: 0.0}
        self._lock = threading.Lock()

    def take(self, *, waited: bool = False) -> bool:
        """Take a token; False if the bucket is empty, and the push must wait.

        Args:
            waited: whether the push comes from the queue.
        """
        now = self._now().timestamp()
        if self._spend(now):
            return True
        if not self._may_lease(now, waited):
            return False
        # Not under the lock: the threads of the local server do not wait for each other's round trips.
        with self._lock:
            left = self._tokens if now < self._leased_until else 0
            self._tokens, self._leased_until = left + self._share - 1, now + _LEASE_SECONDS
        return True

    def _spend(self, now: float) -> bool:
        with self._lock:
            if self._tokens <= 0 or now >= self._leased_until:
                return False
            self._tokens -= 1
            return True

    def put_back(self) -> None:
        """Give a token back that was not needed."""
        with self._lock:
            self._tokens += 1

    def _may_lease(self, now: float, waited: bool) -> bool:
        """Lease tokens; a refusal is remembered.

        In a rush thousands would else write to one item, twice and in vain, and DynamoDB would throttle it.
        So who was refused asks no more for a while, and then reads first: half a read unit, not two writes.
        """
        if now < self._closed_until[waited]:
            return False
        cost = self._share / self._per_second
        room = now + (_BURST_SECONDS if waited else _BURST_OF_NEW_SECONDS) - cost
        was_refused = self._closed_until[waited] > 0
        try:
            granted = (not was_refused or _given_until() <= room) and self._lease(now, cost, room)
        except StillColliding:
            granted = False
        pause = random.uniform(0.5, 1) * _PAUSE_SECONDS  # noqa: S311 - to spread them, not to keep a secret
        self._closed_until[waited] = 0.0 if granted else now + pause
        return granted

    def _lease(self, now: float, cost: float, room: float) -> bool:
        idle = Shared.until.does_not_exist() | (Shared.until < now)
        try:
            update(Shared(_ITEM), [Shared.until.set(now + cost)], idle, _TRIES)
        except ConditionFailed:
            return self._lease_on_top(cost, room)
        return True

    def _lease_on_top(self, cost: float, room: float) -> bool:
        try:
            update(Shared(_ITEM), [Shared.until.set(Shared.until + cost)], Shared.until <= room, _TRIES)
        except ConditionFailed:
            return False
        return True


def _given_until() -> float:
    """Up to when tokens have been given out, or had been a moment ago."""
    return float(Shared.get(_ITEM).until or 0)
