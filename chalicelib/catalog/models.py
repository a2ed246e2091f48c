"""Events, categories and stock as DynamoDB keeps them."""

from typing import Final

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.core.dynamo import TableMeta, table_name

#: Categories live under one hash key, so that listing them is a Query.
CATEGORY: Final = "category"
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


class Event(Model):
    """An event. `prices`, `labels` and `quotas` are by ticket type; prices are whole KES.

    The stock is not here, so that a sale never writes the event and an edit cannot lose a sale.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("events")

    id = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute()
    organizer_ids: ListAttribute[str] = ListAttribute(default=list)
    name = UnicodeAttribute()
    description = UnicodeAttribute(default="")
    tags: ListAttribute[str] = ListAttribute(default=list)
    location = UnicodeAttribute()
    images = UnicodeAttribute(default="")
    starts_at = UTCDateTimeAttribute()
    ends_at = UTCDateTimeAttribute()
    early_booking_ends_at = UTCDateTimeAttribute()
    timezone = UnicodeAttribute()
    prices: MapAttribute[str, int] = MapAttribute(default=dict)
    labels: MapAttribute[str, str] = MapAttribute(default=dict)
    quotas: MapAttribute[str, int] = MapAttribute(default=dict)
    capacity = NumberAttribute()
    shards = NumberAttribute(default=1)
    category_id = NumberAttribute(null=True)
    status = UnicodeAttribute()
    listing = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    listed = ListedEvents()
    by_organizer = EventsByOrganizer()


class Stock(Model):
    """One shard of an event's seats; its key is `event_id#shard`.

    `remaining` is by pool: a ticket type with a quota has a pool of its own, all others share one. `held`,
    `sold` and `revenue` (KES) are by ticket type. Capacity = remaining + held + sold, summed up.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("stock")

    key = UnicodeAttribute(hash_key=True)
    on_sale = BooleanAttribute()
    remaining: MapAttribute[str, int] = MapAttribute()
    held: MapAttribute[str, int] = MapAttribute()
    sold: MapAttribute[str, int] = MapAttribute()
    revenue: MapAttribute[str, int] = MapAttribute()
    version = NumberAttribute(default=0)
