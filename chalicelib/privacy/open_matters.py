"""What keeps somebody from leaving: money that is not settled, tickets to come, cash in their hands."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any, Final

from chalicelib.accounts.problems import StillOpen
from chalicelib.catalog import sales
from chalicelib.catalog.models import Event
from chalicelib.core.dynamo import Key, read_together
from chalicelib.payments import drawers, refunds
from chalicelib.payments.cash_models import CashDrawer
from chalicelib.payments.models import Payment
from chalicelib.payments.refund_states import GIVEN_BACK
from chalicelib.payments.states import State
from chalicelib.privacy import walking

#: So many of the newest orders of one's own are looked at, among so many with what one sold at a gate. Money
#: that is open of older ones is settled without the buyer; `erasing` leaves it alone until then.
_MOST: Final = 200
_AMONG: Final = 2_000

_WORDS: Final = {
    "payments": "A payment is not settled yet: wait until it is, two days at most, or cancel it.",
    "refunds": "Money is due back to you: wait until you have it, or ask the event's organizer for it.",
    "cash": "You have cash of an event in hand: hand it over, and let the organizer count it.",
    "tickets": "You have tickets for events to come: wait until after them, or leave with "
    "?give_up_tickets=true; the tickets count then for whoever has them, and the phone that paid for them is "
    "kept until the events are over, to give money back to.",
}


def refuse(user_id: str, at: datetime, *, give_up_tickets: bool) -> None:
    """Say what is open, if something is.

    Costs two Queries and a BatchGetItem; more for each 100 payments, their events, refunds and cash.

    Raises:
        StillOpen: with the ids of what is open, by kind.
    """
    found = find(user_id, at)
    if give_up_tickets:
        found.pop("tickets", None)
    if found:
        raise StillOpen(" ".join(_WORDS[kind] for kind in _WORDS if kind in found), open=found)


def find(user_id: str, at: datetime) -> dict[str, list[str]]:
    """The ids of payments, and of events for `tickets` and `cash`, that are open, by kind."""
    own = _newest(user_id)
    found = {
        "payments": [one.id for one in own if one.status == State.PENDING or one.pending],
        "refunds": [one.id for one in own if _is_owed(one)],
        "cash": cash_in_hand(user_id),
        "tickets": coming({one.event_id for one in own if one.status == State.COMPLETED}, at),
    }
    return {kind: ids for kind, ids in found.items() if ids}


def _newest(user_id: str) -> list[Payment]:
    rows = Payment.by_buyer.query(user_id, scan_index_forward=False, limit=_AMONG, page_size=_MOST)
    own: list[Payment] = []
    while len(own) < _MOST and (batch := [row.id for row in islice(rows, walking.MOST)]):
        own += [payment for payment in walking.read(batch) if not payment.sold_by]
    return own


def _is_owed(payment: Payment) -> bool:
    if payment.status == State.REFUND_DUE:
        return True
    found = refunds.of_payment(payment) if payment.refund_count else []
    return any(refund.state not in GIVEN_BACK for refund in found)


def cash_in_hand(user_id: str) -> list[str]:
    """The events of which somebody has cash in hand."""
    events = [str(row.event_id) for row in CashDrawer.by_seller.query(user_id)]
    return [event_id for event_id in events if _in_hand(event_id, user_id)]


def _in_hand(event_id: str, seller_id: str) -> bool:
    drawer = drawers.find(event_id, seller_id)
    return drawer is not None and drawer.in_hand > 0


def coming(event_ids: set[str], at: datetime) -> list[str]:
    """Those of these events that have not ended and are not cancelled."""
    return [event.id for event in not_over(event_ids, at) if event.status != sales.CANCELLED]


def not_over(event_ids: set[str], at: datetime) -> list[Event]:
    """Those of these events that have not ended, or would not have yet, by id."""
    found: dict[Key, Any] = {}
    for batch in _batches(sorted(event_ids)):
        found |= read_together([(Event, event_id) for event_id in batch])
    return sorted((one for one in found.values() if one.ends_at > at), key=lambda event: event.id)


def _batches(ids: list[str]) -> Iterable[list[str]]:
    return (ids[start : start + walking.MOST] for start in range(0, len(ids), walking.MOST))
