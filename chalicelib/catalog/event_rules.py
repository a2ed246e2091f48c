"""What has to fit together within an event: one sentence for a person where it does not, plain rules."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from chalicelib.catalog.ticket_types import TICKET_TYPES

#: The longest event, in days; the public list looks this far back for events that are under way.
LONGEST_DAYS: Final = 31

_IMAGE_SCHEMES: Final = ("http://", "https://", "data:image/")


def wrong_end(start: datetime, end: datetime) -> str | None:
    """What is wrong with when an event ends."""
    if 0 < (end - start).total_seconds() <= LONGEST_DAYS * 86400:
        return None
    return f"Must be after the start, by {LONGEST_DAYS} days at most."


def wrong_early_booking_end(early_booking_ends: datetime, end: datetime) -> str | None:
    """What is wrong with when early booking ends."""
    return "Must not be after the event has ended." if early_booking_ends > end else None


def wrong_prices(prices: Mapping[str, int]) -> str | None:
    """What is wrong with the prices, by ticket type; a type that is not sold is not there."""
    return None if prices else "Give at least one of the three prices; 0 is free."


def wrong_quotas(quotas: Mapping[str, int], prices: Mapping[str, int], capacity: int) -> str | None:
    """What is wrong with the quotas of an event with these prices and so many seats."""
    total = sum(quotas.values())
    if total > capacity:
        return f"Add up to more than the {capacity} tickets there are."
    if prices and prices.keys() <= quotas.keys() and total < capacity:
        return f"Leave {capacity - total} seats that no type can sell."
    unsold = [kind for kind in TICKET_TYPES if kind in quotas and kind not in prices]
    if unsold:
        return f"Give a price for {' and '.join(unsold)} too, or nobody can buy those seats."
    return None


def wrong_image(address: str) -> str | None:
    """What is wrong with the address of a picture: it goes into a page, so it must be nothing that runs."""
    if any(letter.isspace() and letter != " " for letter in address) or not address.isprintable():
        return "Must be one URL or path, on one line."
    if address.lower().startswith(_IMAGE_SCHEMES):
        return None
    before_path = address.split("/", 1)[0]
    if ":" in before_path or "\\" in address or address.startswith("//"):
        return "Must be a URL that begins with https://, or a path such as /images/show.jpg."
    return None
