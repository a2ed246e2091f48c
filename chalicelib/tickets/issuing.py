"""Issuing tickets, within the transaction that completes their payment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.core.dynamo import read_together
from chalicelib.tickets.admission import REVOKED, VALID
from chalicelib.tickets.models import Ticket, at_gate


@dataclass(frozen=True)
class Admissions:
    """`quantity` tickets of one type; `label` is what people read."""

    ticket_type: str
    label: str
    quantity: int


def ticket_ids(payment_id: str, quantity: int) -> list[str]:
    """The ids of a payment's tickets."""
    return [f"{payment_id}{number:02x}" for number in range(1, quantity + 1)]


def issue(
    writing: TransactWrite,
    *,
    payment_id: str,
    event_id: str,
    user_id: str,
    admissions: list[Admissions],
    at: datetime,
) -> None:
    """Add the tickets to a transaction; it fails if any of them is there already."""
    kinds = [kind for kind in admissions for _ in range(kind.quantity)]
    for ticket_id, kind in zip(ticket_ids(payment_id, len(kinds)), kinds, strict=True):
        ticket = Ticket(
            ticket_id,
            payment_id=payment_id,
            event_id=event_id,
            user_id=user_id,
            ticket_type=kind.ticket_type,
            label=kind.label,
            issued_at=at,
            order_size=len(kinds),
        )
        writing.save(ticket, condition=Ticket.id.does_not_exist())


def revoke(
    writing: TransactWrite, event_id: str, tickets: Iterable[str], *, unless_admitted: bool = False
) -> None:
    """Make tickets worthless, in the transaction that takes their sale back.

    Admitted ones too, unless nobody meant those: then the transaction fails. Who let them in, and when, stays
    with them.
    """
    actions: list[Action] = [Ticket.status.set(REVOKED), Ticket.at_gate.set(at_gate(event_id, REVOKED))]
    # A gate may admit somebody at this very moment.
    meant = Ticket.status == VALID if unless_admitted else Ticket.id.exists()
    for ticket_id in tickets:
        writing.update(Ticket(ticket_id), actions, condition=meant)


def of_payment(payment_id: str, quantity: int) -> list[Ticket]:
    """The tickets of a payment, as of now; one round trip."""
    keys = [(Ticket, ticket_id) for ticket_id in ticket_ids(payment_id, quantity)]
    found = read_together(keys)
    return [found[key] for key in keys if key in found]
