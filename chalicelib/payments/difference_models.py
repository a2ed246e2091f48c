"""What M-Pesa's records and ours do not agree on, as DynamoDB keeps it."""

from typing import Final

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.core.attributes import WholeAttribute
from chalicelib.core.dynamo import TableMeta, table_name

#: The hash key of the differences that nobody has resolved: there are few, or there is much to do.
OPEN: Final = "open"
#: The hash key of those that the schedule still asks M-Pesa about, by when to ask.
WATCHED: Final = "watched"


class OpenDifferences(GlobalSecondaryIndex["Difference"]):
    """Those that stand, by when their money moved, and those that are watched, by when to look. Sparse."""

    class Meta:
        """Its name and what it holds."""

        index_name = "open"
        projection = AllProjection()

    open = UnicodeAttribute(hash_key=True)
    at = UTCDateTimeAttribute(range_key=True)


class Difference(Model):
    """One thing that M-Pesa's records and ours do not agree on; found again, it is the same item.

    `about` is M-Pesa's receipt; where we have none, our payment's id and the attempt's number. `theirs` and
    `ours` are the two amounts in whole KES, none where one side does not know of it. `at` is when the money
    moved (while it is watched, when to look again; `looks` is how often that was), `why` says why it was not
    mended by itself.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("differences")

    about = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute(range_key=True)
    theirs = WholeAttribute(null=True)
    ours = WholeAttribute(null=True)
    at = UTCDateTimeAttribute()
    payment_id = UnicodeAttribute(null=True)
    reference = UnicodeAttribute(null=True)
    why = UnicodeAttribute(null=True)
    first_seen_at = UTCDateTimeAttribute()
    last_seen_at = UTCDateTimeAttribute()
    resolved_at = UTCDateTimeAttribute(null=True)
    open = UnicodeAttribute(null=True)
    looks = WholeAttribute(null=True)
    by_open = OpenDifferences()
