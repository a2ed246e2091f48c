"""Cash as DynamoDB keeps it: what each seller has in hand, and what was counted of it."""

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.core.attributes import WholeAttribute
from chalicelib.core.dynamo import TableMeta, table_name


class DrawersBySeller(GlobalSecondaryIndex["CashDrawer"]):
    """The events at which somebody sold for cash, or gave cash back."""

    class Meta:
        """Its name and what it holds."""

        index_name = "by_seller"
        projection = KeysOnlyProjection()

    seller_id = UnicodeAttribute(hash_key=True)
    event_id = UnicodeAttribute(range_key=True)


class CashDrawer(Model):
    """What one person took in cash at one event, gave back of it, and handed over; in whole KES.

    `tickets` are those that they sold for cash, whatever has become of them. `cash_ups` is how often their
    cash was counted (`CashUp`), `handed_over` the sum of that. `version` grows with every change.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("cash-drawers")

    event_id = UnicodeAttribute(hash_key=True)
    seller_id = UnicodeAttribute(range_key=True)
    tickets = WholeAttribute(default=0)
    taken = WholeAttribute(default=0)
    given_back = WholeAttribute(default=0)
    handed_over = WholeAttribute(default=0)
    cash_ups = WholeAttribute(default=0)
    version = WholeAttribute(default=0)
    by_seller = DrawersBySeller()

    @property
    def in_hand(self) -> int:
        """What they should have; below zero, what they gave back of money that was not in their drawer."""
        return int(self.taken) - int(self.given_back) - int(self.handed_over)


class CashUp(Model):
    """That a seller's cash was counted and handed over: written once, in the transaction that counts it.

    `amount` is what was counted, `expected` what should have been in hand at that moment, both in KES.
    `counted_by` may be the seller.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("cash-ups")

    event_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    seller_id = UnicodeAttribute()
    amount = WholeAttribute()
    expected = WholeAttribute()
    counted_by = UnicodeAttribute()
    note = UnicodeAttribute(null=True)
    counted_at = UTCDateTimeAttribute()
