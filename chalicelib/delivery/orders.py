"""What a letter about an order has to know, as of now."""

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.accounts.models import User
from chalicelib.catalog import sales
from chalicelib.catalog.models import Event
from chalicelib.core.dynamo import read_together
from chalicelib.core.outbox import OutboxMessage
from chalicelib.payments import refunds
from chalicelib.payments.models import Payment, Refund
from chalicelib.payments.states import State
from chalicelib.tickets.admission import REVOKED
from chalicelib.tickets.issuing import ticket_ids
from chalicelib.tickets.models import Ticket


@dataclass(frozen=True)
class Order:
    """A payment with its event, its tickets and its buyer. `which` tells messages of one kind apart."""

    payment: Payment
    event: Event | None
    tickets: list[Ticket] = field(repr=False)
    buyer: User = field(repr=False)
    which: str
    at: datetime

    @property
    def state(self) -> State:
        """What the payment is now."""
        return State(self.payment.status)

    @property
    def phone(self) -> str:
        """Where an SMS goes: to the buyer, or to whoever got the tickets at the gate."""
        return str(self.payment.payer_phone if self.payment.sold_by else self.buyer.phone_number)

    @property
    def good_tickets(self) -> list[Ticket]:
        """Those that have not been revoked."""
        return [ticket for ticket in self.tickets if ticket.status != REVOKED]

    @property
    def is_called_off(self) -> bool:
        """Whether the event has been cancelled."""
        return self.event is not None and self.event.status == sales.CANCELLED

    @property
    def ended_with_event(self) -> bool:
        """Whether the order ended when its event had been cancelled, and not before by itself."""
        event, settled_at = self.event, self.payment.settled_at
        return event is not None and self.is_called_off and settled_at >= event.cancelled_at

    @property
    def is_on_sale(self) -> bool:
        """Whether all that was ordered can still be bought, seats permitting."""
        event = self.event
        return event is not None and all(
            sales.is_on_sale(event, item.ticket_type, self.at) for item in self.payment.items
        )

    @property
    def is_of_newest_attempt(self) -> bool:
        """Whether the message is of the attempt that decided; an older one's would be stale."""
        return self.which == str(self.payment.attempt_count)


def read(message: OutboxMessage, buyer: User, at: datetime) -> Order:
    """The order that a message is about, in two round trips."""
    payment = Payment.get(message.payment_id, consistent_read=True)
    ids = ticket_ids(payment.id, sum(int(item.quantity) for item in payment.items))
    found = read_together([(Event, payment.event_id), *((Ticket, ticket_id) for ticket_id in ids)])
    return Order(
        payment=payment,
        event=found.get((Event, payment.event_id)),
        tickets=[found[Ticket, ticket_id] for ticket_id in ids if (Ticket, ticket_id) in found],
        buyer=buyer,
        which=message.which or "",
        at=at,
    )


def due_back(order: Order) -> Refund | None:
    """The refund that the message is about, by its number, receipt or attempt; one more round trip.

    One prompt may have brought money twice; a message of the attempt is of what came first.
    """
    found = refunds.of_payment(order.payment)
    for name in (refunds.name_of, lambda refund: refund.receipt, lambda refund: str(refund.attempt)):
        named = [refund for refund in found if name(refund) == order.which]
        if named:
            return min(named, key=lambda refund: (refund.of != refunds.WHOLE, refund.number))
    return None
