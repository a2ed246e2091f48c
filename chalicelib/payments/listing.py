"""Lists of payments, newest first: a buyer's own, an organizer's sales too, all of them for Admin."""

import heapq
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from chalicelib.catalog import organizing
from chalicelib.catalog.events import is_organizer
from chalicelib.catalog.models import Event
from chalicelib.core.dynamo import Key, read_together
from chalicelib.payments.buckets import spread
from chalicelib.payments.models import Payment
from chalicelib.web.caller import Caller
from chalicelib.web.paging import Listing, Page

#: An Admin's page looks this many months back from where it begins.
_MONTHS: Final = 12
#: Of events that somebody runs with others, so many are listed, those that start last: each costs eight keys.
_MOST_SHARED: Final = 20
#: Sorts after every id.
_LAST: Final = "g"


def of_caller(caller: Caller, page: Page) -> Listing:
    """The payments that the caller may list, newest first.

    Several index keys are read and merged by id; the cursor is the last id given.
    """
    before = page.after["before"] if page.after else _LAST
    if caller.is_admin:
        streams = [_months(before, caller.at)]
    else:
        streams = [_ids(Payment.by_buyer, [caller.user_id], before)]
        if caller.may("reports:read"):
            streams.append(_ids(Payment.by_seller, spread(caller.user_id), before))
            for event_id in organizing.run_with_others(caller.user_id, _MOST_SHARED):
                streams.append(_ids(Payment.by_event, spread(event_id), before))
    ids = list(islice(_distinct(heapq.merge(*streams, reverse=True)), page.limit))
    found: dict[Key, Payment] = {}
    for start in range(0, len(ids), 100):  # what one BatchGetItem takes
        found |= read_together([(Payment, payment_id) for payment_id in ids[start : start + 100]])
    payments = [found[Payment, payment_id] for payment_id in ids if (Payment, payment_id) in found]
    return Listing(_seen_by(caller, payments), {"before": ids[-1]} if len(ids) == page.limit else None)


def _seen_by(caller: Caller, payments: list[Payment]) -> list[Payment]:
    """Without the sales of events that the caller ran once, and does so no more."""
    others = {payment.event_id for payment in payments if not caller.is_user(payment.user_id)}
    if caller.is_admin or not others:
        return payments
    events = read_together([(Event, event_id) for event_id in sorted(others)])
    run = {event.id for event in events.values() if is_organizer(event, caller)}
    return [one for one in payments if caller.is_user(one.user_id) or one.event_id in run]


def _ids(index: Any, keys: Iterable[str], before: str) -> Iterator[str]:
    """The ids under all these hash keys, newest first."""
    streams = (
        (item.id for item in index.query(key, Payment.id < before, scan_index_forward=False, page_size=100))
        for key in keys
    )
    return heapq.merge(*streams, reverse=True)


def _months(before: str, at: datetime) -> Iterator[str]:
    """The ids of all payments, newest first, month by month."""
    if before != _LAST:  # the id tells when: its first 48 bits are milliseconds (RFC 9562)
        at = datetime.fromtimestamp(int(before[:12], 16) / 1000, UTC)
    year, month = at.year, at.month
    for _ in range(_MONTHS):
        yield from _ids(Payment.by_month, spread(f"{year:04d}-{month:02d}"), before)
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)


def _distinct(ids: Iterable[str]) -> Iterator[str]:
    """Each id once: an organizer may have bought a ticket for an event of their own."""
    last = None
    for one in ids:
        if one != last:
            yield one
        last = one
