"""Ids of users, events, payments and messages: UUIDv7 (RFC 9562) in lower-case hex.

They sort by creation time, and hex cannot spell a word that Safaricom forbids in a callback URL.
"""

import os
from datetime import datetime

from chalicelib.core import clock


def new_id(at: datetime | None = None) -> str:
    """A fresh id: 32 hex digits, ordered by `at` (default: now) to about a quarter of a microsecond."""
    instant = at or clock.now()
    nanoseconds = int(instant.timestamp()) * 1_000_000_000 + instant.microsecond * 1_000
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = (
        rest * 4096 // 1_000_000
    )  # RFC 9562, method 3: the 12 bits after the version are sub-millisecond
    random = int.from_bytes(os.urandom(8)) >> 2
    value = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | random
    return f"{value:032x}"
