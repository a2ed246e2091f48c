"""Tickets as DynamoDB keeps them."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.core.dynamo import TableMeta, table_name
from chalicelib.tickets.admission import VALID


class TicketsByOwner(GlobalSecondaryIndex["Ticket"]):
    """A person's tickets, by id and so by time."""

    class Meta:
        """Its name and what it holds."""

        index_name = "by_owner"
        projection = AllProjection()

    user_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class TicketsAtGate(GlobalSecondaryIndex["Ticket"]):
    """What a gate must know of an event: which tickets are admitted, and which revoked; no others."""

    class Meta:
        """Its name and what it holds."""

        index_name = "at_gate"
        projection = KeysOnlyProjection()

    at_gate = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Ticket(Model):
    """One admission.

    Its id is the payment's and two hex digits, so that a payment's tickets are read by key. The signed code
    is made when it is shown: whoever can read this table cannot print tickets. `order_size` is how many
    tickets its order has. `first_scan` is the id of the scan by which it is admitted, with when, by whom, on
    which device; `at_gate` is event and status, unless it is valid.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("tickets")

    id = UnicodeAttribute(hash_key=True)
    payment_id = UnicodeAttribute()
    event_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    ticket_type = UnicodeAttribute()
    label = UnicodeAttribute()
    status = UnicodeAttribute(default=VALID)
    issued_at = UTCDateTimeAttribute()
    order_size = NumberAttribute(null=True)
    first_scan = UnicodeAttribute(null=True)
    admitted_at = UTCDateTimeAttribute(null=True)
    admitted_by = UnicodeAttribute(null=True)
    device = UnicodeAttribute(null=True)
    at_gate = UnicodeAttribute(null=True)
    by_owner = TicketsByOwner()
    gate = TicketsAtGate()

    @property
    def number(self) -> int:
        """Which of its order's tickets it is, from 1."""
        return int(self.id[-2:], 16)


class ContestedScans(GlobalSecondaryIndex["Scan"]):
    """An event's scans that were no plain admission: second ones, of revoked tickets, undoing."""

    class Meta:
        """Its name and what it holds."""

        index_name = "contested"
        projection = AllProjection()

    contested = UnicodeAttribute(hash_key=True)
    at = UTCDateTimeAttribute(range_key=True)


class Scan(Model):
    """One scan of a genuine ticket, or the undoing of an admission: appended, never changed.

    Its id is the ticket's, `#`, and what tells it from that ticket's other scans. `at` is by our clock,
    `scanned_at` by the device's. `took_over` is the id of the scan whose admission it ended. `contested` is
    the event's id, where there is something to look at.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("scans")

    id = UnicodeAttribute(hash_key=True)
    ticket_id = UnicodeAttribute()
    event_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    device = UnicodeAttribute(null=True)
    outcome = UnicodeAttribute()
    at = UTCDateTimeAttribute()
    scanned_at = UTCDateTimeAttribute(null=True)
    came_at = UTCDateTimeAttribute()
    took_over = UnicodeAttribute(null=True)
    contested = UnicodeAttribute(null=True)
    lapses_at = NumberAttribute(null=True)
    contests = ContestedScans()


def at_gate(event_id: str, status: str) -> str:
    """The key of an event's tickets of one status in the index for gates."""
    return f"{event_id}#{status}"
