"""Tickets as DynamoDB keeps them."""

from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.core.dynamo import TableMeta, table_name

VALID: Final = "valid"
ADMITTED: Final = "admitted"
REVOKED: Final = "revoked"


class TicketsByOwner(GlobalSecondaryIndex["Ticket"]):
    """A person's tickets, by id and so by time."""

    class Meta:
        """Its name and what it holds."""

        index_name = "by_owner"
        projection = AllProjection()

    user_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Ticket(Model):
    """One admission.

    Its id is the payment's and two hex digits, so that a payment's tickets are read by key. The signed code
    is made when it is shown: whoever can read this table cannot print tickets. `order_size` is how many
    tickets its order has.
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
    by_owner = TicketsByOwner()

    @property
    def number(self) -> int:
        """Which of its order's tickets it is, from 1."""
        return int(self.id[-2:], 16)
