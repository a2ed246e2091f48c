"""A promo code: finding the one that a buyer names, what it is for, and what is left of it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from chalicelib.catalog.models import Event
from chalicelib.catalog.schemas import label_of
from chalicelib.catalog.times import shown
from chalicelib.core.problems import Invalid
from chalicelib.offers import counting, rules
from chalicelib.offers.models import PromoCode

#: Whoever guesses learns nothing else.
UNKNOWN: Final = "There is no such code for this event."


class Standing(NamedTuple):
    """A code, its event, and how many tickets are held or sold by it; `left` is None for as many as like."""

    code: PromoCode
    event: Event
    used: int
    left: int | None


def find(event: Event, text: str, wanted: Collection[str], at: datetime) -> PromoCode:
    """The code that a buyer names, if it counts now for any of the ticket types wanted; one round trip.

    Raises:
        Invalid: there is none, it is not its time, or it is for other types.
    """
    code = rules.normal(text)
    try:
        found = PromoCode.get(event.id, code, consistent_read=True) if code else None
    except PromoCode.DoesNotExist:
        found = None
    if sentence := _wrong(found, event, wanted, at):
        raise Invalid(fields={"promo_code": sentence})
    assert found is not None  # noqa: S101 - else there was a sentence
    return found


def is_for(code: PromoCode, ticket_type: str) -> bool:
    """Whether tickets of this type are cheaper by the code."""
    return not code.ticket_types or ticket_type in code.ticket_types


def part_of(code: PromoCode, share: int) -> int:
    """How many tickets one share of a code has, whose number is limited."""
    return rules.part_of(int(code.max_tickets), int(code.shares), share)


def left_of(code: PromoCode, used: Mapping[str, int]) -> list[int]:
    """How many tickets are left in each share of such a code; late money may have taken more."""
    return [max(0, part_of(code, share) - used[key]) for share, key in enumerate(keys_of(code))]


def keys_of(code: PromoCode) -> list[str]:
    """The keys of a code's shares, in their order."""
    return [counting.of_share(code.event_id, code.code, share) for share in range(int(code.shares))]


def _wrong(code: PromoCode | None, event: Event, wanted: Collection[str], at: datetime) -> str | None:
    """Why a code does not count for such an order now."""
    if code is None:
        return UNKNOWN
    if code.ended_at:
        return "This code does not count any more; order without it."
    if code.starts_at and at < code.starts_at:
        return f"This code counts from {shown(code.starts_at, event.timezone)}; order then, or without it."
    if code.ends_at and at >= code.ends_at:
        return f"This code counted until {shown(code.ends_at, event.timezone)}; order without it."
    if not any(is_for(code, kind) for kind in wanted):
        labels = " and ".join(label_of(event, kind) for kind in code.ticket_types)
        return f"This code is for {labels} tickets; choose those, or order without it."
    return None
