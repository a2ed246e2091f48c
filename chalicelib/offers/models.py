"""Promo codes and counts as DynamoDB keeps them."""

from pynamodb.attributes import ListAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.models import Model

from chalicelib.core.attributes import WholeAttribute
from chalicelib.core.dynamo import TableMeta, table_name


class PromoCode(Model):
    """A code of one event; it takes off `amount_off` KES or `percent_off` of each ticket of its types.

    No `ticket_types` are all. Nothing of it is ever changed but `ended_at`, so an order may be agreed by what
    was read. Its tickets are counted in `shares` items (`Count`).
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("promo-codes")

    event_id = UnicodeAttribute(hash_key=True)
    code = UnicodeAttribute(range_key=True)
    amount_off = WholeAttribute(null=True)
    percent_off = WholeAttribute(null=True)
    max_tickets = WholeAttribute(null=True)
    max_per_customer = WholeAttribute(null=True)
    ticket_types: ListAttribute[str] = ListAttribute(default=list)
    starts_at = UTCDateTimeAttribute(null=True)
    ends_at = UTCDateTimeAttribute(null=True)
    shares = WholeAttribute()
    created_by = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    ended_at = UTCDateTimeAttribute(null=True)


class Count(Model):
    """How many tickets, held or sold, one limit has let through; `counting` says what its key may be."""

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("counts")

    key = UnicodeAttribute(hash_key=True)
    used = WholeAttribute(default=0)
