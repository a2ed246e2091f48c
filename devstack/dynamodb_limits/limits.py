"""What DynamoDB takes at once: units of a partition by the second, and transactions on one item.

The rules, and where they stand in the Amazon DynamoDB Developer Guide:

- A partition takes 1,000 write units and 3,000 read units a second, in on-demand mode too ("Best practices
  for designing and using partition keys effectively").
- Adaptive capacity gives a hot item a partition of its own at best, and no more than one ("DynamoDB burst and
  adaptive capacity"). Here each hash key has one from the start, which is best for a sale: that it takes
  minutes until DynamoDB has split is not modelled. Burst capacity keeps what was not used, but lifts no
  partition above its maximum, so a bucket holds one second's units (an assumption).
- A write to an item that a transaction is on is refused, and so is a second transaction; nobody waits
  ("Amazon DynamoDB Transactions: How it works"). Reads are not, but for TransactGetItems.

How long a transaction is on its items Amazon does not say. `transaction_seconds` is an assumption: prepare
and commit, each with a round trip to three zones and their disks. So is `request_seconds`, what a request
takes besides: Amazon promises "single-digit millisecond performance" for most.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from devstack.dynamodb_limits.costs import Place


@dataclass(frozen=True)
class Limits:
    """Units a second of one partition, and the seconds that a transaction is on its items.

    `request_seconds` is what any request takes on its way, besides.
    """

    writes: float = 1000.0
    reads: float = 3000.0
    transaction_seconds: float = 0.005
    request_seconds: float = 0.002

    def scaled(self, by: float) -> Self:
        """The same in slow motion, so that a small machine reaches them.

        So many times fewer units a second, and requests and transactions that last as many times longer.
        """
        return replace(
            self,
            writes=self.writes / by,
            reads=self.reads / by,
            transaction_seconds=self.transaction_seconds * by,
            request_seconds=self.request_seconds * by,
        )


@dataclass
class Bucket:
    """Units that come back at a rate, up to one second's worth.

    Whoever finds any left may take all that it needs, and those after it wait until the debt is paid: what a
    request costs is known only when it is done.
    """

    rate: float
    left: float
    at: float

    def has_any(self, now: float) -> bool:
        """Whether a request is let in."""
        self.left = min(self.rate, self.left + (now - self.at) * self.rate)
        self.at = now
        return self.left > 0

    def take(self, units: float) -> None:
        """Take what a request has cost."""
        self.left -= units


@dataclass
class Partitions:
    """The buckets of every place: one for its reads, one for its writes."""

    limits: Limits
    _buckets: dict[tuple[Place, str], Bucket] = field(default_factory=dict)

    def throttled(self, places: Iterable[Place], kind: str, now: float) -> Place | None:
        """The first of these places that takes no more `reads` or `writes` now, if any."""
        return next((place for place in places if not self._bucket(place, kind, now).has_any(now)), None)

    def take(self, costs: Mapping[Place, tuple[float, float]], now: float) -> None:
        """Take read and write units from each place."""
        for place, (reads, writes) in costs.items():
            self._bucket(place, "reads", now).take(reads)
            self._bucket(place, "writes", now).take(writes)

    def _bucket(self, place: Place, kind: str, now: float) -> Bucket:
        rate = self.limits.reads if kind == "reads" else self.limits.writes
        return self._buckets.setdefault((place, kind), Bucket(rate, rate, now))


class InFlight:
    """The items that transactions are on."""

    def __init__(self) -> None:
        self._items: set[Any] = set()

    def conflicts(self, items: Iterable[Any]) -> list[bool]:
        """Of each item whether a transaction is on it."""
        return [item in self._items for item in items]

    def begin(self, items: Iterable[Any]) -> None:
        """A transaction is on these from now on."""
        self._items |= set(items)

    def end(self, items: Iterable[Any]) -> None:
        """It is done."""
        self._items -= set(items)
