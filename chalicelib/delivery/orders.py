"""What a letter about an order has to know, as of now."""

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.accounts.models import User
from chalicelib.catalog import sales
from chalicelib.catalog.models import Event
from chalicelib.core.dynamo import read_together
from chalicelib.core.outbox import OutboxMessage
from chalicelib.payments import ledger
from chalicelib.payments.models import LedgerLine, Payment
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


def due_back(order: Order) -> LedgerLine | None:
    """The line of the ledger by which money is due back that the message is about; one more round trip."""
    lines = [line for line in ledger.of_payment(order.payment) if line.kind == "refund_due"]
    by_receipt = [line for line in lines if line.receipt == order.which]
    by_attempt = [line for line in lines if str(line.attempt) == order.which]
    return next(reversed(by_receipt or by_attempt), None)
