"""What was told, and what could not be."""

from collections.abc import Iterable
from typing import Final

from chalicelib.core.dynamo import read_together
from chalicelib.core.outbox import OutboxMessage
from chalicelib.web.paging import Listing, Page

#: Messages of one payment that are shown, newest first.
_MOST: Final = 100


def of_payment(payment_id: str) -> list[OutboxMessage]:
    """What its buyer was told of a payment, newest first."""
    keys = OutboxMessage.by_payment.query(payment_id, scan_index_forward=False, limit=_MOST)
    return _read(key.id for key in keys)


def in_trouble(state: str, page: Page) -> Listing:
    """Messages that failed, or of which nothing is known; the latest trouble first."""
    found = OutboxMessage.in_trouble.query(
        state, scan_index_forward=False, limit=page.limit, last_evaluated_key=page.after
    )
    # The index is a moment late: one may just have been sent again.
    messages = [one for one in _read(key.id for key in found) if one.trouble == state]
    return Listing(messages, found.last_evaluated_key)


def _read(ids: Iterable[str]) -> list[OutboxMessage]:
    keys = [(OutboxMessage, message_id) for message_id in ids]
    found = read_together(keys) if keys else {}
    return [found[key] for key in keys if key in found]
