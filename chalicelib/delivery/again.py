"""Sending again: tickets, when somebody asks for them; any message that went wrong, by hand.

Each makes a new claim possible, and so one more sending; nothing else does.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from pynamodb.transactions import TransactWrite

from chalicelib.accounts import trail
from chalicelib.catalog import sales
from chalicelib.catalog.models import Event
from chalicelib.core import guards, outbox
from chalicelib.core.dynamo import ConditionFailed, read_together, transact
from chalicelib.core.guards import Guard
from chalicelib.core.ids import new_id
from chalicelib.core.outbox import EMAIL, OutboxMessage, State
from chalicelib.core.problems import NotFound
from chalicelib.delivery import claims, showing
from chalicelib.delivery.problems import AskedTooOften, NoTickets, NotInTrouble
from chalicelib.payments import following
from chalicelib.payments.models import Payment
from chalicelib.payments.outbox import TICKETS_ISSUED
from chalicelib.tickets import issuing
from chalicelib.tickets.admission import VALID
from chalicelib.tickets.models import Ticket
from chalicelib.web.caller import Caller

#: Tickets of a payment are sent again once in so many seconds, and so often in a day for each who asks.
_PAUSE_SECONDS: Final = 60
_MOST_A_DAY: Final = 5
_DAY: Final = timedelta(days=1)


def send_tickets(payment_id: str, caller: Caller) -> OutboxMessage:
    """Send the tickets of a payment to its buyer once more.

    Raises:
        NotFound: there is no such payment, or the caller may not know of it.
        NoTickets: it has no valid tickets, or its event has been cancelled.
        AskedTooOften: they were sent a moment ago, or too often today for this caller.
    """
    payment = following.find(payment_id, caller)
    _check_tickets(payment)
    _check_day(showing.of_payment(payment.id), caller)
    pause = Guard(
        f"tickets-again#{payment.id}", owner="", lapses_at=int(caller.at.timestamp()) + _PAUSE_SECONDS
    )
    message = outbox.new(
        TICKETS_ISSUED,
        payment.user_id,
        caller.at,
        about=payment.id,
        which=new_id(caller.at),
        payment_id=payment.id,
        asked_by=caller.user_id,
    )
    is_own = caller.is_user(payment.user_id)
    line = None if is_own else trail.line(caller.user_id, caller.at, "tickets.sent", f"payment#{payment.id}")

    def fill(writing: TransactWrite) -> None:
        guards.take(writing, pause, caller.at)
        outbox.add(writing, message)
        trail.write(writing, line)

    try:
        transact(fill)
    except ConditionFailed:
        raise AskedTooOften(retry_after=_left_of(pause, caller.at)) from None
    outbox.announce(message.id)
    return message


def resend(message_id: str, caller: Caller) -> OutboxMessage:
    """Let a message that failed, or may have been sent, be sent once more.

    Raises:
        NotFound: there is no such message.
        NotInTrouble: it waits, is being sent, or was sent.
    """
    message = _find(message_id)
    line = trail.line(caller.user_id, caller.at, "message.resent", f"message#{message.id}", was=message.state)

    def fill(writing: TransactWrite) -> None:
        # What is being sent right now must not be sent by another as well.
        is_over = OutboxMessage.state.is_in(State.UNKNOWN, State.FAILED)
        writing.update(OutboxMessage(message.id), claims.waiting_again(message, caller.at), is_over)
        trail.write(writing, line)

    try:
        transact(fill)
    except ConditionFailed:
        raise NotInTrouble from None
    outbox.announce(message.id)
    return _find(message_id)


def _find(message_id: str) -> OutboxMessage:
    message = outbox.find(message_id)
    if message is None:
        raise NotFound("There is no such message; GET /messages lists those that need a person.")
    return message


def _check_tickets(payment: Payment) -> None:
    """Refuse what would not be written: tickets of a cancelled event are revoked one payment at a time."""
    ids = issuing.ticket_ids(payment.id, sum(int(item.quantity) for item in payment.items))
    found = read_together([(Event, payment.event_id), *((Ticket, ticket_id) for ticket_id in ids)])
    event = found.pop((Event, payment.event_id), None)
    is_off = event is None or event.status == sales.CANCELLED
    if is_off or not any(ticket.status == VALID for ticket in found.values()):
        raise NoTickets


def _check_day(told: Iterable[OutboxMessage], caller: Caller) -> None:
    """Refuse a caller's sixth time within 24 hours; the guard's minute is longer than the index is late."""
    asked = [one.created_at for one in told if one.asked_by == caller.user_id and one.channel == EMAIL]
    today = sorted(asked_at for asked_at in asked if asked_at > caller.at - _DAY)
    if len(today) >= _MOST_A_DAY:
        free_at = today[-_MOST_A_DAY] + _DAY
        raise AskedTooOften(retry_after=int((free_at - caller.at).total_seconds()) + 1)


def _left_of(pause: Guard, at: datetime) -> int:
    """How many seconds whoever has the guard keeps it."""
    try:
        taken = Guard.get(pause.key, consistent_read=True)
    except Guard.DoesNotExist:
        return 1
    return max(1, int(taken.lapses_at or 0) - int(at.timestamp()))
