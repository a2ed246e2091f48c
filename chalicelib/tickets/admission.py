"""Who gets in: which scan of a ticket counts, by whose clock, and why a code does not. Rules without AWS."""

from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Final, NamedTuple

#: What a ticket can be.
VALID: Final = "valid"
ADMITTED: Final = "admitted"
REVOKED: Final = "revoked"


class Outcome(StrEnum):
    """What a gate is told of a scan."""

    ADMITTED = "admitted"
    ALREADY_ADMITTED = "already_admitted"
    NOT_VALID = "not_valid"


class Reason(StrEnum):
    """Why a scan is not valid; each has its sentence in `SENTENCES`."""

    NOT_GENUINE = "not_genuine"
    OTHER_EVENT = "other_event"
    EVENT_CANCELLED = "event_cancelled"
    REVOKED = "revoked"
    UNDONE = "undone"
    UNREADABLE = "unreadable"


#: What a person at the gate reads. What is wrong with an unreadable row of a batch is told by its fields.
SENTENCES: Final = {
    Reason.NOT_GENUINE: "This is no code of ours, or not a whole one; scan it again, or type it.",
    Reason.OTHER_EVENT: "This ticket is for another event.",
    Reason.EVENT_CANCELLED: "This event was cancelled; nobody is let in.",
    Reason.REVOKED: "This ticket was given back and no longer counts.",
    Reason.UNDONE: "This admission was undone; scan the ticket again.",
    Reason.UNREADABLE: "This row could not be read.",
}


class Step(Enum):
    """What a scan writes, besides itself."""

    NOTHING = "nothing, not even itself: it is there already"
    NOTE = "only itself"
    ADMIT = "the ticket is admitted"
    TAKE_OVER = "the ticket was admitted by a later scan, which came before it"


class Seen(NamedTuple):
    """One scan of a ticket: `name` tells it from all others of that ticket, `at` is by our clock."""

    name: str
    at: datetime

    def is_before(self, other: "Seen") -> bool:
        """Which of two comes first; with equal times all agree by the names."""
        return (self.at, self.name) < (other.at, other.name)


class Judgement(NamedTuple):
    """What a gate is told, and what is to be written."""

    outcome: Outcome
    step: Step
    reason: Reason | None = None


def judge(status: str, first: Seen | None, scan: Seen, *, is_known: bool, was_offline: bool) -> Judgement:
    """What a scan of a genuine ticket means.

    Of scans that were made offline, and are told in whatever order, the first one by our clock counts: those
    people are inside. One who stands at the gate and waits for our word never comes before somebody else.
    A scan that is known already changes nothing, and is told what holds now: who got no answer asks again.

    Args:
        status: the ticket's.
        first: the scan by which it is admitted; None unless it is.
        scan: the one that was told.
        is_known: whether it was told before.
        was_offline: whether the gate decided by itself, and tells of it later.
    """
    if status == REVOKED:
        return Judgement(Outcome.NOT_VALID, _note(is_known), Reason.REVOKED)
    if first is None:
        if is_known:  # an organizer has taken back what it did
            return Judgement(Outcome.NOT_VALID, Step.NOTHING, Reason.UNDONE)
        return Judgement(Outcome.ADMITTED, Step.ADMIT)
    if scan.name == first.name:
        return Judgement(Outcome.ADMITTED, Step.NOTHING)
    if was_offline and not is_known and scan.is_before(first):
        return Judgement(Outcome.ADMITTED, Step.TAKE_OVER)
    return Judgement(Outcome.ALREADY_ADMITTED, _note(is_known))


def _note(is_known: bool) -> Step:
    return Step.NOTHING if is_known else Step.NOTE


def by_our_clock(
    scanned_at: datetime | None, sent_at: datetime | None, came_at: datetime, not_before: datetime
) -> datetime:
    """When a scan was, by our clock.

    A device's clock may be wrong by hours, but it runs as fast as ours: it is off by as much when it sends as
    it was when it scanned. A time that cannot be true counts as now, so that it is before nobody's.

    Args:
        scanned_at: by the device's clock; None for a scan of this moment.
        sent_at: the device's clock when it sent; None if it trusts its clock.
        came_at: our clock when it came.
        not_before: when the ticket was made, by our clock.
    """
    if scanned_at is None:
        return came_at
    off = came_at - sent_at if sent_at is not None else timedelta(0)
    at = scanned_at + off
    return at if not_before <= at <= came_at else came_at
