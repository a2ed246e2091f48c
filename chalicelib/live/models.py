"""Connections, what they follow, and the pace of each event that is watched, as DynamoDB keeps them."""

from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.core.attributes import WholeAttribute
from chalicelib.core.dynamo import TableMeta, table_name

#: The value of `Watched.listing` that puts an event on the round of those that are watched.
WATCHED: Final = "watched"


class ByAddress(GlobalSecondaryIndex["Connection"]):
    """Connections by where they come from, those that lapse last at the end."""

    class Meta:
        """Its name and what it holds."""

        index_name = "by_address"
        projection = KeysOnlyProjection()

    address = UnicodeAttribute(hash_key=True)
    lapses_at = NumberAttribute(range_key=True)


class Connection(Model):
    """An open WebSocket. `address` is a fingerprint of where it comes from, which cannot be turned back.

    `events` are those that it follows, `asked` is how many messages it has sent. `lapses_at` is in epoch
    seconds.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("connections")

    id = UnicodeAttribute(hash_key=True)
    address = UnicodeAttribute()
    events = UnicodeSetAttribute(null=True)
    asked = WholeAttribute(default=0)
    lapses_at = NumberAttribute()
    by_address = ByAddress()


class Subscription(Model):
    """That a connection follows an event. `lapses_at` (epoch seconds) is the connection's."""

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("subscriptions")

    event_id = UnicodeAttribute(hash_key=True)
    connection_id = UnicodeAttribute(range_key=True)
    lapses_at = NumberAttribute()


class WatchedEvents(GlobalSecondaryIndex["Watched"]):
    """The events that are watched, those that lapse last at the end."""

    class Meta:
        """Its name and what it holds."""

        index_name = "watched"
        projection = KeysOnlyProjection()

    listing = UnicodeAttribute(hash_key=True)
    lapses_at = NumberAttribute(range_key=True)


class Watched(Model):
    """An event that somebody follows, and how far everybody has been told of it.

    `lapses_at` (epoch seconds) is when nobody can be left unless somebody else comes. `turns` counts the
    rounds of telling. The next may begin at `next_at` (epoch milliseconds): `pause` milliseconds after the
    one before began, if that is finished. `expected_until` (epoch milliseconds) says that a round is on its
    way that will begin after now; `waiter` is the one message that waits for the next turn, until
    `waits_until` (epoch milliseconds) unless it says so again. All who were there know `version`, or later;
    -1 stands for that it has been deleted.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("watched")

    event_id = UnicodeAttribute(hash_key=True)
    listing = UnicodeAttribute(default=WATCHED)
    lapses_at = NumberAttribute()
    turns = WholeAttribute(default=0)
    next_at = NumberAttribute(null=True)
    pause = NumberAttribute(null=True)
    expected_until = NumberAttribute(null=True)
    waiter = UnicodeAttribute(null=True)
    waits_until = NumberAttribute(null=True)
    version = NumberAttribute(null=True)
    watched = WatchedEvents()
