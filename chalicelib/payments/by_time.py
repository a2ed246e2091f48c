"""The ids of all payments that were made in a time, for going through them in bulk."""

from collections.abc import Iterator
from datetime import UTC, datetime

from chalicelib.payments.buckets import spread
from chalicelib.payments.models import Payment


def ids_between(since: datetime, until: datetime) -> Iterator[str]:
    """The ids of the payments made from `since` to `until`, by month and bucket, each once.

    An id begins with its time (RFC 9562), so no more is read than that.
    """
    low, high = f"{_milliseconds(since):012x}", f"{_milliseconds(until) + 1:012x}"
    for month in _months(since, until):
        for bucket in spread(month):
            for row in Payment.by_month.query(bucket, Payment.id.between(low, high), page_size=1000):
                yield row.id


def _months(since: datetime, until: datetime) -> Iterator[str]:
    at, last = since.astimezone(UTC), until.astimezone(UTC)
    year, month = at.year, at.month
    while (year, month) <= (last.year, last.month):
        yield f"{year:04d}-{month:02d}"
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _milliseconds(at: datetime) -> int:
    return max(0, int(at.timestamp() * 1000))
