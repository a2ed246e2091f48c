"""Who bought, and who comes: a row for each ticket that was ever ordered of an event, oldest first."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from chalicelib.accounts.models import User
from chalicelib.catalog.times import shown
from chalicelib.core.dynamo import Key, read_together
from chalicelib.core.phones import hidden, masked
from chalicelib.payments.buckets import spread
from chalicelib.payments.models import Item, Payment
from chalicelib.tickets.issuing import ticket_ids
from chalicelib.tickets.models import Ticket
from chalicelib.web.paging import Listing, Page

#: The columns. `buyer` is who bought it or, at the gate, sold it. `price` is of this ticket, in whole KES;
#: what is not `Completed` has no ticket.
HEADER: Final = (
    "payment_id",
    "ordered_at",
    "status",
    "receipt",
    "buyer",
    "phone",
    "ticket_type",
    "label",
    "price",
    "ticket_id",
    "ticket_status",
    "payment_type",
)
#: What one BatchGetItem takes.
_BATCH: Final = 100

Row = tuple[str, ...]


def of_event(event_id: str, after: str = "") -> Iterator[tuple[str, list[Row]]]:
    """The payments for an event, oldest first, each with its rows.

    Costs about three round trips for a hundred payments.

    Args:
        event_id: which event.
        after: the id of a payment, to go on behind it.
    """
    ids = _ids(event_id, after)
    while batch := list(islice(ids, _BATCH)):
        found = _read((Payment, payment_id) for payment_id in batch)
        payments = [found[Payment, payment_id] for payment_id in batch if (Payment, payment_id) in found]
        besides = _read({key: None for payment in payments for key in _besides(payment)})
        for payment in payments:
            yield payment.id, list(_rows(payment, besides))


def page(event_id: str, page: Page) -> Listing:
    """Some of an event's rows, the header before the first of all; a payment's rows stay together."""
    after = page.after["after"] if page.after else ""
    rows: list[Row] = [] if after else [HEADER]
    room = page.limit
    for payment_id, some in of_event(event_id, after):
        if len(some) > room and room < page.limit:
            return Listing(rows, {"after": after})
        rows += some
        room -= len(some)
        after = payment_id
    return Listing(rows)


def _ids(event_id: str, after: str) -> Iterator[str]:
    streams = (
        (key.id for key in Payment.by_event.query(bucket, Payment.id > (after or "0"), page_size=_BATCH))
        for bucket in spread(event_id)
    )
    return heapq.merge(*streams)


def _read(keys: Iterable[Key]) -> dict[Key, Any]:
    rest, found = iter(keys), dict[Key, Any]()
    while batch := list(islice(rest, _BATCH)):
        found |= read_together(batch)
    return found


def _besides(payment: Payment) -> list[Key]:
    return [(User, payment.user_id), *((Ticket, one) for one in _tickets(payment))]


def _rows(payment: Payment, besides: Mapping[Key, Any]) -> Iterator[Row]:
    buyer: User | None = besides.get((User, payment.user_id))
    for ticket_id, item in zip(_tickets(payment), _seats(payment), strict=True):
        ticket: Ticket | None = besides.get((Ticket, ticket_id))
        yield (
            payment.id,
            shown(payment.created_at),
            payment.status,
            payment.receipt or "",
            hidden(buyer.username) if buyer else "",
            masked(payment.payer_phone),
            item.ticket_type,
            item.label,
            str(int(item.price)),
            ticket.id if ticket else "",
            ticket.status if ticket else "",
            payment.payment_type,
        )


def _seats(payment: Payment) -> list[Item]:
    return [item for item in payment.items for _ in range(int(item.quantity))]


def _tickets(payment: Payment) -> list[str]:
    return ticket_ids(payment.id, len(_seats(payment)))
