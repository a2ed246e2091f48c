"""Erasures as DynamoDB keeps them."""

from typing import Final

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.core.attributes import WholeAttribute
from chalicelib.core.dynamo import TableMeta, table_name

#: The hash key of erasures that are not done: there are few.
DUE: Final = "due"


class DueErasures(GlobalSecondaryIndex["Erasure"]):
    """Erasures by when the schedule should go on with them. Sparse: those that are done are not in it."""

    class Meta:
        """Its name and what it holds."""

        index_name = "due"
        projection = KeysOnlyProjection()

    due = UnicodeAttribute(hash_key=True)
    due_at = UTCDateTimeAttribute(range_key=True)


class Erasure(Model):
    """That somebody is to be forgotten: who left (`user_id`, its id too), or a `phone` of no account.

    `place` is how far its payments have been gone through; `left` counts those of this pass that must keep
    the phone for now, `erased` those that were forgotten. `version` grows with every step. When it is done
    there is no phone any more.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("erasures")

    id = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute(null=True)
    phone = UnicodeAttribute(null=True)
    asked_by = UnicodeAttribute()
    asked_at = UTCDateTimeAttribute()
    done_at = UTCDateTimeAttribute(null=True)
    place = UnicodeAttribute(null=True)
    left = WholeAttribute(default=0)
    erased = WholeAttribute(default=0)
    version = WholeAttribute(default=1)
    due = UnicodeAttribute(null=True)
    due_at = UTCDateTimeAttribute(null=True)
    lapses_at = WholeAttribute(null=True)
    by_due = DueErasures()
