"""What was paid out, as DynamoDB keeps it."""

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.models import Model

from chalicelib.core.attributes import WholeAttribute
from chalicelib.core.dynamo import TableMeta, table_name


class PayoutAccount(Model):
    """How much was paid out of an event, in KES. `version` counts its payouts: of two at once one is written.

    An event has one from its first payout on.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("payout-accounts")

    event_id = UnicodeAttribute(hash_key=True)
    paid_out = WholeAttribute(default=0)
    version = WholeAttribute(default=0)


class Payout(Model):
    """Money that was paid out to an event's organizer, outside this program; `amount` in whole KES.

    Written once, with its account. `id` begins with when it was recorded. A guard keeps its `reference` from
    being recorded twice.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("payouts")

    event_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    amount = WholeAttribute()
    reference = UnicodeAttribute()
    note = UnicodeAttribute(null=True)
    paid_to = UnicodeAttribute()
    recorded_by = UnicodeAttribute()
    at = UTCDateTimeAttribute()
