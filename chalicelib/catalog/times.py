"""Event times: any RFC 3339 string in, RFC 3339 with a space and the event's offset out."""

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator

DEFAULT_ZONE: Final = "Africa/Nairobi"
_WORDS: Final = "Must be a date and time such as 2026-12-24 19:00:00+03:00."


def parse_instant(value: Any) -> datetime:
    """An instant, in UTC, to the second; a time without an offset is UTC, as the front end sends it.

    Raises:
        ValueError: it is no date and time from 2000 to 2100.
    """
    return _parse(value, earliest=2000).replace(microsecond=0)


def parse_clock(value: Any) -> datetime:
    """What some device's clock says, in UTC; one that was never set may be in 1970.

    Raises:
        ValueError: it is no date and time from 1970 to 2100.
    """
    return _parse(value, earliest=1970)


def shown(instant: datetime, zone: str = DEFAULT_ZONE) -> str:
    """`2026-12-24 19:00:00+03:00`: the front end splits on the space."""
    return instant.astimezone(ZoneInfo(zone)).isoformat(sep=" ", timespec="seconds")


def _parse(value: Any, earliest: int) -> datetime:
    if not isinstance(value, str) or len(value.strip()) < len("2026-12-24T19:00"):
        raise ValueError(_WORDS)
    try:
        told = datetime.fromisoformat(value.strip().upper())  # RFC 3339 allows `t` and `z`
        instant = told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter in the years 1 and 9999
        raise ValueError(_WORDS) from None
    if not earliest <= instant.year < 2100:
        raise ValueError(_WORDS)
    return instant


def shown_minute(instant: datetime) -> str:
    """`19:01`, the first whole minute not before the instant, as clocks in Kenya show it."""
    return f"{(instant + timedelta(seconds=59)).astimezone(ZoneInfo(DEFAULT_ZONE)):%H:%M}"


def _known(zone: str) -> str:
    if zone not in _zones():
        raise ValueError("Must be a time zone such as Africa/Nairobi.")
    return zone


@cache
def _zones() -> frozenset[str]:
    """The zones of the tzdata package, which are the same wherever this runs."""
    return frozenset(files("tzdata").joinpath("zones").read_text().split())


Instant = Annotated[datetime, BeforeValidator(parse_instant)]
ClockTime = Annotated[datetime, BeforeValidator(parse_clock)]
Zone = Annotated[str, AfterValidator(_known)]
