"""The time. Only this module reads the machine's clock, so a test can hold it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def _machine() -> datetime:
    return datetime.now(UTC)


_clock: Clock = _machine


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _clock()


def set_clock(clock: Clock | None) -> None:
    """Replace the clock for the whole process; None puts the machine's back."""
    global _clock
    _clock = clock or _machine
