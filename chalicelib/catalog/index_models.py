"""The search's index as DynamoDB keeps it: postings, terms, and what is known to be indexed."""

from typing import Final

from pynamodb.attributes import (
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.core.attributes import ByNameAttribute
from chalicelib.core.dynamo import TableMeta, table_name

#: The hash key of all entries that are to be looked at some time.
DUE: Final = "due"


class Posting(Model):
    """That an event is found by a term: key `term#2026-12`, place `start#event_id`, and what is filtered.

    `words` and the like are words with a space between, `tags` have a comma; `price` is that of a regular
    ticket in KES.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("postings")

    key = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)
    ends_at = UTCDateTimeAttribute()
    words = UnicodeAttribute()
    tags = UnicodeAttribute(default="")
    location = UnicodeAttribute(default="")
    category = UnicodeAttribute(default="")
    category_id = NumberAttribute(null=True)
    price = NumberAttribute(null=True)
    lapses_at = NumberAttribute()


class Term(Model):
    """A term: in which months it has postings (never too few), and about how many it has in all."""

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("terms")

    term = UnicodeAttribute(hash_key=True)
    months = UnicodeSetAttribute(null=True)
    events = NumberAttribute(default=0)


class DueEntries(GlobalSecondaryIndex["Entry"]):
    """Entries by when to look at them again: after a change that was not indexed, or when the event ends."""

    class Meta:
        """Its name and what it holds."""

        index_name = "due"
        projection = KeysOnlyProjection()

    due = UnicodeAttribute(hash_key=True)
    due_at = UTCDateTimeAttribute(range_key=True)


class Entry(Model):
    """What the index has of one event, or how far a category's events have been gone through.

    `changes` grows with each change; `posted` is at least what there is: places, with their terms. `digest`
    tells whether the postings are as they should be. `claim`, until `claimed_until` (epoch seconds), is whose
    turn it is.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("entries")

    subject = UnicodeAttribute(hash_key=True)
    changes = NumberAttribute(default=0)
    posted: ByNameAttribute[list[str]] = ByNameAttribute(ListAttribute(of=UnicodeAttribute), default=dict)
    digest = UnicodeAttribute(null=True)
    walked_to = UnicodeAttribute(null=True)
    claim = UnicodeAttribute(null=True)
    claimed_until = NumberAttribute(null=True)
    due = UnicodeAttribute(null=True)
    due_at = UTCDateTimeAttribute(null=True)
    lapses_at = NumberAttribute(null=True)
    by_due = DueEntries()
