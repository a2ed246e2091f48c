"""Differences between M-Pesa's records and ours: what there is to find, and how it is kept.

Found twice, a difference is kept once, with when it was seen first and last. It is resolved when its money
has been seen on both sides, never because it was not looked at.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from pynamodb.expressions.update import Action

from chalicelib.core import log
from chalicelib.core.dynamo import ConditionFailed, update
from chalicelib.payments.difference_models import OPEN, Difference


class Kind(StrEnum):
    """What can be different."""

    PAID_BUT_UNKNOWN = "paid_but_unknown"
    """M-Pesa has money that we do not know of."""
    KNOWN_BUT_UNPAID = "known_but_unpaid"
    """We count money as come, or gone back, of which M-Pesa's statement knows nothing."""
    AMOUNT_DIFFERS = "amount_differs"
    """Both know of it, each with another amount."""
    REVERSED_BUT_UNKNOWN = "reversed_but_unknown"
    """M-Pesa has given money back, and we do not count it as given back."""
    RECEIPT_MISSING = "receipt_missing"
    """A prompt was paid, or may have been, and its receipt is not known here."""


class Finding(NamedTuple):
    """One difference, as it was found; see `Difference` for the fields."""

    kind: Kind
    about: str
    at: datetime
    theirs: int | None = None
    ours: int | None = None
    payment_id: str | None = None
    reference: str | None = None
    why: str | None = None


def keep(found: Iterable[Finding], seen_at: datetime) -> None:
    """Keep what was found; each once, however often it is found."""
    for finding in found:
        try:
            _keep(finding, seen_at)
        except ConditionFailed:
            log.event("differences.seen_later", about=finding.about, kind=finding.kind)


def resolve(agreed: Collection[str], seen_at: datetime) -> int:
    """Mark those as resolved on whose money both sides agree by now; returns how many.

    Args:
        agreed: what they are about.
        seen_at: when it was looked at; what was found then stands.
    """
    resolved = 0
    for one in Difference.by_open.query(OPEN):
        if one.about in agreed and one.last_seen_at < seen_at:
            resolved += _resolve(one, seen_at)
    return resolved


def standing() -> set[str]:
    """What the differences are about that nobody has resolved."""
    return {one.about for one in Difference.by_open.query(OPEN)}


def known(abouts: Collection[str]) -> set[str]:
    """Which of these have been kept as money that we do not know of."""
    keys = [(about, Kind.PAID_BUT_UNKNOWN) for about in abouts]
    return {one.about for one in Difference.batch_get(keys)} if keys else set()


def _keep(finding: Finding, seen_at: datetime) -> None:
    given: list[tuple[Any, object]] = [
        (Difference.theirs, finding.theirs),
        (Difference.ours, finding.ours),
        (Difference.payment_id, finding.payment_id),
        (Difference.reference, finding.reference),
        (Difference.why, finding.why),
    ]
    actions: list[Action] = [
        Difference.at.set(finding.at),
        Difference.first_seen_at.set(Difference.first_seen_at | seen_at),
        Difference.last_seen_at.set(seen_at),
        Difference.open.set(OPEN),
        Difference.resolved_at.remove(),
        *(name.remove() if value is None else name.set(value) for name, value in given),
    ]
    # Of two that look at once the later one counts: the other may have read before something was mended.
    is_news = Difference.about.does_not_exist() | (Difference.last_seen_at <= seen_at)
    update(Difference(finding.about, finding.kind), actions, is_news)


def _resolve(one: Difference, at: datetime) -> bool:
    unseen = Difference.last_seen_at == one.last_seen_at
    actions: list[Action] = [Difference.resolved_at.set(at), Difference.open.remove()]
    try:
        update(Difference(one.about, one.kind), actions, Difference.open.exists() & unseen)
    except ConditionFailed:
        return False
    log.event("differences.resolved", about=one.about, kind=one.kind)
    return True
