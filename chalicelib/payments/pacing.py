"""Pacing the pushes: one token bucket that all containers share, since M-Pesa arrests spikes.

A container leases a few tokens at a time, so that most pushes cost no round trip. The shared item holds one
instant, `until`: the time up to which tokens have been given out (the "theoretical arrival time" of the
generic cell rate algorithm, ITU-T I.371).
"""

import threading
from typing import Final

from chalicelib.core.clock import Clock
from chalicelib.core.dynamo import ConditionFailed, update
from chalicelib.core.shared import Shared

_ITEM: Final = "stk-pace"
#: Tokens in one lease at most, and the seconds after which unused ones are forgotten: what lies around in
#: many containers could go out all at once.
_LEASE: Final = 5
_LEASE_SECONDS: Final = 10
#: How far ahead of its rate the bucket may run: a burst of so many seconds' tokens.
_BURST_SECONDS: Final = 2


class Pacer:
    """This container's share of the bucket; `per_second` pushes for all containers together."""

    def __init__(self, per_second: int, now: Clock) -> None:
        self._per_second = per_second
        self._share = min(_LEASE, max(1, per_second // 10))
        self._now = now
        self._tokens = 0
        self._leased_until = 0.0
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take a token; False if the bucket is empty, and the push must wait."""
        now = self._now().timestamp()
        with self._lock:  # Lambda has one request at a time, the local server has threads
            if self._tokens <= 0 or now >= self._leased_until:
                if not self._lease(now):
                    return False
                self._tokens, self._leased_until = self._share, now + _LEASE_SECONDS
            self._tokens -= 1
            return True

    def put_back(self) -> None:
        """Give a token back that was not needed."""
        with self._lock:
            self._tokens += 1

    def _lease(self, now: float) -> bool:
        cost = self._share / self._per_second
        idle = Shared.until.does_not_exist() | (Shared.until < now)
        try:
            update(Shared(_ITEM), [Shared.until.set(now + cost)], idle)
        except ConditionFailed:
            return self._lease_on_top(now, cost)
        return True

    def _lease_on_top(self, now: float, cost: float) -> bool:
        room = Shared.until <= now + _BURST_SECONDS - cost
        try:
            update(Shared(_ITEM), [Shared.until.set(Shared.until + cost)], room)
        except ConditionFailed:
            return False
        return True
