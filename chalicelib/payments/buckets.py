"""Spreading an index over a few hash keys, so that a hot sale does not make one hot partition."""

from typing import Final

_BUCKETS: Final = 8


def bucket_of(name: str, payment_id: str) -> str:
    """The hash key of one payment: `name#0` to `name#7`."""
    return f"{name}#{int(payment_id[-1], 16) % _BUCKETS}"


def spread(name: str) -> tuple[str, ...]:
    """All hash keys of a name."""
    return tuple(f"{name}#{number}" for number in range(_BUCKETS))
