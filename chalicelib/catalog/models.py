"""Events, categories and stock as DynamoDB keeps them."""

from typing import Final

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.core.attributes import ByNameAttribute, WholeAttribute
from chalicelib.core.dynamo import TableMeta, table_name

#: Categories live under one hash key, so that listing them is a Query.
CATEGORY: Final = "category"
#: The value of `Event.unwinding` while payments of a cancelled event are left to be given back.
UNWINDING: Final = "unwinding"
#: The value of `Event.listing` that puts an event on the public list.
LISTED: Final = "listed"


class Category(Model):
    """A category. Its name is kept unique by a guard; `events` counts those in it, of any state."""

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("categories")

    kind = UnicodeAttribute(hash_key=True, default=CATEGORY)
    id = NumberAttribute(range_key=True)
    name = UnicodeAttribute()
    events = NumberAttribute(null=True)


class ListedEvents(GlobalSecondaryIndex["Event"]):
    """Published events by start."""

    class Meta:
        """Its name and what it holds."""

        index_name = "listed"
        projection = AllProjection()

    listing = UnicodeAttribute(hash_key=True)
    starts_at = UTCDateTimeAttribute(range_key=True)


class EventsByOrganizer(GlobalSecondaryIndex["Event"]):
    """An organizer's events by start, drafts and past ones too."""

    class Meta:
        """Its name and what it holds."""

        index_name = "by_organizer"
        projection = AllProjection()

    user_id = UnicodeAttribute(hash_key=True)
    starts_at = UTCDateTimeAttribute(range_key=True)


class UnwindingEvents(GlobalSecondaryIndex["Event"]):
    """Cancelled events of which payments may be left to give back, by when somebody should look. Sparse."""

    class Meta:
        """Its name and what it holds."""

        index_name = "unwinding"
        projection = KeysOnlyProjection()

    unwinding = UnicodeAttribute(hash_key=True)
    look_at = UTCDateTimeAttribute(range_key=True)


class Event(Model):
    """An event. `prices`, `labels` and `quotas` are by ticket type; prices are whole KES.

    The stock is not here, so that a sale never writes the event and an edit cannot lose a sale. `user_id` is
    the first of `organizer_ids`; `gate_ids` may only work at its gate. `version` counts the edits.
    `max_per_customer` and `max_per_phone` are how many tickets one may have. `unwinding` and `look_at` are
    there from the cancelling until every payment has been given back.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("events")

    id = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute()
    organizer_ids: ListAttribute[str] = ListAttribute(default=list)
    gate_ids: ListAttribute[str] = ListAttribute(default=list)
    name = UnicodeAttribute()
    description = UnicodeAttribute(default="")
    tags: ListAttribute[str] = ListAttribute(default=list)
    location = UnicodeAttribute()
    images = UnicodeAttribute(default="")
    starts_at = UTCDateTimeAttribute()
    ends_at = UTCDateTimeAttribute()
    early_booking_ends_at = UTCDateTimeAttribute()
    timezone = UnicodeAttribute()
    prices: ByNameAttribute[int] = ByNameAttribute(WholeAttribute(), default=dict)
    labels: ByNameAttribute[str] = ByNameAttribute(UnicodeAttribute(), default=dict)
    quotas: ByNameAttribute[int] = ByNameAttribute(WholeAttribute(), default=dict)
    capacity = WholeAttribute()
    shards = WholeAttribute(default=1)
    max_per_customer = WholeAttribute(null=True)
    max_per_phone = WholeAttribute(null=True)
    category_id = WholeAttribute(null=True)
    status = UnicodeAttribute()
    listing = UnicodeAttribute(null=True)
    version = WholeAttribute(default=0)
    created_at = UTCDateTimeAttribute()
    cancelled_at = UTCDateTimeAttribute(null=True)
    unwinding = UnicodeAttribute(null=True)
    look_at = UTCDateTimeAttribute(null=True)
    listed = ListedEvents()
    by_organizer = EventsByOrganizer()
    by_look = UnwindingEvents()


class CoOrganizer(Model):
    """That a person runs an event together with its first organizer, who is found by the event itself.

    `place` is the event's start and id, so that a person's events come in the order of their start.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("co-organizers")

    user_id = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)
    event_id = UnicodeAttribute()


class GateDuty(Model):
    """That a person works at the gate of an event, so that they find it. The event's `gate_ids` decide.

    An event's id begins with when it was made, so a person's newest come last.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("gate-duties")

    user_id = UnicodeAttribute(hash_key=True)
    event_id = UnicodeAttribute(range_key=True)


class Stock(Model):
    """One shard of an event's seats; its key is `event_id#shard`, from 0 to the event's `shards` - 1.

    `remaining` is by pool: a ticket type with a quota has a pool of its own, all others share one. `held`,
    `sold` and `revenue` (KES) are by ticket type. Capacity = remaining + held + sold, summed up. `version`
    counts the moves of seats, so it is 0 while nothing was ever sold or held. `edits` is how many edits of
    the event a sale has to know of: the event's `version` after the latest that matters to sales.
    """

    class Meta(TableMeta):
        """Where it lives, and that its stream tells which shards have changed."""

        table_name = table_name("stock")
        stream_view_type = "KEYS_ONLY"

    key = UnicodeAttribute(hash_key=True)
    on_sale = BooleanAttribute()
    remaining: ByNameAttribute[int] = ByNameAttribute(WholeAttribute())
    held: ByNameAttribute[int] = ByNameAttribute(WholeAttribute())
    sold: ByNameAttribute[int] = ByNameAttribute(WholeAttribute())
    revenue: ByNameAttribute[int] = ByNameAttribute(WholeAttribute())
    version = WholeAttribute(default=0)
    edits = WholeAttribute(default=0)

    @property
    def event_id(self) -> str:
        """The event whose seats these are."""
        return str(self.key.rpartition("#")[0])

    @property
    def number(self) -> int:
        """Which shard of its event it is."""
        return int(self.key.rpartition("#")[2])


class Takings(Model):
    """What an event took in and gave back on one day, of one ticket type, by orders with seats in one shard.

    `day` is `2026-12-24#regular`, a day in Nairobi. `sold` and `refunded` are tickets, each on the day when
    it was sold or taken back; `revenue` is in KES, less what is due back; `cash` is what of it was
    paid in cash. `charges` is what M-Pesa took of the receipts, in KES, which it keeps if the money goes
    back. Its key is the shard's, so that it is written no more often than that; an order with seats in
    several is counted whole to one of them, its charge to one of its types.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("takings")

    key = UnicodeAttribute(hash_key=True)
    day = UnicodeAttribute(range_key=True)
    sold = WholeAttribute(default=0)
    refunded = WholeAttribute(default=0)
    revenue = WholeAttribute(default=0)
    cash = WholeAttribute(default=0)
    charges = WholeAttribute(default=0)


class StockCopy(Model):
    """How many seats of an event with several shards were left at a moment: for lists only."""

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("stock-copies")

    event_id = UnicodeAttribute(hash_key=True)
    left = NumberAttribute()
    counted_at = UTCDateTimeAttribute()
    lapses_at = NumberAttribute()
